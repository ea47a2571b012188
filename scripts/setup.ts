import { log } from './cli/io/log.ts'
import { setUpImages } from './image/io/lock-apply.ts'
import { bundleDoors } from './setup/io/bundle-doors.ts'
import { runMain } from './target/io/run-main.ts'

await runMain(async () => {
  const notice = await setUpImages()
  await bundleDoors()
  if (notice) log.warn(notice)
  log.done('set up')
})
