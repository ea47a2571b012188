import { type CopyMode, type Fill, shortSnapshot } from '../data/snapshot.ts'
import type { Target } from '../docker/container.ts'
import type { Sets, Slot } from '../proxy/haproxy.ts'
import type { Color } from '../proxy/sets.ts'
import type { Release } from '../release/model.ts'

/** A service whose containers change: which set they join, how many are made, which are started again. */
export type Move = {
  readonly service: string
  readonly color: Color
  /** Containers to make, and how many of the service there are then, for Compose. */
  readonly make: number
  readonly total: number
  /** Stopped containers of this very definition, to be started again. */
  readonly revive: readonly Target[]
}

/** One step of a rollout: data, so that a plan can be shown, tested, and taken. */
export type Step = { readonly because: string } & (
  | { readonly do: 'remove'; readonly targets: readonly Target[] }
  | { readonly do: 'undrain'; readonly slots: readonly Slot[] }
  | { readonly do: 'recreate'; readonly services: readonly string[] }
  | { readonly do: 'proxy'; readonly sets: Sets }
  | { readonly do: 'create'; readonly moves: readonly Move[] }
  | { readonly do: 'guard' }
  | { readonly do: 'hold'; readonly services: readonly string[]; readonly targets: readonly Target[] }
  | { readonly do: 'halt'; readonly targets: readonly Target[] }
  | { readonly do: 'start'; readonly moves: readonly Move[] }
  | { readonly do: 'ready'; readonly services: readonly string[] }
  | { readonly do: 'join'; readonly moves: readonly Move[] }
  | { readonly do: 'serve'; readonly sets: Readonly<Record<string, Color>> }
  | { readonly do: 'switch'; readonly sets: Readonly<Record<string, Color>> }
  | { readonly do: 'release'; readonly services: readonly string[] }
  | { readonly do: 'drain'; readonly targets: readonly Target[]; readonly shrink: boolean }
  | { readonly do: 'bake'; readonly seconds: number; readonly services: readonly string[] }
  | { readonly do: 'stop'; readonly targets: readonly Target[] }
  | { readonly do: 'down' }
  | { readonly do: 'volumes'; readonly names: readonly string[] }
  | { readonly do: 'copy'; readonly modes: Readonly<Record<string, CopyMode>>; readonly pass: boolean }
  | { readonly do: 'pause'; readonly targets: readonly Target[] }
  | { readonly do: 'resume'; readonly targets: readonly Target[] }
  | { readonly do: 'snapshot' }
  | { readonly do: 'verify' }
  | { readonly do: 'rehearse' }
  | ({ readonly do: 'fill' } & Fill)
)

/** What a step does, what it means for traffic, and for data: for a person. */
export function describeStep(step: Step, { image: { version } }: Release): string {
  const names = 'targets' in step ? step.targets.map(({ name }) => name).join(', ') : ''
  const services = 'services' in step ? step.services.join(', ') : ''
  switch (step.do) {
    case 'remove':
      return `remove ${names}`
    case 'undrain':
      return `give the slots ${step.slots.map(({ name }) => name).join(', ')} back`
    case 'recreate':
      return `start ${services}`
    case 'proxy':
      return 'start or reload the proxy'
    case 'create':
      return `create ${countsOf(step.moves, version)}, not started`
    case 'guard':
      return 'start the guard'
    case 'hold':
      return `hold the requests to ${services}, and let those in flight end`
    case 'halt':
      return `stop ${names}`
    case 'start':
      return `start ${countsOf(step.moves, version)}`
    case 'ready':
      return `wait until ${version} is ready`
    case 'join':
      return `join ${version} to the edge network`
    case 'serve':
      return `wait until the proxy reaches ${version}`
    case 'switch':
      return `switch ${Object.keys(step.sets).join(', ')} to ${version}`
    case 'release':
      return services ? `let the held requests to ${services} go` : 'remove the guard'
    case 'drain':
      return `drain ${names}`
    case 'bake':
      return `watch ${version} for ${step.seconds} s`
    case 'stop':
      return `stop and remove ${names}`
    case 'down':
      return 'remove what the first deploy had begun'
    case 'volumes':
      return `make the volumes ${step.names.join(', ')}`
    case 'copy':
      return `begin a snapshot of ${Object.keys(step.modes).join(', ')}`
    case 'pause':
      return `pause ${names}`
    case 'resume':
      return `let ${names} go on`
    case 'snapshot':
      return 'finish the snapshot'
    case 'verify':
      return 'read the snapshot back'
    case 'rehearse':
      return `rehearse ${version} on a clone of the data`
    case 'fill':
      return `put the data of snapshot ${shortSnapshot(step.snapshot)} into ${Object.values(step.names).join(', ')}`
  }
}

const countsOf = (moves: readonly Move[], version: string): string =>
  moves
    .map(({ service, make, revive }) =>
      revive.length > 0 ? `${revive.map(({ name }) => name).join(', ')} again` : `${make} × ${service} ${version}`,
    )
    .join(', ')
