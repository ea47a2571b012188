import { Failure } from '../cli/failure.ts'
import { type ComposeModel, type Mount, PROXY, unescapeDollars } from '../docker/compose-model.ts'
import { dataVolumeOf, isPreset, SNAPSHOT_PRESETS, type SnapshotPreset } from './snapshot-presets.ts'

/**
 * The commands by which a service copies and restores its own data. They run in a container of the service, on its networks.
 * `copy` writes an application-consistent copy into the folder /snapshot, and prints one line of JSON that describes the data.
 * `describe` prints the same line for restored data. `restore` puts /snapshot back into the service, which runs over an empty
 * volume; without it, the files are put back.
 */
export type Hook = {
  readonly service: string
  readonly copy: readonly string[]
  readonly describe: readonly string[]
  readonly restore: readonly string[] | undefined
  /** The preset whose script takes these words. */
  readonly preset?: SnapshotPreset
}

/** A volume that services of a release mount. */
export type DataVolume = {
  readonly key: string
  /** Its name on the engine: a restore puts another volume in its place, under the same key. */
  readonly name: string
  readonly driver: string
  readonly options: Readonly<Record<string, string>>
  /** The services that may write to it. */
  readonly writers: readonly string[]
  /** Whether snapshots hold it: not where no service writes to it, or every service that does says `x-snapshot: false`. */
  readonly kept: boolean
  readonly hook: Hook | undefined
  /** Whether other services change it through one that has no hook, say a search server: `x-snapshot: files`. */
  readonly shared?: boolean
}

// What a server that has no hook keeps: others change it, and its files are copied while it pauses.
const FILES = 'files'
const next = 'correct x-snapshot in the file that APP_COMPOSE names (compose/app.yaml is an example)'

/** Reads the volumes of a Compose file, without the proxy's and external ones. Throws a Failure for a wrong x-snapshot. */
export function readVolumes({ name: project, services, volumes = {} }: ComposeModel): DataVolume[] {
  const users = Object.entries(services).flatMap(([service, definition]) => {
    if (service === PROXY) return []
    const { volumes: mounts = [], 'x-snapshot': offer } = definition
    const mounted = mounts.filter(({ type, source }) => type === 'volume' && source)
    const named = mounted.filter(({ source = '' }) => !volumes?.[source]?.external)
    const isElsewhere = named.length === 0 && mounted.length > 0
    const keysOf = (mounted: typeof named) => [...new Set(mounted.map(({ source = '' }) => source))]
    const writable = named.filter(({ read_only }) => !read_only)
    const writes = keysOf(writable)
    const hook = offer === false || offer === FILES || isElsewhere ? undefined : readHook(service, writable, offer)
    return [{ service, keys: keysOf(named), writes, kept: offer !== false, isShared: offer === FILES, hook }]
  })
  return Object.entries(volumes).flatMap(([key, spec]) => {
    if (spec?.external || !users.some(({ keys }) => keys.includes(key))) return []
    const writers = users.filter(({ writes }) => writes.includes(key))
    const { name = `${project}_${key}`, driver = 'local', driver_opts = {} } = spec ?? {}
    const options = Object.fromEntries(
      Object.entries(driver_opts).map(([option, value]) => [option, unescapeDollars(value)]),
    )
    return [
      {
        ...{ key, name, driver, options },
        writers: writers.map(({ service }) => service),
        kept: writers.some(({ kept }) => kept),
        hook: writers.find(({ hook }) => hook?.volume === key)?.hook?.hook,
        ...(writers.some(({ isShared }) => isShared) ? { shared: true } : {}),
      },
    ]
  })
}

function readHook(service: string, mounts: readonly Mount[], value: unknown) {
  if (value === undefined || value === null) return undefined
  const keys = [...new Set(mounts.map(({ source = '' }) => source))]
  // A service with several volumes has to name one, unless a server's is known by its place.
  const only = keys.length === 1 ? keys[0] : undefined
  const { preset, volume, ...own } = (typeof value === 'string' ? { preset: value } : value) as Record<string, unknown>
  const wrong = new Failure(
    `x-snapshot of service "${service}" is ${JSON.stringify(value)}: it takes ${SNAPSHOT_PRESETS.join(', ')}, ${FILES}, or false, or copy, describe and, if needed, restore, each a command as a list`,
    { next },
  )
  const hook =
    preset === undefined
      ? readOwn(own)
      : isPreset(preset) && Object.keys(own).length === 0
        ? ofPreset(preset)
        : undefined
  if (hook === undefined) throw wrong
  const mounted = mounts.map(({ source = '', target }) => ({ key: source, target }))
  const named = volume ?? only ?? (isPreset(preset) ? dataVolumeOf(preset, mounted) : undefined)
  if (typeof named !== 'string' || !keys.includes(named))
    throw new Failure(
      `x-snapshot of service "${service}" does not say which of its volumes (${keys.join(', ')}) it is for`,
      { next: isPreset(preset) ? `x-snapshot: {preset: ${preset}, volume: …}` : 'add volume: … to it' },
    )
  return { volume: named, hook: { service, ...hook } satisfies Hook }
}

/** Whether a server keeps a volume, through which any service may change it. */
export const isShared = ({ hook, shared }: DataVolume): boolean => hook?.restore !== undefined || shared === true

const isArgv = (argv: unknown): argv is readonly string[] =>
  Array.isArray(argv) && argv.length > 0 && argv.every((word) => typeof word === 'string')

// The commands of x-snapshot itself; undefined where they are wrong.
function readOwn({ copy, describe, restore, ...rest }: Record<string, unknown>): Omit<Hook, 'service'> | undefined {
  if (!isArgv(copy) || !isArgv(describe) || !(restore === undefined || isArgv(restore)) || Object.keys(rest).length > 0)
    return undefined
  return {
    copy: copy.map(unescapeDollars),
    describe: describe.map(unescapeDollars),
    restore: restore?.map(unescapeDollars),
  }
}

// SQLite's databases are files that a restore puts back; a server loads a dump.
const ofPreset = (preset: SnapshotPreset): Omit<Hook, 'service'> => ({
  ...{ preset, copy: ['copy'], describe: ['describe'] },
  restore: preset === 'sqlite' ? undefined : ['restore'],
})

/** Declares these volumes external: the toolkit creates and removes them, and Compose does neither. */
export const ownVolumes = (compose: ComposeModel, volumes: readonly DataVolume[]): ComposeModel => ({
  ...compose,
  volumes: {
    ...compose.volumes,
    ...Object.fromEntries(volumes.map(({ key, name }) => [key, { name, external: true }])),
  },
})
