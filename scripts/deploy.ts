import { keepWritten } from './rollout/io/keep.ts'
import { observe } from './rollout/io/observe.ts'
import { prepareData, requireTakeable, showReplaced } from './rollout/io/prepare.ts'
import { finishPendingStops, supersedeKilledRun, undoFirstDeploy } from './rollout/io/recover.ts'
import { resolveRelease } from './rollout/io/resolve.ts'
import { isPreview, planDeploy } from './rollout/io/show-plan.ts'
import { rollOut } from './rollout/io/transaction.ts'
import { planRelease } from './rollout/plan.ts'
import { takeLock } from './state/io/lock.ts'
import { readRunLog } from './state/io/run-log.ts'
import { runMain } from './target/io/run-main.ts'

await runMain(async (config) => {
  if (isPreview(config)) return await planDeploy(config)
  await takeLock(config, 'deploy')
  await finishPendingStops(config, readRunLog(config.PROJECT, config.options.force))
  await undoFirstDeploy(config)
  await keepWritten(config)
  const [release, observed] = await Promise.all([resolveRelease(config, { keep: true }), observe(config.PROJECT)])
  const planned = planRelease(release, observed, await prepareData(config, release, observed))
  await requireTakeable(config, planned)
  await showReplaced(config, planned, { strict: true })
  const finishes = supersedeKilledRun(config, planned.release)
  await rollOut(config, { target: 'deploy', finishes, ...planned })
}, 'refused')
