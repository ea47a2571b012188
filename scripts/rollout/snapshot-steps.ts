import { isDeepStrictEqual } from 'node:util'
import type { CopyMode } from '../data/snapshot.ts'
import type { ContainerState } from '../docker/container.ts'
import { idsOf, type Release } from '../release/model.ts'
import { copiesAsleep } from '../release/snapshot-presets.ts'
import { type DataVolume, type Hook, isShared } from '../release/volumes.ts'
import { targetOf } from './route-plan.ts'
import type { Observed, Situation } from './situation.ts'
import type { Step } from './step.ts'

/** The release whose data are kept safe, and whether the new version is rehearsed on a clone of them. */
export type Safety = { readonly from: Release; readonly rehearse: boolean }

/** The steps of a snapshot, by their place in a rollout. */
type SnapshotSteps = {
  /** Before anything changes. */
  readonly before: readonly Step[]
  /** Before requests wait. */
  readonly begin: readonly Step[]
  /** While the old version is stopped, and the new one has not started. */
  readonly finish: readonly Step[]
  /** Once requests no longer wait. */
  readonly verify: readonly Step[]
}

/**
 * The safety of a rollout's data: undefined where none is asked for, where no release is known whose data they are, or
 * where that release merely comes up again, say after `make down`.
 */
export function chooseSafety(
  release: Release,
  { containers }: Observed,
  from: Release | undefined,
  asked: { readonly snapshot: boolean; readonly rehearse: boolean },
): Safety | undefined {
  if (from === undefined || (from.base === release.base && containers.length === 0)) return undefined
  const rehearse = asked.rehearse && !isDeepStrictEqual(idsOf(from.image), idsOf(release.image))
  return asked.snapshot || rehearse ? { from, rehearse } : undefined
}

/**
 * The steps that keep the data of `from` safe, where a service that changes may write to them. Where an exclusive
 * rollout stops every writer, the snapshot is finished then; otherwise it is taken before anything changes.
 */
export function planSnapshot(situation: Situation, safety: Safety | undefined): SnapshotSteps {
  const none = { before: [], begin: [], finish: [], verify: [] }
  const volumes = safety?.from.volumes.filter(({ kept }) => kept) ?? []
  const changing = servicesThatChange(situation, volumes)
  if (safety === undefined || changing.length === 0) return none
  const alone = namesOf(situation.exclusive.map(({ route }) => route))
  const halted = situation.exclusive.flatMap(({ leave }) => leave)
  const gone = [...situation.leftovers, ...halted]
  const staying = situation.containers.filter((one) => !gone.includes(one))
  // A service that keeps running copies its data itself: no file has what it holds in memory.
  const runsOn = (name: string) => staying.some(({ service, status }) => service === name && status === 'running')
  const modes = modesOf(volumes, ({ hook }) =>
    hook?.restore ? dumpOf(hook, situation) : hook && runsOn(hook.service) ? 'copy' : 'files',
  )
  const others = writersOf(volumes, modes, staying)
  // No request may reach a writer that pauses: its service must be among those whose requests wait.
  const pausing = namesOf(safety.from.routes).filter((name) => others.some(({ service }) => service === name))
  const before = snapshotSteps(situation, safety)
  if (halted.length === 0 || ![...changing, ...pausing].every((name) => alone.includes(name)))
    return { ...none, before }
  return {
    before: safety.rehearse ? before : [],
    begin: [{ do: 'copy', modes, pass: true, because: 'finishing it then copies only what has changed since' }],
    finish: finishWhilePaused(others, 'nobody writes'),
    verify: [VERIFY],
  }
}

/** A snapshot while the release serves. Hooks copy data live; the writers of other data pause for the last pass. */
export function snapshotSteps({ containers }: Observed, { from, rehearse }: Safety): Step[] {
  const volumes = from.volumes.filter(({ kept }) => kept)
  const modes = modesOf(volumes, ({ hook }) => (hook?.restore ? dumpOf(hook, { containers }) : hook ? 'copy' : 'files'))
  const writers = writersOf(volumes, modes, containers)
  const services = namesOf(from.routes).filter((name) => writers.some(({ service }) => service === name))
  const targets = writers.filter(({ service }) => services.includes(service)).map(targetOf)
  const because = 'its writers are about to pause'
  const held: Step[] = [
    { do: 'guard', because: 'should this run be killed while they pause, it takes over' },
    ...(targets.length > 0 ? [{ do: 'hold', services, targets, because } as const] : []),
    ...finishWhilePaused(writers, 'nobody writes'),
    { do: 'unhold', services, because: 'they can be answered now' },
  ]
  return [
    { do: 'copy', modes, pass: writers.length > 0, because: 'the data are part of the release' },
    ...(writers.length > 0 ? held : finishWhilePaused([], 'what is copied is consistent')),
    VERIFY,
    ...(rehearse
      ? [{ do: 'rehearse', because: 'production is touched only by what a clone has survived' } as const]
      : []),
  ]
}

// A server that does not run, say after `make down`, gives no dump, and nobody changes its files.
const dumpOf = ({ service: name, preset }: Hook, { containers }: Pick<Observed, 'containers'>): CopyMode =>
  copiesAsleep(preset) || containers.some(({ service, status }) => service === name && UP.includes(status))
    ? 'dump'
    : 'files'
const UP = ['running', 'restarting', 'paused']
const VERIFY: Step = { do: 'verify', because: 'only what was read back is a snapshot' }
const namesOf = (routes: Release['routes']) => routes.map(({ service }) => service)
const modesOf = (volumes: readonly DataVolume[], mode: (volume: DataVolume) => CopyMode) =>
  Object.fromEntries(volumes.map((volume) => [volume.key, mode(volume)]))

// The services that start, and may change what these volumes hold.
function servicesThatChange(
  { release, outdated, overlap, exclusive }: Situation,
  volumes: readonly DataVolume[],
): string[] {
  const starting = [...outdated, ...namesOf([...overlap, ...exclusive].map(({ route }) => route))]
  if (volumes.some(isShared)) return starting
  const mounted = release.volumes.filter(({ key }) => volumes.some((volume) => volume.key === key))
  return starting.filter((service) => [...volumes, ...mounted].some(({ writers }) => writers.includes(service)))
}

function finishWhilePaused(writers: readonly ContainerState[], because: string): Step[] {
  const finish: Step = { do: 'snapshot', because }
  if (writers.length === 0) return [finish]
  const targets = writers.map(targetOf)
  const writes = 'it writes to a volume that is copied as files'
  return [{ do: 'pause', targets, because: writes }, finish, { do: 'resume', targets, because: 'it is finished' }]
}

// Those that run and may write to a volume that is copied as files.
function writersOf(
  volumes: readonly DataVolume[],
  modes: Readonly<Record<string, CopyMode>>,
  containers: readonly ContainerState[],
): ContainerState[] {
  const services = volumes.filter(({ key }) => modes[key] === 'files').flatMap(({ writers }) => writers)
  return containers.filter(
    ({ service, status }) => services.includes(service) && (status === 'running' || status === 'restarting'),
  )
}
