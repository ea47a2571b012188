import { catchSignals } from './cli/io/interrupt.ts'
import { log } from './cli/io/log.ts'
import { printResult } from './cli/io/result.ts'
import { playDemo } from './demo/io/play.ts'
import { recordScreen } from './demo/io/record.ts'
import { renderDemo } from './demo/report.ts'
import { takeTestLock, testRun } from './state/io/lock.ts'
import { runMain } from './target/io/run-main.ts'
import { sweepTests } from './test/io/sweep.ts'

await runMain(async (config) => {
  await takeTestLock(config, 'demo')
  catchSignals()
  const keep = recordScreen('make demo')
  log.doing('remove what an earlier demo has left')
  await sweepTests(config)
  try {
    const shown = await playDemo(testRun(config.PROJECT))
    printResult(config, shown, renderDemo(shown))
    log.note(`to play it again: ${keep()}`)
  } finally {
    log.doing('see that nothing is left')
    await sweepTests(config)
  }
})
