import { basename } from 'node:path'
import { digest } from '../cli/digest.ts'
import type { Settings } from '../config/settings.ts'
import { APPLICATION, BUILD_LABEL, INPUTS_LABEL, OCI, OWNER, TEST_LABEL } from '../docker/labels.ts'
import { type Revision, versionOf } from '../version/version.ts'
import type { Build } from './builds.ts'
import { type DockerfileFacts, parseDockerfile } from './dockerfile.ts'
import { isSecret } from './dockerfile-rules.ts'
import type { ImageLock, LockedImage } from './image-lock.ts'
import { hasStandIns, standInFor } from './stand-in.ts'

export type BuildInput = Build & {
  readonly settings: Settings
  readonly revision: Revision
  /**
   * The commit that the image's files are of: the revision's own for the application, for the image of another service the last
   * one that changed them. So it is the same image as long as they are the same.
   */
  readonly changed: Pick<Revision, 'commit' | 'committedAt'>
  /** The files and folders that it is built from, where these are not all of its context. */
  readonly taken?: readonly string[] | undefined
  readonly lock: ImageLock
  /** The text of its Dockerfile. */
  readonly dockerfile: string
  /** The text of the .dockerignore that is for this Dockerfile alone. */
  readonly ignore?: string | undefined
  /** The address of the sources, for people; empty where only this machine has them. */
  readonly source: string
  /** The run of tests that builds it, and finds it again by this label. */
  readonly testRun?: string | undefined
  /** Build every layer anew. */
  readonly noCache?: boolean
  /** What `nameInputs` says of the rest. */
  readonly inputs?: string | undefined
}

/** What a build takes from outside. */
export type Taking = Pick<BuildInput, 'dockerfile' | 'lock'> & Partial<Pick<Build, 'target' | 'args'>>

/** Where a build finds its files, and where it writes the id of its image. */
export type BuildPlaces = { readonly context: string; readonly dockerfile: string; readonly idFile: string }

/** The command that builds an image. Build arguments that may be secret are for the environment of the command. */
export function buildArgv(input: BuildInput, tag: string, places: BuildPlaces): [string, ...string[]] {
  const args = Object.entries(buildArgs(input)).flatMap(([name, value]) => [
    '--build-arg',
    isSecret(name) ? name : `${name}=${value}`,
  ])
  const labels = Object.entries(labelsOf(input)).flatMap(([name, value]) => ['--label', `${name}=${value}`])
  const contexts = substitutes(input).flatMap(({ name, image }) => [
    '--build-context',
    `${name}=docker-image://${image.reference}`,
  ])
  const cache = input.noCache ? ['--no-cache'] : []
  const target = input.target === undefined ? [] : ['--target', input.target]
  // An attestation would hold the time of the build: two clones would get two image ids.
  return [
    'docker',
    'buildx',
    'build',
    '--load',
    '--provenance=false',
    '--progress=auto',
    ...cache,
    '--file',
    places.dockerfile,
    ...target,
    ...args,
    ...contexts,
    ...labels,
    '--tag',
    tag,
    '--iidfile',
    places.idFile,
    places.context,
  ]
}

/**
 * Names all that a build takes: `tree` names its files, all of the context or what it takes of that. Undefined where it may take
 * something else the next time: an image or a file from elsewhere without a digest, or an argument that may be secret, which no
 * label may tell.
 */
export function nameInputs(input: BuildInput, tree: string): string | undefined {
  const fixed = substitutes(input).map(({ name }) => name)
  const moves = outsideImages(input).some((name) => !name.includes('@') && !fixed.includes(name))
  if (moves || /^\s*(ONBUILD\s+)?ADD\b/im.test(input.dockerfile) || Object.keys(secretArgs(input)).length > 0)
    return undefined
  // What another build made has the version in its name, but the same id as long as it is the same.
  const lock = Object.entries(input.lock).map(([name, image]) =>
    image.source === 'build' ? [name, { ...image, reference: image.id }] : [name, image],
  )
  const same = { ...input, lock: Object.fromEntries(lock), noCache: false, inputs: undefined }
  return digest([tree, input.dockerfile, input.ignore ?? '', buildArgv(same, '', NOWHERE)])
}
const NOWHERE: BuildPlaces = { context: '', dockerfile: '', idFile: '' }

/** The build arguments that may be secret: whoever has the image can read them. */
export const secretArgs = ({ args }: Pick<Build, 'args'>): Record<string, string> =>
  Object.fromEntries(Object.entries(args).filter(([name]) => isSecret(name)))

/** Reads the Dockerfile of a build, with the values that its ARGs will have. */
export function factsOf({ dockerfile, lock, args, target }: Taking): DockerfileFacts {
  const given = { ...lockArgs(lock), ...args }
  const question = JSON.stringify([dockerfile, given, target])
  const facts = known.get(question) ?? parseDockerfile(dockerfile, given, target)
  known.set(question, facts)
  return facts
}
// A build asks four times, and each answer takes 15 ms.
const known = new Map<string, DockerfileFacts>()

/** The images from outside that a build needs, without those of the lock that it takes by an ARG. */
export const outsideImages = (taking: Taking): readonly string[] => {
  const locked = Object.values(lockArgs(taking.lock))
  return factsOf(taking).images.filter((name) => !locked.includes(name))
}

/** The local tag that keeps a build until `make tag` gives it its version. */
export const candidateTag = (repository: string, version: string): string => `${repository}:build-${version}`

export type Substitute = { readonly name: string; readonly image: LockedImage; readonly near: boolean }

/**
 * The images that a Dockerfile names itself and the build replaces from the lock: by the image of the same reference
 * or, where no registry answered at setup, by a stand-in for the same repository (`near`).
 */
export function substitutes(taking: Taking): Substitute[] {
  const { lock } = taking
  const full = (name: string) => name.replace(/^docker\.io\//, '').replace(/^library\/|:latest$/g, '')
  return outsideImages(taking).flatMap((name) => {
    if (name.includes('@')) return []
    const same = Object.values(lock).find(({ upstream }) => full(upstream) === full(name))
    const image = same ?? lock[standInFor(name, lock)?.name ?? '']
    return image ? [{ name, image, near: image !== same }] : []
  })
}

/**
 * The Dockerfile without its `# syntax=` line, which an engine without a registry cannot obey; undefined where it may
 * stay.
 */
export function withoutFrontend({ dockerfile, lock }: Pick<BuildInput, 'dockerfile' | 'lock'>): string | undefined {
  if (!hasStandIns(lock) || parseDockerfile(dockerfile).syntax === undefined) return undefined
  // An empty comment stays, so that errors name the right line.
  return dockerfile.replace(/^#\s*syntax\s*=.*$/im, '#')
}

// The version is ours to say; all else that the Compose file says wins.
function buildArgs({ revision, changed, lock, dockerfile, args }: BuildInput): Record<string, string> {
  const own = { VERSION: versionOf(revision), REVISION: revision.commit }
  const offered = { ...own, ...lockArgs(lock) }
  const wanted = Object.entries(offered).filter(([name]) => declares(dockerfile, name))
  const fixed = { ...own, SOURCE_DATE_EPOCH: String(changed.committedAt) }
  const asked = Object.entries(args).filter(([name]) => !(name in fixed))
  return { ...Object.fromEntries([...wanted, ...asked]), SOURCE_DATE_EPOCH: fixed.SOURCE_DATE_EPOCH }
}

function labelsOf(input: BuildInput): Record<string, string> {
  const { settings, revision, changed, lock, dockerfile, source, testRun, name, inputs } = input
  const title = settings.APP_DIR === '.' ? APPLICATION : basename(settings.APP_DIR)
  const given = Object.entries(lock).find(([name]) => declares(dockerfile, imageArg(name)))?.[1]
  const from = factsOf(input).target?.image
  const base = given ?? substitutes(input).find(({ name }) => name === from)?.image
  return {
    [OWNER]: APPLICATION,
    [`${OCI}.title`]: name || title,
    ...(name ? { [BUILD_LABEL]: name } : { [`${OCI}.version`]: versionOf(revision) }),
    [`${OCI}.revision`]: changed.commit,
    [`${OCI}.created`]: new Date(changed.committedAt * 1000).toISOString(),
    ...(testRun === undefined ? {} : { [TEST_LABEL]: testRun }),
    ...(inputs === undefined ? {} : { [INPUTS_LABEL]: inputs }),
    ...(source ? { [`${OCI}.source`]: source } : {}),
    ...(base ? { [`${OCI}.base.name`]: base.upstream, [`${OCI}.base.digest`]: digestOf(base) } : {}),
  }
}

/** The name of the build argument, or of a test's variable, that passes on a locked image. */
export const imageArg = (name: string): string => `${name.toUpperCase().replaceAll('-', '_')}_IMAGE`
const lockArgs = (lock: ImageLock): Record<string, string> =>
  Object.fromEntries(Object.entries(lock).map(([name, { reference }]) => [imageArg(name), reference]))
const declares = (dockerfile: string, arg: string) => new RegExp(`^\\s*ARG\\s+${arg}\\b`, 'mi').test(dockerfile)
const digestOf = ({ source, reference, id }: LockedImage) =>
  source === 'registry' ? reference.slice(reference.indexOf('@') + 1) : id
