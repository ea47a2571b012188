import { reportBackup, takeBackup } from './rollout/io/back-up.ts'
import { settleFirst } from './rollout/io/keep.ts'
import { takeLock } from './state/io/lock.ts'
import { runMain } from './target/io/run-main.ts'

await runMain(async (config) => {
  await takeLock(config, 'backup')
  await settleFirst(config)
  reportBackup(config, await takeBackup(config, 'backup'))
})
