import { Failure } from '../core/failure.ts'
import { describeRun } from '../core/journal.ts'
import { readJournal } from '../io/journal.ts'
import { takeLock } from '../io/lock.ts'
import { printResult, runMain } from '../io/run-main.ts'
import { applyPrune } from './apply.ts'
import { applyData, planDataOf } from './apply-data.ts'
import { observe } from './observe.ts'
import { planPrune } from './plan.ts'
import { renderPrune, reportPrune } from './report.ts'

await runMain(async (config) => {
  await takeLock(config, 'prune')
  const journal = readJournal(config.PROJECT)
  if (journal)
    throw new Failure(
      `cannot prune: ${describeRun(journal, false)}, and what finishes or undoes it may need anything`,
      {
        next: 'make status   (finishes or undoes it)',
      },
    )
  // Before files of the ledger go: they say which volumes a release lies over.
  const data = await planDataOf(config)
  await applyData(config, data)
  const images = await applyPrune(config.PROJECT, planPrune(config, await observe(config)))
  const pruned = { ...images, removed: [...data.removals, ...images.removed], kept: [...data.kept, ...images.kept] }
  printResult(config, reportPrune(pruned), renderPrune(pruned))
})
