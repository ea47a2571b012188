import { runSuites } from './check/io/run.ts'
import { failureOf, renderOutcomes, reportOutcomes } from './check/report.ts'
import { chooseSuites, suites } from './check/suites.ts'
import { printResult } from './cli/io/result.ts'
import { bundleDoors } from './setup/io/bundle-doors.ts'
import { takeTestLock, testRun } from './state/io/lock.ts'
import { runMain } from './target/io/run-main.ts'
import { sweepTests } from './test/io/sweep.ts'
import { listFiles } from './version/io/git.ts'

await runMain(async (config) => {
  const run = testRun(config.PROJECT)
  const all = suites(await listFiles(/\.sh$|^\.ci\/run$/), await listFiles(/\.ya?ml$/))
  const chosen = chooseSuites(all, config.options.suite)
  await takeTestLock(config, 'check')
  // This door runs from its source: something is newer than the bundles, and each of a thousand calls would too.
  if (import.meta.filename.endsWith('.ts')) await bundleDoors()
  const outcomes = await runSuites(run, chosen, () => sweepTests(config))
  printResult(config, reportOutcomes(outcomes), renderOutcomes(outcomes))
  const failure = failureOf(outcomes)
  if (failure) throw failure
})
