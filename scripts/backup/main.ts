import { shortSnapshot } from '../core/snapshot.ts'
import { readJournal } from '../io/journal.ts'
import { takeLock } from '../io/lock.ts'
import { backUp } from '../io/rollout/back-up.ts'
import { recover } from '../io/rollout/recover.ts'
import { printResult, runMain } from '../io/run-main.ts'

await runMain(async (config) => {
  await takeLock(config, 'backup')
  const journal = readJournal(config.PROJECT)
  if (journal) await recover(config, journal)
  const { snapshot, release, held, ms } = await backUp(config, 'backup')
  const { version } = release.image
  const text = [`backed up: ${shortSnapshot(snapshot)}, the data of ${version}, in ${(ms / 1000).toFixed(1)} s`]
  if (held > 0) text.push(`requests held for ${(held / 1000).toFixed(2)} s`)
  printResult(config, { outcome: 'backed up', snapshot, version, release: release.id, held, ms }, text.join(', '))
})
