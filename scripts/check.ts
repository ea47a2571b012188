import { runSuites } from './check/io/run.ts'
import { renderOutcomes } from './check/report.ts'
import { suites } from './check/suites.ts'
import { Failure } from './cli/failure.ts'
import { printResult } from './cli/io/result.ts'
import { takeTestLock } from './state/io/lock.ts'
import { runMain } from './target/io/run-main.ts'
import { sweepTests } from './testing/sweep.ts'
import { listFiles } from './version/io/git.ts'

await runMain(async (config) => {
  const wanted = config.options.suite
  const all = suites(await listFiles(/\.sh$|^\.ci\/run$/), await listFiles(/\.ya?ml$/))
  const chosen = all.filter(({ name }) => wanted === undefined || name === wanted)
  if (chosen.length === 0) {
    const names = all.map(({ name }) => name).join(', ')
    throw new Failure(`SUITE=${JSON.stringify(wanted)} is no suite; there are ${names}`, { next: 'make check' })
  }
  await takeTestLock(config, 'check')
  const outcomes = await runSuites(chosen, sweepTests)
  const failed = outcomes.filter(({ passed }) => !passed)
  printResult(
    config,
    { outcome: failed.length === 0 ? 'passed' : 'failed', suites: outcomes },
    renderOutcomes(outcomes),
  )
  if (failed[0])
    throw new Failure(`${failed.length} of ${outcomes.length} suites failed`, {
      next: `make check SUITE=${failed[0].name}`,
    })
})
