import { Failure } from '../cli/failure.ts'
import type { Forced } from '../config/options.ts'
import type { Settings } from '../config/settings.ts'
import { COMPOSE_PROJECT, PROJECT_LABEL } from '../docker/labels.ts'
import type { Composed, Release } from '../release/model.ts'

/** A volume as the engine reports it. */
export type VolumeState = {
  readonly name: string
  readonly createdAt: string
  readonly labels: Readonly<Record<string, string>>
}

/**
 * The volumes of a release that are to be made, because the project has none of its data yet. `known` says when those were
 * made that hold its data, by name; `from` is the release before. Throws a Failure where data would be lost or left
 * behind unnoticed, unless FORCE names that very case: compose-volume, empty-volume or left-behind.
 */
export function planVolumes(
  release: Release,
  states: readonly VolumeState[],
  known: Readonly<Record<string, string>>,
  from: Release | undefined,
  forced: Forced,
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
    const isOfCompose = owner === project && known[name] === undefined && state?.labels[PROJECT_LABEL] === undefined
    if (isOfCompose && !forced.has('compose-volume'))
      throw new Failure(
        `the volume ${name} was made by docker compose, and holds what no release of here has written`,
        {
          next: 'copy it as docs/guides/take-over.md says; or, to use that very volume: make deploy FORCE=compose-volume',
        },
      )
    if (known[name] === undefined || state?.createdAt === known[name] || forced.has('empty-volume')) continue
    throw new Failure(
      state
        ? `the volume ${name} is not the one that held the data: it was made anew at ${state.createdAt}`
        : `the volume ${name}, which holds the data, is missing`,
      {
        next: 'make restore   (puts the last snapshot back); or, with an empty volume: make deploy FORCE=empty-volume',
      },
    )
  }
  const left = (from?.volumes ?? []).find(
    ({ key, name }) => stateOf(name) && !release.volumes.some((volume) => volume.key === key),
  )
  if (left && !forced.has('left-behind'))
    throw new Failure(
      `this release no longer mounts the volume ${left.name} (${left.key}), to which ${from?.image.version} writes`,
      { next: `mount ${left.key} again; or, where its data are no longer needed: make deploy FORCE=left-behind` },
    )
  return release.volumes.filter(({ name }) => !stateOf(name)).map(({ name }) => name)
}

/** What becomes of a volume that a deploy has made, where that deploy fails. */
export type Fate = 'discard' | 'keep'

/**
 * What becomes of each of these volumes, which a release makes, where it does not come to serve. One goes only where the
 * project has no data and serves nothing (`isFirst`), so that nothing but its own start can have written there: a port of
 * its own lets others write, and what a driver or an option brings may have been there before.
 */
export function fatesOf({ compose, volumes }: Composed, names: readonly string[], isFirst: boolean): Fates {
  const isReached = (service: string) => {
    const { ports = [], network_mode } = compose.services[service] ?? {}
    return ports.length > 0 || network_mode === 'host'
  }
  const made = volumes.filter(({ name }) => names.includes(name))
  return Object.fromEntries(
    made.map(({ name, driver, options, writers }) => {
      const isOurs = driver === 'local' && Object.keys(options).length === 0
      return [name, isFirst && isOurs && !writers.some(isReached) ? 'discard' : 'keep'] as const
    }),
  )
}
export type Fates = Readonly<Record<string, Fate>>

/** Says what to do with a volume that a failed deploy has left. */
export const sayNew = (name: string): string =>
  `the volume ${name} was made for a version that did not come to serve, and a database sets itself up only where it is empty; next, to begin anew: docker volume rm ${name}`

/** A project of the ledger, with what its last good release was. */
export type LedgerProject = Pick<Settings, 'PROJECT' | 'IMAGE_REPOSITORY' | 'ENV'>

/**
 * Throws a Failure where a project that has no data yet runs the image of another project that has: under the new name the
 * volumes would be empty, and the old ones forgotten. Another environment has data of its own. FORCE=second-project skips it.
 */
export function requireOwnProject(own: LedgerProject, others: readonly LedgerProject[], forced: Forced): void {
  const { PROJECT, IMAGE_REPOSITORY, ENV } = own
  const other = others.find((one) => one.IMAGE_REPOSITORY === IMAGE_REPOSITORY && one.ENV === ENV)?.PROJECT
  if (other === undefined || forced.has('second-project')) return
  throw new Failure(
    `PROJECT=${JSON.stringify(PROJECT)} has no data yet, while the project ${JSON.stringify(other)} on this engine holds those of ${IMAGE_REPOSITORY}`,
    { next: `make deploy PROJECT=${other}; or, for a second one that begins empty: make deploy FORCE=second-project` },
  )
}

/** Whether a snapshot holds anything of a volume, by what restic lists of it. */
export const isSavedIn = (listing: string, key: string): boolean =>
  listing.split('\n').some((line) => ['volumes', 'copies'].some((folder) => line.startsWith(`/${folder}/${key}/`)))

/** Throws a Failure for a volume that held data and is empty now. FORCE=empty-volume skips it. */
export function requireFilled(empty: string | undefined, forced: Forced): void {
  if (empty === undefined || forced.has('empty-volume')) return
  throw new Failure(`the volume ${empty} is empty, and it was not`, {
    next: 'make restore   (puts the last snapshot back); or, with the empty volume: make deploy FORCE=empty-volume',
  })
}
