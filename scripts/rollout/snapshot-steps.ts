import type { CopyMode } from '../data/snapshot.ts'
import { type ContainerState, isWell } from '../docker/container.ts'
import { DEFINITION_LABEL } from '../docker/labels.ts'
import { definitionOf, type Release, type Route } from '../release/model.ts'
import type { DataVolume } from '../release/volumes.ts'
import type { Observed } from './plan.ts'
import { isCurrentOne, targetOf } from './route-plan.ts'
import type { Step } from './step.ts'

/** Whose data are kept safe, and whether the new version is rehearsed on them. */
export type Safety = { readonly from: Release; readonly rehearse: boolean }
/** That, and the release that is to serve: one of its services may be the first to write to a volume. */
type Change = Safety & { readonly to: Release }

/**
 * The steps of a rollout with a snapshot of the data of `from`, which serves: of what a service that changes may write to.
 * Where an exclusive rollout stops all who write, the snapshot is finished then; otherwise before anything changes.
 */
export function withSnapshot(steps: readonly Step[], observed: Observed, change: Change): readonly Step[] {
  const { from, to, rehearse } = change
  const volumes = from.volumes.filter(({ kept }) => kept)
  const starting = steps.flatMap((step) => {
    if (step.do === 'recreate') return step.services
    return step.do === 'start' ? step.moves.map(({ service }) => service) : []
  })
  const writing = starting.filter((service) =>
    [...volumes, ...to.volumes].some(
      ({ key, writers }) => writers.includes(service) && volumes.some((volume) => volume.key === key),
    ),
  )
  // To what a server keeps, others write through it.
  const served = starting.length > 0 && volumes.some(({ hook }) => hook?.restore)
  if (writing.length === 0 && !served) return steps
  const halt = steps.findIndex((step) => step.do === 'halt')
  const first = steps.findIndex((step) => step.do === 'guard')
  const hold = steps.findLast((step) => step.do === 'hold')
  const gone = steps.flatMap((step) => (step.do === 'halt' || step.do === 'remove' ? step.targets : []))
  const stays = (service: string) =>
    observed.containers.some(
      (one) => one.service === service && one.status === 'running' && !gone.some(({ id }) => id === one.id),
    )
  // Who goes on running copies its data itself: what it holds in memory is in no file.
  const modes = kindsOf(volumes, ({ hook }) =>
    hook?.restore ? 'dump' : hook && stays(hook.service) ? 'copy' : 'files',
  )
  const others = writersOf(volumes, modes, observed).filter(({ id }) => !gone.some((one) => one.id === id))
  // Requests must wait for whoever pauses, too.
  const late = [
    ...(served ? starting : writing),
    ...names(from.routes).filter((name) => others.some(({ service }) => service === name)),
  ]
  if (halt < 0 || first < 0 || !late.every((service) => hold?.services.includes(service)))
    return [...snapshotSteps(observed, change), ...steps]
  const pause = others.length > 0 && ({ do: 'pause', targets: others.map(targetOf), because: WRITES } as const)
  const inside = steps.flatMap((step, index): (Step | false)[] => {
    if (step.do === 'halt')
      return [step, pause, finish('nobody writes'), pause && { ...pause, do: 'resume', because: 'it is finished' }]
    return step.do === 'release' && index > halt ? [step, VERIFY] : [step]
  })
  const begin: Step = { do: 'copy', modes, pass: true, because: 'so that finishing it takes as long as what changes' }
  const before = rehearse ? snapshotSteps(observed, change) : []
  return [...before, ...inside.slice(0, first), begin, ...inside.slice(first)].filter((step) => step !== false)
}

/**
 * The same steps, with requests waiting while a service behind the application, such as a database, changes to other
 * volumes: the answers through the proxy tell whether the application is well with them.
 */
export function withHold(steps: readonly Step[], release: Release, { containers, proxy }: Observed): readonly Step[] {
  const isRunning = ({ service, status }: ContainerState) => status === 'running' && proxy?.live[service] !== undefined
  const served = containers.filter(isRunning)
  const targets = served.map(targetOf)
  const services = names(release.routes.filter(({ service }) => served.some((one) => one.service === service)))
  const staying = services.filter((name) =>
    served.some((one) => one.service === name && isCurrentOne(one, release) && isWell(one)),
  )
  const sets = Object.fromEntries(staying.map((name) => [name, proxy?.live[name] ?? 'blue'] as const))
  const changes = ({ service, labels }: ContainerState, step: Extract<Step, { do: 'recreate' }>) =>
    step.services.includes(service) && labels[DEFINITION_LABEL] !== definitionOf(release, service)
  return steps.flatMap((step): Step[] => {
    if (step.do !== 'recreate' || services.length === 0 || !containers.some((one) => changes(one, step))) return [step]
    return [
      { do: 'guard', because: 'should this run be killed while requests wait, it takes over' },
      { do: 'hold', services, targets, because: `what is behind them changes: ${step.services.join(', ')}` },
      step,
      ...(staying.length > 0
        ? [{ do: 'serve', sets, because: 'requests go on only where they are answered' } as const]
        : []),
      { do: 'release', services, because: 'they can be answered now' },
    ]
  })
}

/** A snapshot while the release serves: live where hooks copy the data, otherwise its writers pause for the last pass. */
export function snapshotSteps(observed: Observed, { from, rehearse }: Safety): Step[] {
  const volumes = from.volumes.filter(({ kept }) => kept)
  const modes = kindsOf(volumes, ({ hook }) => (hook ? (hook.restore ? 'dump' : 'copy') : 'files'))
  const writers = writersOf(volumes, modes, observed)
  const targets = writers.map(targetOf)
  const routed = from.routes.filter(({ service }) => writers.some((one) => one.service === service))
  const held = writers.filter(({ service }) => names(routed).includes(service)).map(targetOf)
  const hold: Step | false = held.length > 0 && {
    ...({ do: 'hold', services: names(routed), targets: held } as const),
    because: 'its writers are about to pause',
  }
  const steps: (Step | false)[] = [
    { do: 'copy', modes, pass: targets.length > 0, because: 'the data are part of the release' },
    ...(targets.length === 0
      ? [finish('what is copied is consistent')]
      : [
          { do: 'guard', because: 'should this run be killed while they pause, it takes over' } as const,
          hold,
          { do: 'pause', targets, because: WRITES } as const,
          finish('nobody writes'),
          { do: 'resume', targets, because: 'it is finished' } as const,
          { do: 'release', services: names(routed), because: 'they can be answered now' } as const,
        ]),
    VERIFY,
    rehearse && { do: 'rehearse', because: 'production is touched only by what a clone has survived' },
  ]
  return steps.filter((step) => step !== false)
}

const WRITES = 'it writes to a volume that is copied as files'
const finish = (because: string): Step => ({ do: 'snapshot', because })
const VERIFY: Step = { do: 'verify', because: 'only what was read back is a snapshot' }
const names = (routes: readonly Route[]) => routes.map(({ service }) => service)
const kindsOf = (volumes: readonly DataVolume[], kind: (volume: DataVolume) => CopyMode) =>
  Object.fromEntries(volumes.map((volume) => [volume.key, kind(volume)]))

// Who runs and may write to a volume that is copied as files.
function writersOf(
  volumes: readonly DataVolume[],
  modes: Readonly<Record<string, CopyMode>>,
  { containers }: Observed,
): ContainerState[] {
  const services = volumes.filter(({ key }) => modes[key] === 'files').flatMap(({ writers }) => writers)
  return containers.filter(
    ({ service, status }) => services.includes(service) && (status === 'running' || status === 'restarting'),
  )
}
