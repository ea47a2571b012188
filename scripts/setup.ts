import { log } from './cli/io/log.ts'
import { isAtHome } from './cli/io/places.ts'
import { setUpImages } from './image/io/lock-apply.ts'
import { bundleDoors } from './setup/io/bundle-doors.ts'
import { runMain } from './target/io/run-main.ts'

await runMain(async () => {
  const notice = await setUpImages()
  // A project's toolkit brings them in its image.
  if (isAtHome()) await bundleDoors()
  if (notice) log.warn(notice)
  log.done('set up')
})
