import { copyFileSync, createReadStream, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { SAME_BYTES } from '../../cli/argv.ts'
import { digest } from '../../cli/digest.ts'
import { exec } from '../../cli/io/exec.ts'
import { log } from '../../cli/io/log.ts'
import { isAtHome } from '../../cli/io/places.ts'
import { openScratch } from '../../cli/io/scratch.ts'
import { findImage } from '../../docker/io/engine.ts'
import { toolkitImageId, toolkitImageName } from '../../docker/io/toolkit-container.ts'
import { OWNER } from '../../docker/labels.ts'
import { imageFolder } from './images.ts'

type Lock = { packages: Record<string, { dev?: boolean; devOptional?: boolean }> }

/** The tag of the image with the toolkit and its packages. It changes with both. */
export const toolkitImageTag = async (): Promise<string> => {
  if (!isAtHome()) return await toolkitImageName()
  return `dartagnan/toolkit-with-packages:${digest([await toolkitImageId(), readFileSync('package-lock.json', 'utf8')])}`
}

/**
 * Gives the tag of the image with the toolkit and its packages: a project runs in one. This repository builds one where the engine
 * lacks it; the same inputs make the same image.
 */
export async function ensureToolkitImage(): Promise<string> {
  const tag = await toolkitImageTag()
  if (await findImage(tag)) return tag
  log.step(`build ${tag}`, 'the toolkit with its packages, for a host without a checkout')
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as Lock
  using scratch = openScratch('toolkit')
  const [list, context] = [join(scratch.path, 'list'), join(scratch.path, 'context.tar')]
  const wanted = Object.entries(packages).flatMap(([path, { dev, devOptional }]) =>
    path !== '' && !dev && !devOptional && existsSync(path) ? [path] : [],
  )
  const files = wanted.flatMap(filesOf)
  // The list has the folders too: otherwise they get the time of the build.
  const folders = new Set(files.flatMap(ancestorsOf))
  writeFileSync(list, [...folders, ...files].sort().join('\n'))
  const same = [...SAME_BYTES, '--no-recursion']
  const from = ['--verbatim-files-from', '--files-from', list]
  await exec(['tar', '--create', '--file', context, ...same, ...from], { quiet: true })
  copyFileSync(imageFolder('toolkit-with-packages/Dockerfile'), join(scratch.path, 'Dockerfile'))
  const dockerfile = ['--directory', scratch.path, ...same, 'Dockerfile']
  await exec(['tar', '--append', '--file', context, ...dockerfile], { quiet: true })
  const build = ['docker', 'buildx', 'build', '--load', '--provenance=false', '--label', `${OWNER}=image`] as const
  const args = ['--build-arg', `TOOLKIT_IMAGE=${await toolkitImageName()}`, '--build-arg', 'SOURCE_DATE_EPOCH=0']
  await exec([...build, ...args, '--tag', tag, '-'], { input: createReadStream(context), quiet: true })
  return tag
}

// A package's own files, without those of the packages inside it, which the lock lists separately.
const filesOf = (path: string): string[] =>
  readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !join(entry.parentPath, '/').slice(path.length).includes('/node_modules/'))
    .map((entry) => join(entry.parentPath, entry.name))

const ancestorsOf = (file: string): string[] => {
  const parts = file.split('/').slice(0, -1)
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'))
}
