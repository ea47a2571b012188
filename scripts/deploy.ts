import { planVersion, requireTakeable } from './rollout/io/prepare.ts'
import { finishPendingStops, supersedeKilledRun } from './rollout/io/recover.ts'
import { rollOut } from './rollout/io/transaction.ts'
import { takeLock } from './state/io/lock.ts'
import { readRunLog } from './state/io/run-log.ts'
import { runMain } from './target/io/run-main.ts'

await runMain(async (config) => {
  await takeLock(config, 'deploy')
  await finishPendingStops(config, readRunLog(config.PROJECT, config.options.force))
  const planned = await planVersion(config)
  await requireTakeable(config, planned)
  const finishes = supersedeKilledRun(config, planned.release)
  await rollOut(config, { target: 'deploy', finishes, ...planned })
}, 'refused')
