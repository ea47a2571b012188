import { lstatSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { exec } from '../../cli/io/exec.ts'
import { readPlainFile } from '../../cli/io/plain-file.ts'
import { openScratch } from '../../cli/io/scratch.ts'
import { listOwned } from '../../docker/io/engine.ts'
import { OWNER, PROJECT_LABEL } from '../../docker/labels.ts'
import { type ImageFile, isInventory } from '../sbom.ts'

const KIND = 'inventory'
const MOST_BYTES = 64_000_000

/** Removes the containers that killed runs of a project have left: each pins an image and its anonymous volumes. */
export async function clearInventory(project: string): Promise<void> {
  const left = await listOwned(project, 'container', KIND)
  if (left.length > 0) await exec(['docker', 'rm', '--force', '--volumes', ...left], { quiet: true })
}

/** Reads the files of an image that list its packages. The image is never started. The caller has the project's lock. */
export async function readInventory(project: string, image: string): Promise<ImageFile[]> {
  using scratch = openScratch('inventory')
  // `none` never runs: a container must name a command, and the image may name none.
  const labels = ['--label', `${OWNER}=${KIND}`, '--label', `${PROJECT_LABEL}=${project}`]
  const made = await exec(['docker', 'create', ...labels, image, 'none'], { quiet: true })
  const id = made.stdout.trim()
  try {
    const archive = join(scratch.path, 'root.tar')
    await exec(['docker', 'export', '--output', archive, id], { quiet: true })
    const { stdout } = await exec(['tar', '--list', '--file', archive], { quiet: true })
    const paths = stdout.split('\n').filter(isInventory)
    const [list, root] = [join(scratch.path, 'list'), join(scratch.path, 'root')]
    writeFileSync(list, paths.map((path) => `${path}\n`).join(''))
    mkdirSync(root)
    const wanted = ['--no-wildcards', '--verbatim-files-from', '--files-from', list]
    await exec(['tar', '--extract', '--file', archive, '--directory', root, ...wanted], { quiet: true })
    // A symbolic link could point outside of the image.
    const files = paths.filter((path) => lstatSync(join(root, path)).isFile())
    return files.map((path) => ({ path, text: readPlainFile(join(root, path), MOST_BYTES) ?? '' }))
  } finally {
    await exec(['docker', 'rm', '--force', '--volumes', id], { quiet: true })
  }
}
