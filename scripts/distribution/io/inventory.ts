import { lstatSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { exec } from '../../cli/io/exec.ts'
import { OWNER } from '../../docker/labels.ts'
import { type ImageFile, isInventory } from '../sbom.ts'

/** The files of an image that say what is installed in it. It is not started. */
export async function readInventory(image: string): Promise<ImageFile[]> {
  const scratch = mkdtempSync(join(tmpdir(), 'inventory-'))
  // An image need not say what to run, and a container must.
  const made = await exec(['docker', 'create', '--label', `${OWNER}=inventory`, image, 'none'], { quiet: true })
  const id = made.stdout.trim()
  try {
    const archive = join(scratch, 'root.tar')
    await exec(['docker', 'export', '--output', archive, id], { quiet: true })
    const { stdout } = await exec(['tar', '--list', '--file', archive], { quiet: true })
    const paths = stdout.split('\n').filter(isInventory)
    const list = join(scratch, 'list')
    const root = join(scratch, 'root')
    writeFileSync(list, paths.map((path) => `${path}\n`).join(''))
    await exec(['mkdir', root], { quiet: true })
    const wanted = ['--no-wildcards', '--verbatim-files-from', '--files-from', list]
    await exec(['tar', '--extract', '--file', archive, '--directory', root, ...wanted], { quiet: true })
    // A link could lead out of the image.
    const files = paths.filter((path) => lstatSync(join(root, path)).isFile())
    return files.map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))
  } finally {
    await exec(['docker', 'rm', '--force', id], { quiet: true })
    rmSync(scratch, { recursive: true })
  }
}
