import { printResult } from './cli/io/result.ts'
import { shortSnapshot } from './data/snapshot.ts'
import { takeBackup } from './rollout/io/back-up.ts'
import { recover } from './rollout/io/recover.ts'
import { takeLock } from './state/io/lock.ts'
import { readRunLog } from './state/io/run-log.ts'
import { runMain } from './target/io/run-main.ts'

await runMain(async (config) => {
  await takeLock(config, 'backup')
  const runLog = readRunLog(config.PROJECT)
  if (runLog) await recover(config, runLog)
  const { snapshot, release, held, ms } = await takeBackup(config, 'backup')
  const { version } = release.image
  const text = [`backed up: ${shortSnapshot(snapshot)}, the data of ${version}, in ${(ms / 1000).toFixed(1)} s`]
  if (held > 0) text.push(`requests held for ${(held / 1000).toFixed(2)} s`)
  printResult(config, { outcome: 'backed up', snapshot, version, release: release.id, held, ms }, text.join(', '))
})
