import { isDeepStrictEqual } from 'node:util'
import type { CopyMode } from '../data/snapshot.ts'
import { PROXY, unescapeDollars } from '../docker/compose-model.ts'
import { idsOf, type Release } from '../release/model.ts'
import { isShared } from '../release/volumes.ts'

/** What a rollout does for data on a swarm. */
export type Safety = {
  /** A snapshot of the running release's data comes first. */
  readonly snapshot: boolean
  /** The new version is rehearsed on a clone of it. */
  readonly rehearse: boolean
  /** Services that stop, while requests wait, before the new version of any starts. */
  readonly halted: readonly string[]
}
type Asked = {
  readonly from: Release | undefined
  /** The services of `from` that this rollout replaces or removes. */
  readonly changed: readonly string[]
  readonly snapshot: boolean
  readonly rehearse: boolean
  /** Whether the data change, too: a restore. */
  readonly fills: boolean
}

/** What keeps the data of a rollout safe. */
export function planSafety(release: Release, { from, changed, snapshot, rehearse, fills }: Asked): Safety {
  const exclusive = release.routes.filter(({ rollout }) => rollout === 'exclusive').map(({ service }) => service)
  const volumes = from?.volumes ?? []
  const writers = volumes.flatMap((volume) => volume.writers)
  const halted = changed.filter((name) => exclusive.includes(name) || (fills && writers.includes(name)))
  const kept = volumes.filter((volume) => volume.kept)
  const reaches = (name: string) => kept.some((volume) => isShared(volume) || volume.writers.includes(name))
  const due = from !== undefined && kept.length > 0 && changed.some(reaches)
  const isOther = from !== undefined && !isDeepStrictEqual(idsOf(from.image), idsOf(release.image))
  return { snapshot: due && (snapshot || (rehearse && isOther)), rehearse: due && rehearse && isOther, halted }
}

/** How a snapshot holds each volume. A service that is halted copies nothing itself: its files are still by then. */
export const modesOf = ({ volumes }: Release, halted: readonly string[] = []): Readonly<Record<string, CopyMode>> =>
  Object.fromEntries(
    volumes
      .filter(({ kept }) => kept)
      .map(({ key, hook }) => [
        key,
        hook?.restore ? 'dump' : hook && !halted.includes(hook.service) ? 'copy' : 'files',
      ]),
  )

/** The services that must be still while volumes are copied as files, without those that are halted. */
export const pausedFor = (
  { volumes }: Release,
  modes: Readonly<Record<string, CopyMode>>,
  halted: readonly string[] = [],
): string[] =>
  [...new Set(volumes.filter(({ key }) => modes[key] === 'files').flatMap(({ writers }) => writers))].filter(
    (name) => !halted.includes(name),
  )

/** The files and folders of a host that the services beside the running ones mount: those that copy data, or all. */
export function hostPaths({ compose, volumes }: Release, all: boolean): string[] {
  const names = volumes.flatMap(({ hook }) => (hook ? [hook.service] : []))
  const paths = Object.entries(compose.services).flatMap(([name, service]) => {
    if (name === PROXY || !(all || names.includes(name))) return []
    const binds = (service.volumes ?? []).filter(({ type }) => type === 'bind').map(({ source }) => source)
    return [...binds, ...(service.secrets ?? []).map(({ source }) => compose.secrets?.[source]?.file)]
  })
  return [...new Set(paths.flatMap((path) => (path ? [unescapeDollars(path)] : [])))]
}
