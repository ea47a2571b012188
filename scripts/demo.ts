import { catchSignals } from './cli/io/interrupt.ts'
import { printResult } from './cli/io/result.ts'
import { playDemo } from './demo/io/play.ts'
import { renderDemo } from './demo/report.ts'
import { takeTestLock, testRun } from './state/io/lock.ts'
import { runMain } from './target/io/run-main.ts'
import { sweepTests } from './test/io/sweep.ts'

await runMain(async (config) => {
  await takeTestLock(config, 'demo')
  catchSignals()
  await sweepTests(config)
  try {
    const shown = await playDemo(testRun(config.PROJECT))
    printResult(config, shown, renderDemo(shown))
  } finally {
    await sweepTests(config)
  }
})
