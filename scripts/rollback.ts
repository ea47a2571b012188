import { restoresData } from './release/choose-rollback.ts'
import { keepWritten } from './rollout/io/keep.ts'
import { requireTakeable, showReplaced } from './rollout/io/prepare.ts'
import { finishPendingStops, supersedeKilledRun } from './rollout/io/recover.ts'
import { planRollback } from './rollout/io/roll-back.ts'
import { isPreview, showPlan } from './rollout/io/show-plan.ts'
import { rollOut } from './rollout/io/transaction.ts'
import { takeLock } from './state/io/lock.ts'
import { readRunLog } from './state/io/run-log.ts'
import { runMain } from './target/io/run-main.ts'

await runMain(async (config) => {
  const { PROJECT, options } = config
  const withData = restoresData(options.data)
  if (isPreview(config)) {
    const planned = await planRollback(config, { withData, interrupted: readRunLog(PROJECT) !== undefined })
    await showReplaced(config, planned)
    return await showPlan(config, 'rollback', planned)
  }
  await takeLock(config, 'rollback')
  const runLog = readRunLog(PROJECT, options.force)
  await finishPendingStops(config, runLog)
  await keepWritten(config, { must: false })
  const planned = await planRollback(config, { withData, interrupted: runLog !== undefined })
  await requireTakeable(config, planned)
  await showReplaced(config, planned)
  const finishes = supersedeKilledRun(config, planned.release)
  await rollOut(config, { target: 'rollback', finishes, ...planned })
}, 'refused')
