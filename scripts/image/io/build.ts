import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { shortId } from '../../cli/digest.ts'
import { Failure } from '../../cli/failure.ts'
import { tryExec } from '../../cli/io/exec.ts'
import { log } from '../../cli/io/log.ts'
import { openScratch } from '../../cli/io/scratch.ts'
import { quoteOutput } from '../../cli/io/screen.ts'
import { renderBytes } from '../../cli/table.ts'
import type { Config } from '../../config/io/read.ts'
import type { Settings } from '../../config/settings.ts'
import { findImage } from '../../docker/io/engine.ts'
import { INPUTS_LABEL } from '../../docker/labels.ts'
import { currentRun } from '../../state/io/lock.ts'
import {
  findTree,
  nameFiles,
  pathIn,
  readLastChange,
  readOriginUrl,
  readRevision,
  readText,
  writeFiles,
} from '../../version/io/git.ts'
import { type Revision, versionOf } from '../../version/version.ts'
import {
  type BuildInput,
  buildArgv,
  candidateTag,
  factsOf,
  nameInputs,
  outsideImages,
  secretArgs,
  substitutes,
  withoutFrontend,
} from '../build.ts'
import { buildFailure } from '../build-failure.ts'
import type { Built } from '../build-report.ts'
import { type Build, type Builds, callBuild, inOrder, takenBuilds } from '../builds.ts'
import { takenBy } from '../copied-places.ts'
import type { ImageLock, LockedImage } from '../image-lock.ts'
import { originOf, requireCurrent } from '../proposed.ts'
import { sayStandIn } from '../stand-in.ts'
import { readLock } from './images.ts'
import { withStandIns } from './stand-in.ts'

/** Builds the images of REF, or of the files as they are, under the tags where `make tag` finds them. */
export async function buildCandidate(config: Config, builds: Promise<Builds>): Promise<Built> {
  const { ref, noCache } = config.options
  // All are read before any is built: what is missing is said at once.
  const [app, ...others] = await readBuildInputs(config, builds, ref)
  const { commit: revision, dirtyTree } = app.revision
  const version = versionOf(app.revision)
  if (dirtyTree) log.warn(`files differ from commit ${revision.slice(0, 7)}: building them as they are, as ${version}`)
  const make = async (input: BuildInput) => {
    for (const name of Object.keys(secretArgs(input)))
      log.warn(`build.args of ${callBuild(input)}: whoever has the image can read ${name} in its history`)
    const tag = candidateTag(input.repository, version)
    log.doing(`build ${input.name || 'the image of'} ${version}`)
    const before = await findImage(tag)
    const image = await buildImage({ ...input, noCache }, tag)
    return { image, size: (await findImage(image))?.Size ?? 0, isNew: before?.Id !== image }
  }
  const built: Record<string, string> = {}
  let own = { image: '', size: 0 }
  let changes = false
  for (const input of inOrder([app, ...others])) {
    const { image, size, isNew } = await make(input)
    changes ||= isNew
    if (input === app) own = { image, size }
    else {
      log.done(`${isNew ? 'built' : 'unchanged'}: ${input.name}, image ${shortId(image)} (${renderBytes(size)})`)
      built[input.name] = image
    }
  }
  const outcome = changes ? 'built' : 'unchanged'
  return { outcome, version, revision, ...own, ...(others.length > 0 ? { built } : {}) }
}

/**
 * Reads what builds of `ref` need, or of the files in this checkout as they are. Throws a Failure where git has no such Dockerfile,
 * that has no such stage, or it was made from one that has changed since.
 */
export async function readBuildInputs(
  settings: Settings,
  builds: Builds | Promise<Builds>,
  ref: string | undefined,
): Promise<readonly [BuildInput, ...BuildInput[]]> {
  const [revision, remote, all] = await Promise.all([readRevision(ref), readOriginUrl(), builds])
  // A path of this machine would give the same image another id in every clone.
  const source = /^(https?|ssh|git):\/\/|^[\w.-]+@[\w.-]+:/.test(remote) ? remote : ''
  const common = { settings, revision, lock: readLock(), source, testRun: currentRun() }
  const read = async (build: Build): Promise<BuildInput> => {
    const input = { ...common, ...build, changed: revision, dockerfile: await readDockerfile(build, revision, ref) }
    requireStage(input)
    const [tree, origin] = [revision.dirtyTree ?? revision.commit, originOf(input)]
    if (origin) requireCurrent(input, await readText(tree, origin))
    const own = await readText(tree, ignoreFile(build.file))
    return { ...input, ignore: own ?? (origin && (await readText(tree, ignoreFile(origin)))) }
  }
  const app = await read(all[0])
  const others: BuildInput[] = []
  for (const build of inOrder(all)) {
    if (build.name === '') continue
    const input = await read(build)
    // A database must not be replaced because a file beside its own has changed.
    const taken = takenBy(factsOf(input), input.dockerfile)?.map((path) => join(build.context, path))
    const own = await readLastChange(revision, [...(taken ?? [build.context]), build.file, ignoreFile(build.file)])
    // With an image that it takes, what it is made of changes.
    const before = takenBuilds(build, [app, ...others]).map((one) => one.changed)
    const changed = before.reduce((one, other) => (other.committedAt > one.committedAt ? other : one), own)
    others.push({ ...input, taken, changed })
  }
  return [app, ...others]
}

// What a build of this Dockerfile must not see, in place of the .dockerignore of its context.
const ignoreFile = (dockerfile: string) => `${dockerfile}.dockerignore`

async function readDockerfile(build: Build, revision: Revision, ref: string | undefined): Promise<string> {
  const path = pathIn(revision.dirtyTree ?? revision.commit, build.file)
  const found = await tryExec(['git', 'show', path], { quiet: true })
  if (found.exitCode === 0) return found.stdout
  const whose = build.name ? `, which ${build.name} is built from` : ''
  throw new Failure(`there is no ${build.file} in ${ref ?? 'this checkout'}${whose}`, {
    next: build.name
      ? `add it to git, or correct build.dockerfile of the service ${build.services[0]}`
      : 'set APP_DIR to the folder with the Dockerfile',
  })
}

function requireStage(input: BuildInput): void {
  const { target, file } = input
  const { stages, target: found } = factsOf(input)
  if (target === undefined || found) return
  const names = stages.map(({ name }) => name).filter(Boolean)
  throw new Failure(`${file} has no stage ${JSON.stringify(target)}, the build.target of ${callBuild(input)}`, {
    next: `let build.target name one of its stages: ${names.join(', ') || 'none has a name'}`,
  })
}

/**
 * Builds an image from exactly the files of this input, shows the progress, and gives the image's id. The image that has the tag stays
 * where it was built from just that.
 */
export async function buildImage(asked: BuildInput, tag: string): Promise<string> {
  const known = { ...asked, lock: { ...asked.lock, ...(await readTaken(asked)) } }
  const isFixed = (image: string) => substitutes(known).some(({ name, near }) => name === image && !near)
  const open = outsideImages(known).filter((image) => !isFixed(image))
  const whole = { ...known, lock: await withStandIns(known.lock, open) }
  // `make setup` has already announced the stand-ins that it built for exactly these names.
  for (const { name, image, near } of substitutes(whole))
    if (near || !Object.values(known.lock).includes(image)) log.warn(sayStandIn(name, image))
  const { revision, changed, taken, noCache } = whole
  const root = revision.dirtyTree ?? revision.commit
  const tree = await findTree(root, whole.context)
  const files = taken ? await nameFiles(root, taken) : tree
  const input = { ...whole, inputs: nameInputs(whole, files) }
  const there = noCache || !input.inputs ? undefined : await findImage(tag)
  if (there && there.Config.Labels?.[INPUTS_LABEL] === input.inputs) return there.Id
  using scratch = openScratch('build')
  // A folder, because BuildKit obeys no .dockerignore of an archive. It takes the files of a folder that it knows, by its path, for
  // the same as before where sizes and times are: here, these are the commit's. So the path names the content.
  const context = join(scratch.path, tree)
  await writeFiles(tree, changed.committedAt, context)
  const [dockerfile, idFile] = [writeDockerfile(input, join(scratch.path, 'dockerfile')), join(scratch.path, 'id')]
  const argv = buildArgv(input, tag, { context, dockerfile, idFile })
  const built = await tryExec(argv, { follow: true, env: secretArgs(input) })
  if (built.exitCode !== 0) throw buildFailure(input.file, built.stderr, quoteOutput(30))
  return readFileSync(idFile, 'utf8').trim()
}

// The images of other builds of the same version that a build takes. No name of an ARG has a colon.
async function readTaken({ takes = {}, revision }: BuildInput): Promise<ImageLock> {
  const lock: Record<string, LockedImage> = {}
  for (const [name, repository] of Object.entries(takes)) {
    const reference = candidateTag(repository, versionOf(revision))
    const found = await findImage(reference)
    if (!found) throw new Failure(`${name} is not built: there is no image ${reference}`, { next: 'make build' })
    lock[`build:${name}`] = { upstream: name, source: 'build', reference, id: found.Id }
  }
  return lock
}

// Writes the Dockerfile to a folder outside of its context, which stays as git has it: it may lie elsewhere, or need another text.
function writeDockerfile(input: BuildInput, folder: string): string {
  const file = join(folder, basename(input.file))
  mkdirSync(folder)
  writeFileSync(file, withoutFrontend(input) ?? input.dockerfile)
  if (input.ignore !== undefined) writeFileSync(ignoreFile(file), input.ignore)
  return file
}
