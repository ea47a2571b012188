import { createReadStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Failure } from '../../cli/failure.ts'
import { exec, tryExec } from '../../cli/io/exec.ts'
import { log } from '../../cli/io/log.ts'
import type { Settings } from '../../config/settings.ts'
import { readRemote, readRevision, writeArchive } from '../../version/io/git.ts'
import { type BuildInput, buildArgv, outsideImages, substitutes, withoutFrontend } from '../build.ts'
import { sayStandIn } from '../stand-in.ts'
import { readLock } from './images.ts'
import { withStandIns } from './stand-in.ts'

/** What a build of `ref` (without one: of the files as they lie here) would be made from. */
export async function readBuildInput(settings: Settings, ref: string | undefined): Promise<BuildInput> {
  const revision = await readRevision(ref)
  const path = `${revision.dirtyTree ?? revision.commit}:${settings.APP_DIR}/Dockerfile`
  const found = await tryExec(['git', 'show', path], { quiet: true })
  if (found.exitCode !== 0) {
    throw new Failure(`there is no ${settings.APP_DIR}/Dockerfile in ${ref ?? 'this checkout'}`, {
      next: 'set APP_DIR to the folder with the Dockerfile',
    })
  }
  // A path of this machine would give every clone an image of its own.
  const remote = await readRemote()
  const source = /^(https?|ssh|git):\/\/|^[\w.-]+@[\w.-]+:/.test(remote) ? remote : ''
  return { settings, revision, lock: readLock(), dockerfile: found.stdout, source }
}

/** Builds an image from exactly the files of that input, shows the progress, and gives the image's id. */
export async function buildImage(asked: BuildInput, tag: string): Promise<string> {
  const input = { ...asked, lock: await withStandIns(asked.lock, outsideImages(asked)) }
  const { revision, settings } = input
  const scratch = mkdtempSync(join(tmpdir(), 'build-'))
  try {
    const context = join(scratch, 'context.tar')
    await writeArchive(revision.dirtyTree ?? revision.commit, settings.APP_DIR, revision.committedAt, context)
    const readable = withoutFrontend(input)
    if (readable !== undefined) await replaceDockerfile(context, readable, revision.committedAt)
    // Those that setup has built for the very name are in its own notice.
    for (const { name, image, near } of substitutes(input))
      if (near || !Object.values(asked.lock).includes(image)) log.warn(sayStandIn(name, image))
    const idFile = join(scratch, 'id')
    await exec(buildArgv(input, tag, idFile), { input: createReadStream(context), follow: true })
    return readFileSync(idFile, 'utf8').trim()
  } finally {
    rmSync(scratch, { recursive: true })
  }
}

// The same bytes every time, as git makes the rest of it.
async function replaceDockerfile(context: string, text: string, epoch: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'dockerfile-'))
  try {
    writeFileSync(join(folder, 'Dockerfile'), text)
    const owner = ['--owner=root:0', '--group=root:0', '--mode=664', `--mtime=@${epoch}`]
    await exec(['tar', '--delete', '--file', context, 'Dockerfile'], { quiet: true })
    await exec(['tar', '--append', '--file', context, ...owner, '--directory', folder, 'Dockerfile'], { quiet: true })
  } finally {
    rmSync(folder, { recursive: true })
  }
}
