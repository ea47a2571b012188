import { Failure } from '../core/failure.ts'
import { describeRun } from '../core/journal.ts'
import { readJournal } from '../io/journal.ts'
import { takeLock } from '../io/lock.ts'
import { printResult, runMain } from '../io/run-main.ts'
import { applyPrune } from './apply.ts'
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
  const pruned = await applyPrune(config.PROJECT, planPrune(config, await observe(config)))
  printResult(config, reportPrune(pruned), renderPrune(pruned))
})
