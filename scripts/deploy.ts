import { planVersion, requireTakeable } from './rollout/io/prepare.ts'
import { adopt, settle } from './rollout/io/recover.ts'
import { rollOut } from './rollout/io/transaction.ts'
import { takeLock } from './state/io/lock.ts'
import { readJournal } from './state/io/run-log.ts'
import { runMain } from './target/io/run-main.ts'

await runMain(async (config) => {
  await takeLock(config, 'deploy')
  await settle(config, readJournal(config.PROJECT, config.options.force))
  const planned = await planVersion(config)
  await requireTakeable(config, planned)
  const finishes = adopt(config, planned.release)
  await rollOut(config, { target: 'deploy', finishes, ...planned })
}, 'refused')
