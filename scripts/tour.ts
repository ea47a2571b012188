import { catchSignals } from './cli/io/interrupt.ts'
import { takeTestLock } from './state/io/lock.ts'
import { runMain } from './target/io/run-main.ts'
import { giveTour } from './tour/io/tour.ts'

await runMain(async (config) => {
  await takeTestLock(config, 'tour')
  catchSignals()
  await giveTour(config.options)
})
