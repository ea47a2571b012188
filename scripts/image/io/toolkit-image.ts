import { createReadStream, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { digest } from '../../cli/digest.ts'
import { exec } from '../../cli/io/exec.ts'
import { log } from '../../cli/io/log.ts'
import { SAME_BYTES } from '../../cli/tar-argv.ts'
import { findImage } from '../../docker/io/engine.ts'
import { toolkitImageId, toolkitImageName } from '../../docker/io/toolkit-container.ts'
import { OWNER } from '../../docker/labels.ts'

type Lock = { packages: Record<string, { dev?: boolean; devOptional?: boolean }> }

/** What that image is called here. */
export const toolkitImageTag = async (): Promise<string> =>
  `dartagnan/toolkit-with-packages:${digest([await toolkitImageId(), readFileSync('package-lock.json', 'utf8')])}`

/** The tag of the image that holds the toolkit with its packages, built where it is not here yet. The same inputs make the same image. */
export async function ensureToolkitImage(): Promise<string> {
  const tag = await toolkitImageTag()
  if (await findImage(tag)) return tag
  log.step(`build ${tag}`, 'the toolkit with its packages, for where no checkout is')
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as Lock
  const wanted = Object.entries(packages).flatMap(([path, { dev, devOptional }]) =>
    path !== '' && !dev && !devOptional && existsSync(path) ? [path] : [],
  )
  const scratch = mkdtempSync(join(tmpdir(), 'toolkit-'))
  try {
    const files = wanted.flatMap((path) =>
      readdirSync(path, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && !join(entry.parentPath, '/').slice(path.length).includes('/node_modules/'))
        .map((entry) => join(entry.parentPath, entry.name)),
    )
    const [list, context] = [join(scratch, 'list'), join(scratch, 'context.tar')]
    // With their folders, which would be of the time of the build otherwise.
    const folders = new Set(files.flatMap((file) => ancestorsOf(file)))
    writeFileSync(list, [...folders, ...files].sort().join('\n'))
    const same = [...SAME_BYTES, '--no-recursion']
    await exec(['tar', '--create', '--file', context, ...same, '--verbatim-files-from', '--files-from', list], {
      quiet: true,
    })
    await exec(['cp', 'compose/images/toolkit-with-packages/Dockerfile', join(scratch, 'Dockerfile')], { quiet: true })
    await exec(['tar', '--append', '--file', context, '--directory', scratch, ...same, 'Dockerfile'], { quiet: true })
    const build = ['docker', 'buildx', 'build', '--load', '--provenance=false', '--label', `${OWNER}=image`] as const
    const args = ['--build-arg', `TOOLKIT_IMAGE=${await toolkitImageName()}`, '--build-arg', 'SOURCE_DATE_EPOCH=0']
    await exec([...build, ...args, '--tag', tag, '-'], { input: createReadStream(context), quiet: true })
    return tag
  } finally {
    rmSync(scratch, { recursive: true })
  }
}

const ancestorsOf = (file: string): string[] => {
  const parts = file.split('/').slice(0, -1)
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'))
}
