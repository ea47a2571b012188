import { printResult } from './cli/io/result.ts'
import { renderDestroyed, renderDoomed, requireConfirmed } from './data/destroy-report.ts'
import { observeData } from './data/io/observe-volumes.ts'
import { placeOf } from './data/io/restic-container.ts'
import { destroyProject } from './rollout/io/destroy.ts'
import { recover } from './rollout/io/recover.ts'
import { isPreview } from './rollout/io/show-plan.ts'
import { takeLock } from './state/io/lock.ts'
import { readRunLog } from './state/io/run-log.ts'
import { runMain } from './target/io/run-main.ts'

await runMain(async (config) => {
  const { PROJECT, options } = config
  await takeLock(config, 'destroy')
  const volumes = await observeData(config)
  if (isPreview(config))
    return printResult(config, { outcome: 'planned', project: PROJECT, volumes }, renderDoomed(PROJECT, volumes))
  requireConfirmed(PROJECT, volumes, options.confirm)
  const runLog = readRunLog(PROJECT, options.force)
  if (runLog) await recover(config, runLog)
  const snapshot = await destroyProject(config, volumes)
  const place = options.force.has('all-traces') ? '' : placeOf(config)
  const destroyed = { outcome: 'destroyed', project: PROJECT, volumes, snapshot } as const
  printResult(config, destroyed, renderDestroyed(destroyed, place))
})
