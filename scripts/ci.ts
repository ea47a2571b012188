import { runCi } from './ci/io/run.ts'
import { failureOf, renderCard, renderOutcome } from './ci/report.ts'
import { catchSignals } from './cli/io/interrupt.ts'
import { printResult } from './cli/io/result.ts'
import { runMain } from './target/io/run-main.ts'

await runMain(async (config) => {
  catchSignals()
  const run = await runCi(config)
  const failure = failureOf(run)
  if (failure) throw failure
  const document = { outcome: 'passed', version: run.version, revision: run.revision, steps: run.results }
  printResult(config, document, `${renderOutcome(run)}\n${renderCard(run)}`)
})
