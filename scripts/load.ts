import { printResult } from './cli/io/result.ts'
import { loadBundle } from './distribution/io/load-bundle.ts'
import { takeLock } from './state/io/lock.ts'
import { runMain } from './target/io/run-main.ts'

await runMain(async (config) => {
  await takeLock(config, 'load')
  const { version, image, images } = await loadBundle(config)
  const count = Object.keys(images).length
  printResult(config, { outcome: 'loaded', version, image, images }, `loaded: ${version}, ${count} images`)
})
