import type { ImageLock, LockedImage } from './image-lock.ts'
import { OCI, OWNER, PROJECT_LABEL } from './labels.ts'
import type { Settings } from './settings.ts'
import { type Revision, versionOf } from './version.ts'

export type BuildInput = {
  readonly settings: Settings
  readonly revision: Revision
  readonly lock: ImageLock
  readonly dockerfile: string
  /** Where the sources come from, for people; empty where only this machine has them. */
  readonly source: string
  /** A stage to stop at; the last stage without one. */
  readonly target?: string
  /** Build every layer anew. */
  readonly noCache?: boolean
}

/** The arguments that build an image from a context on standard input, writing its id to `idFile`. */
export function buildArgv(input: BuildInput, tag: string, idFile: string): [string, ...string[]] {
  const args = Object.entries(buildArgs(input)).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`])
  const labels = Object.entries(labelsOf(input)).flatMap(([name, value]) => ['--label', `${name}=${value}`])
  const cache = input.noCache ? ['--no-cache'] : []
  const target = input.target === undefined ? [] : ['--target', input.target]
  // An attestation would carry the time of the build: two clones could not agree on one image id.
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
    ...labels,
    '--tag',
    tag,
    '--iidfile',
    idFile,
    '-',
  ]
}

/** The local tag under which a build is kept until `tag` names it. */
export const candidateTag = (settings: Settings, version: string): string =>
  `${settings.IMAGE_REPOSITORY}:build-${version}`

function buildArgs({ revision, lock, dockerfile }: BuildInput): Record<string, string> {
  const offered: Record<string, string> = { VERSION: versionOf(revision), REVISION: revision.commit }
  for (const [name, { reference }] of Object.entries(lock)) offered[imageArg(name)] = reference
  const wanted = Object.entries(offered).filter(([name]) => declares(dockerfile, name))
  return { ...Object.fromEntries(wanted), SOURCE_DATE_EPOCH: String(revision.committedAt) }
}

function labelsOf({ settings, revision, lock, dockerfile, source }: BuildInput): Record<string, string> {
  const base = Object.entries(lock).find(([name]) => declares(dockerfile, imageArg(name)))?.[1]
  return {
    [OWNER]: 'image',
    [PROJECT_LABEL]: settings.PROJECT,
    [`${OCI}.title`]: settings.PROJECT,
    [`${OCI}.version`]: versionOf(revision),
    [`${OCI}.revision`]: revision.commit,
    [`${OCI}.created`]: new Date(revision.committedAt * 1000).toISOString(),
    ...(source ? { [`${OCI}.source`]: source } : {}),
    ...(base ? { [`${OCI}.base.name`]: base.upstream, [`${OCI}.base.digest`]: digestOf(base) } : {}),
  }
}

/** The build argument, and the variable of a test, by which a locked image is handed over. */
export const imageArg = (name: string): string => `${name.toUpperCase().replaceAll('-', '_')}_IMAGE`
const declares = (dockerfile: string, arg: string) => new RegExp(`^\\s*ARG\\s+${arg}\\b`, 'mi').test(dockerfile)
const digestOf = ({ source, reference, id }: LockedImage) =>
  source === 'registry' ? reference.slice(reference.indexOf('@') + 1) : id
