import { Failure } from './cli/failure.ts'
import { printResult } from './cli/io/result.ts'
import { previewPrune } from './data/io/preview-prune.ts'
import { applyData, clearData, planDataPrune } from './data/io/prune.ts'
import { applyPrune } from './release/io/prune-apply.ts'
import { observe } from './release/io/prune-observe.ts'
import { planPrune } from './release/prune-plan.ts'
import { renderPrune, reportPrune } from './release/prune-report.ts'
import { isPreview } from './rollout/io/show-plan.ts'
import { takeLock } from './state/io/lock.ts'
import { readRunLog } from './state/io/run-log.ts'
import { describeRun } from './state/run-log.ts'
import { runMain } from './target/io/run-main.ts'

await runMain(async (config) => {
  await takeLock(config, 'prune')
  const runLog = readRunLog(config.PROJECT)
  if (runLog)
    throw new Failure(`cannot prune: ${describeRun(runLog)}, and what finishes or undoes it may need anything`, {
      next: 'make status   (finishes or undoes it)',
    })
  if (isPreview(config)) return await previewPrune(config)
  // Before files of the ledger go: they say which volumes a release lies over.
  const data = await planDataPrune(config, await clearData(config))
  await applyData(config, data)
  const images = await applyPrune(config.PROJECT, planPrune(config, await observe(config)))
  const pruned = { ...images, removed: [...data.removals, ...images.removed], kept: [...data.kept, ...images.kept] }
  printResult(config, reportPrune(pruned), renderPrune(pruned))
})
