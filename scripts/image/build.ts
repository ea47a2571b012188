import { basename } from 'node:path'
import type { Settings } from '../config/settings.ts'
import { APPLICATION, OCI, OWNER, TEST_LABEL } from '../docker/labels.ts'
import { type Revision, versionOf } from '../version/version.ts'
import { parseDockerfile } from './dockerfile.ts'
import type { ImageLock, LockedImage } from './image-lock.ts'
import { hasStandIns, standInFor } from './stand-in.ts'

export type BuildInput = {
  readonly settings: Settings
  readonly revision: Revision
  readonly lock: ImageLock
  readonly dockerfile: string
  /** The address of the sources, for people; empty where only this machine has them. */
  readonly source: string
  /** A stage to stop at; the last stage without one. */
  readonly target?: string
  /** The run of tests that builds it, and finds it again by this label. */
  readonly testRun?: string | undefined
  /** Build every layer anew. */
  readonly noCache?: boolean
}

/** The command that builds an image from a context on standard input, and writes its id to `idFile`. */
export function buildArgv(input: BuildInput, tag: string, idFile: string): [string, ...string[]] {
  const args = Object.entries(buildArgs(input)).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`])
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
    ...target,
    ...args,
    ...contexts,
    ...labels,
    '--tag',
    tag,
    '--iidfile',
    idFile,
    '-',
  ]
}

/** The images from outside that a Dockerfile builds from, without those of the lock that it takes by an ARG. */
export const outsideImages = ({ dockerfile, lock }: Pick<BuildInput, 'dockerfile' | 'lock'>): readonly string[] => {
  const locked = lockArgs(lock)
  const { images } = parseDockerfile(dockerfile, locked)
  return images.filter((name) => !Object.values(locked).includes(name))
}

/** The local tag that keeps a build until `make tag` gives it its version. */
export const candidateTag = (settings: Settings, version: string): string =>
  `${settings.IMAGE_REPOSITORY}:build-${version}`

export type Substitute = { readonly name: string; readonly image: LockedImage; readonly near: boolean }

/**
 * The images that a Dockerfile names itself and the build replaces from the lock: by the image of the same reference
 * or, where no registry answered at setup, by a stand-in for the same repository (`near`).
 */
export function substitutes({ dockerfile, lock }: Pick<BuildInput, 'dockerfile' | 'lock'>): Substitute[] {
  const full = (name: string) => name.replace(/^docker\.io\//, '').replace(/^library\//, '')
  return outsideImages({ dockerfile, lock }).flatMap((name) => {
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

function buildArgs({ revision, lock, dockerfile }: BuildInput): Record<string, string> {
  const offered = { VERSION: versionOf(revision), REVISION: revision.commit, ...lockArgs(lock) }
  const wanted = Object.entries(offered).filter(([name]) => declares(dockerfile, name))
  return { ...Object.fromEntries(wanted), SOURCE_DATE_EPOCH: String(revision.committedAt) }
}

function labelsOf({ settings, revision, lock, dockerfile, source, testRun }: BuildInput): Record<string, string> {
  const given = Object.entries(lock).find(([name]) => declares(dockerfile, imageArg(name)))?.[1]
  const last = parseDockerfile(dockerfile, lockArgs(lock)).stages.at(-1)?.image
  const base = given ?? substitutes({ dockerfile, lock }).find(({ name }) => name === last)?.image
  return {
    [OWNER]: APPLICATION,
    [`${OCI}.title`]: settings.APP_DIR === '.' ? APPLICATION : basename(settings.APP_DIR),
    [`${OCI}.version`]: versionOf(revision),
    [`${OCI}.revision`]: revision.commit,
    [`${OCI}.created`]: new Date(revision.committedAt * 1000).toISOString(),
    ...(testRun === undefined ? {} : { [TEST_LABEL]: testRun }),
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
