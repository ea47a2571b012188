import { log } from './cli/io/log.ts'
import { setUpImages } from './image/io/lock-apply.ts'
import { runMain } from './target/io/run-main.ts'

await runMain(async () => {
  const notice = await setUpImages()
  if (notice) log.warn(notice)
  log.done('set up')
})
