import { basename } from 'node:path'
import { printResult } from './cli/io/result.ts'
import { renderBytes } from './cli/table.ts'
import { chooseContents, writeBundle } from './distribution/io/write-bundle.ts'
import { takeLock } from './state/io/lock.ts'
import { runMain } from './target/io/run-main.ts'

await runMain(async (config) => {
  await takeLock(config, 'bundle')
  const contents = await chooseContents(config)
  const { file, size, sha256 } = await writeBundle(config, contents)
  const { version, image, digest, images } = contents
  const names = Object.keys(images)
  const archive = basename(file)
  printResult(
    config,
    { outcome: 'bundled', version, image, digest, images: names, file, size, sha256 },
    `bundled: ${version} with ${names.length} images in ${file} (${renderBytes(size)})\n` +
      `  there: tar -xf ${archive} && cd ${basename(archive, '.tar')} && make load deploy`,
  )
})
