import { meantBy } from './compose-text.ts'
import { digest } from './digest.ts'
import { Failure } from './failure.ts'
import { COMPOSE_PROJECT, DEFINITION_LABEL, PROJECT_LABEL } from './labels.ts'
import { type ComposeModel, PROXY, type Release } from './release.ts'

/**
 * What a service offers for its data, as commands that run in a container of it beside what it reaches:
 * `copy` writes an application-consistent copy into the folder /snapshot and prints one line of JSON that describes it;
 * `describe` prints the same of data that were put back; `restore`, where files alone will not do, puts /snapshot back
 * into the service, which runs over an empty volume.
 */
export type Hook = {
  readonly service: string
  readonly copy: readonly string[]
  readonly describe: readonly string[]
  readonly restore: readonly string[] | undefined
}

/** A volume that the services of a release have mounted. */
export type DataVolume = {
  readonly key: string
  /** What the engine calls it: after a restore, another volume stands for the same key. */
  readonly name: string
  readonly driver: string
  readonly options: Readonly<Record<string, string>>
  /** The services that may write to it. */
  readonly writers: readonly string[]
  /** Whether snapshots hold it: not where nobody writes, or all who do say `x-snapshot: false`. */
  readonly kept: boolean
  readonly hook: Hook | undefined
}

const next = 'correct x-snapshot in the file that APP_COMPOSE names (compose/app.yaml is an example)'

/** The volumes of a Compose file, but for the proxy's and those that are made elsewhere. */
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
    const options = Object.fromEntries(Object.entries(driver_opts).map(([option, value]) => [option, meantBy(value)]))
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
  // Of several volumes it has to name one.
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
      copy: copy.map(meantBy),
      describe: describe.map(meantBy),
      restore: restore?.map(meantBy),
    } satisfies Hook,
  }
}

/** The Compose file with these volumes as ones that Compose neither makes nor removes: the toolkit does. */
export const ownVolumes = (compose: ComposeModel, volumes: readonly DataVolume[]): ComposeModel => ({
  ...compose,
  volumes: {
    ...compose.volumes,
    ...Object.fromEntries(volumes.map(({ key, name }) => [key, { name, external: true }])),
  },
})

/** The release over other volumes: `names` by key. The same names make the same release again. */
export function withVolumes(release: Release, names: Readonly<Record<string, string>>): Release {
  const { compose, base } = release
  const volumes = release.volumes.map((volume) => ({ ...volume, name: names[volume.key] ?? volume.name }))
  const moved = volumes.filter(({ key, name }) => name !== `${compose.name}_${key}`)
  const services = Object.entries(compose.services).map(([service, definition]) => {
    const [own] = (definition.labels?.[DEFINITION_LABEL] ?? '').split('-')
    const mine = moved.filter(({ key }) => definition.volumes?.some(({ source }) => source === key))
    const label = mine.length === 0 ? own : `${own}-${digest(mine.map(({ key, name }) => [key, name]))}`
    return [service, { ...definition, labels: { ...definition.labels, [DEFINITION_LABEL]: label ?? '' } }] as const
  })
  const id = moved.length === 0 ? base : digest([base, moved.map(({ key, name }) => [key, name])])
  return {
    ...release,
    id,
    volumes,
    compose: ownVolumes({ ...compose, services: Object.fromEntries(services) }, volumes),
  }
}

/** The names of a release's volumes, by key. */
export const volumeNames = ({ volumes }: Release): Record<string, string> =>
  Object.fromEntries(volumes.map(({ key, name }) => [key, name]))

/** A volume as the engine reports it. */
export type VolumeState = {
  readonly name: string
  readonly createdAt: string
  readonly labels: Readonly<Record<string, string>>
}

/**
 * The volumes of a release that are to be made, because the project has none of its data yet. `known` says when those were
 * made that hold its data, by name; `from` is the release before. Throws a Failure where data would be lost or left
 * behind unnoticed; `force` begins with empty volumes instead.
 */
export function planVolumes(
  release: Release,
  states: readonly VolumeState[],
  known: Readonly<Record<string, string>>,
  from: Release | undefined,
  force: boolean,
): string[] {
  const project = release.compose.name
  const stateOf = (name: string) => states.find((state) => state.name === name)
  for (const { name } of release.volumes) {
    const state = stateOf(name)
    const owner = state?.labels[PROJECT_LABEL] ?? state?.labels[COMPOSE_PROJECT]
    if (owner !== undefined && owner !== project)
      throw new Failure(`the volume ${name} belongs to the project ${JSON.stringify(owner)}`, {
        next: `PROJECT=${owner} make deploy, or give the volume another name`,
      })
    // Only `docker compose` itself labels so: it holds what another application, or this one before its time here, wrote.
    if (!force && owner === project && known[name] === undefined && state?.labels[PROJECT_LABEL] === undefined)
      throw new Failure(
        `the volume ${name} was made by docker compose, and holds what no release of here has written`,
        {
          next: 'copy it as docs/guides/take-over.md says; or, to use that very volume: FORCE=1 make deploy',
        },
      )
    if (force || known[name] === undefined || state?.createdAt === known[name]) continue
    throw new Failure(
      state
        ? `the volume ${name} is not the one that held the data: it was made anew at ${state.createdAt}`
        : `the volume ${name}, which holds the data, is missing`,
      { next: 'make restore   (puts the last snapshot back; FORCE=1 make deploy begins with an empty volume)' },
    )
  }
  const left = (from?.volumes ?? []).find(
    ({ key, name }) => stateOf(name) && !release.volumes.some((volume) => volume.key === key),
  )
  if (left && !force)
    throw new Failure(
      `this release no longer mounts the volume ${left.name} (${left.key}), to which ${from?.image.version} writes`,
      { next: `mount ${left.key} again; or, where its data are no longer needed: FORCE=1 make deploy` },
    )
  return release.volumes.filter(({ name }) => !stateOf(name)).map(({ name }) => name)
}
