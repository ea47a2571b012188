import { measureSuites } from './bench/io/measure.ts'
import { chooseBench } from './bench/report.ts'
import { catchSignals, checkSignals } from './cli/io/interrupt.ts'
import { printResult } from './cli/io/result.ts'
import { takeTestLock, testRun } from './state/io/lock.ts'
import { runMain } from './target/io/run-main.ts'
import { sweepTests } from './test/io/sweep.ts'

await runMain(async (config) => {
  const suites = chooseBench(config.options.suite)
  await takeTestLock(config, 'bench')
  catchSignals()
  await sweepTests(config)
  try {
    const { document, text } = await measureSuites(testRun(config.PROJECT), suites)
    printResult(config, document, text)
  } catch (error) {
    // What a signal has ended has failed for no other reason.
    checkSignals()
    throw error
  } finally {
    await sweepTests(config)
  }
})
