import { measureSuites } from './bench/io/measure.ts'
import { chooseBench } from './bench/report.ts'
import { printResult } from './cli/io/result.ts'
import { takeTestLock, testRun } from './state/io/lock.ts'
import { runMain } from './target/io/run-main.ts'
import { sweepTests } from './testing/sweep.ts'

await runMain(async (config) => {
  const suites = chooseBench(config.options.suite)
  await takeTestLock(config, 'bench')
  await sweepTests(config)
  try {
    const { document, text } = await measureSuites(testRun(config.PROJECT), suites)
    printResult(config, document, text)
  } finally {
    await sweepTests(config)
  }
})
