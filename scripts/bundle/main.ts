import { basename } from 'node:path'
import { renderBytes } from '../core/table.ts'
import { takeLock } from '../io/lock.ts'
import { printResult, runMain } from '../io/run-main.ts'
import { chooseContents, writeBundle } from './apply.ts'

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
