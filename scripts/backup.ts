import { reportBackup, takeBackup } from './rollout/io/back-up.ts'
import { keepWritten } from './rollout/io/keep.ts'
import { recover } from './rollout/io/recover.ts'
import { takeLock } from './state/io/lock.ts'
import { readRunLog } from './state/io/run-log.ts'
import { runMain } from './target/io/run-main.ts'

await runMain(async (config) => {
  await takeLock(config, 'backup')
  const runLog = readRunLog(config.PROJECT)
  if (runLog) await recover(config, runLog)
  await keepWritten(config)
  reportBackup(config, await takeBackup(config, 'backup'))
})
