import { createReadStream, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Failure } from '../../cli/failure.ts'
import { exec, tryExec } from '../../cli/io/exec.ts'
import { log } from '../../cli/io/log.ts'
import { openScratch } from '../../cli/io/scratch.ts'
import type { Config } from '../../config/io/read.ts'
import type { Settings } from '../../config/settings.ts'
import { findImage } from '../../docker/io/engine.ts'
import { currentRun } from '../../state/io/lock.ts'
import { pathIn, readOriginUrl, readRevision, writeArchive } from '../../version/io/git.ts'
import { versionOf } from '../../version/version.ts'
import { type BuildInput, buildArgv, candidateTag, outsideImages, substitutes, withoutFrontend } from '../build.ts'
import type { Built } from '../build-report.ts'
import { sayStandIn } from '../stand-in.ts'
import { readLock } from './images.ts'
import { withStandIns } from './stand-in.ts'

/** Builds the image of REF, or of the files as they are, under the tag where `make tag` finds it. */
export async function buildCandidate(config: Config): Promise<Built> {
  const { options } = config
  const input = await readBuildInput(config, options.ref)
  const { commit: revision, dirtyTree } = input.revision
  const version = versionOf(input.revision)
  if (dirtyTree) log.warn(`files differ from commit ${revision.slice(0, 7)}: building them as they are, as ${version}`)
  const tag = candidateTag(config, version)
  const before = await findImage(tag)
  const image = await buildImage({ ...input, noCache: options.noCache }, tag)
  const size = (await findImage(image))?.Size ?? 0
  return { outcome: before?.Id === image ? 'unchanged' : 'built', version, revision, image, size }
}

/** Reads the input for a build of `ref`, or of the files in this checkout as they are. */
export async function readBuildInput(settings: Settings, ref: string | undefined): Promise<BuildInput> {
  const revision = await readRevision(ref)
  const path = pathIn(revision.dirtyTree ?? revision.commit, join(settings.APP_DIR, 'Dockerfile'))
  const found = await tryExec(['git', 'show', path], { quiet: true })
  if (found.exitCode !== 0) {
    throw new Failure(`there is no ${join(settings.APP_DIR, 'Dockerfile')} in ${ref ?? 'this checkout'}`, {
      next: 'set APP_DIR to the folder with the Dockerfile',
    })
  }
  // A path of this machine would give the same image another id in every clone.
  const remote = await readOriginUrl()
  const source = /^(https?|ssh|git):\/\/|^[\w.-]+@[\w.-]+:/.test(remote) ? remote : ''
  return { settings, revision, lock: readLock(), dockerfile: found.stdout, source, testRun: currentRun() }
}

/** Builds an image from exactly the files of this input, shows the progress, and gives the image's id. */
export async function buildImage(asked: BuildInput, tag: string): Promise<string> {
  const input = { ...asked, lock: await withStandIns(asked.lock, outsideImages(asked)) }
  const { revision, settings } = input
  using scratch = openScratch('build')
  const context = join(scratch.path, 'context.tar')
  await writeArchive(revision.dirtyTree ?? revision.commit, settings.APP_DIR, revision.committedAt, context)
  const readable = withoutFrontend(input)
  if (readable !== undefined) await replaceDockerfile(context, readable, revision.committedAt)
  // `make setup` has already announced the stand-ins that it built for exactly these names.
  for (const { name, image, near } of substitutes(input))
    if (near || !Object.values(asked.lock).includes(image)) log.warn(sayStandIn(name, image))
  const idFile = join(scratch.path, 'id')
  await exec(buildArgv(input, tag, idFile), { input: createReadStream(context), follow: true })
  return readFileSync(idFile, 'utf8').trim()
}

// Gives the Dockerfile the same owner, mode and time as git gives the rest of the archive: the same bytes every time.
async function replaceDockerfile(context: string, text: string, epoch: number): Promise<void> {
  using folder = openScratch('dockerfile')
  writeFileSync(join(folder.path, 'Dockerfile'), text)
  const owner = ['--owner=root:0', '--group=root:0', '--mode=664', `--mtime=@${epoch}`, '--directory', folder.path]
  await exec(['tar', '--delete', '--file', context, 'Dockerfile'], { quiet: true })
  await exec(['tar', '--append', '--file', context, ...owner, 'Dockerfile'], { quiet: true })
}
