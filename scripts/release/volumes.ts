import { Failure } from '../cli/failure.ts'
import { type ComposeModel, PROXY, unescapeDollars } from '../docker/compose-model.ts'

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
}

const next = 'correct x-snapshot in the file that APP_COMPOSE names (compose/app.yaml is an example)'

/** Reads the volumes of a Compose file, without the proxy's and external ones. Throws a Failure for a wrong x-snapshot. */
export function readVolumes({ name: project, services, volumes = {} }: ComposeModel): DataVolume[] {
  const users = Object.entries(services).flatMap(([service, definition]) => {
    if (service === PROXY) return []
    const { volumes: mounts = [], 'x-snapshot': offer } = definition
    const named = mounts.filter(({ type, source }) => type === 'volume' && source)
    const keysOf = (mounted: typeof named) => [...new Set(mounted.map(({ source = '' }) => source))]
    const writes = keysOf(named.filter(({ read_only }) => !read_only))
    const hook = offer === false ? undefined : readHook(service, writes, offer)
    return [{ service, keys: keysOf(named), writes, kept: offer !== false, hook }]
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
      },
    ]
  })
}

function readHook(service: string, keys: readonly string[], value: unknown) {
  if (value === undefined || value === null) return undefined
  // A service with several volumes has to name one.
  const only = keys.length === 1 ? keys[0] : undefined
  const { volume = only, copy, describe, restore, ...rest } = value as Record<string, unknown>
  const isArgv = (argv: unknown): argv is readonly string[] =>
    Array.isArray(argv) && argv.length > 0 && argv.every((word) => typeof word === 'string')
  if (!isArgv(copy) || !isArgv(describe) || !(restore === undefined || isArgv(restore)) || Object.keys(rest).length > 0)
    throw new Failure(
      `x-snapshot of service "${service}" is ${JSON.stringify(value)}: it takes false, or copy, describe and, if needed, restore, each a command as a list`,
      { next },
    )
  if (typeof volume !== 'string' || !keys.includes(volume))
    throw new Failure(
      `x-snapshot of service "${service}" does not say which of its volumes (${keys.join(', ')}) it is for`,
      { next: 'add volume: … to it' },
    )
  return {
    volume,
    hook: {
      service,
      copy: copy.map(unescapeDollars),
      describe: describe.map(unescapeDollars),
      restore: restore?.map(unescapeDollars),
    } satisfies Hook,
  }
}

/** Declares these volumes external: the toolkit creates and removes them, and Compose does neither. */
export const ownVolumes = (compose: ComposeModel, volumes: readonly DataVolume[]): ComposeModel => ({
  ...compose,
  volumes: {
    ...compose.volumes,
    ...Object.fromEntries(volumes.map(({ key, name }) => [key, { name, external: true }])),
  },
})
