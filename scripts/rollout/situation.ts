import type { ContainerState } from '../docker/container.ts'
import type { ProxyState } from '../proxy/haproxy.ts'
import type { Maintenance } from '../proxy/maintenance.ts'
import type { Release } from '../release/model.ts'
import type { RoutePlan } from './route-plan.ts'

/** What the engine and the proxy say; `proxy` is undefined where none runs. */
export type Observed = {
  readonly containers: readonly ContainerState[]
  readonly proxy: ProxyState | undefined
  readonly maintenance?: Maintenance | undefined
}

/** A release compared with what there is: computed once, and read by every phase of the plan. */
export type Situation = Observed & {
  readonly release: Release
  /** Every service behind the proxy. */
  readonly routes: readonly RoutePlan[]
  /** Those whose new containers start beside the old ones. */
  readonly overlap: readonly RoutePlan[]
  /** Those whose new containers start after the old ones have stopped. */
  readonly exclusive: readonly RoutePlan[]
  /** Those whose requests go to the other set in the end. */
  readonly switching: readonly RoutePlan[]
  /** Those whose members the proxy has to reach first. */
  readonly reached: readonly RoutePlan[]
  /** Those whose requests wait until the switch. */
  readonly waiting: readonly RoutePlan[]
  /** The services without a route that do not run as configured. */
  readonly outdated: readonly string[]
  /** Those of them that run as another release says. */
  readonly changing: readonly string[]
  /** Whether a service behind the proxy finds one of these only when it starts: what has started before does not find the new one. */
  readonly late: boolean
  /** Whether a service behind the proxy passes requests on to one of these, or `late`: they wait until it is there again. */
  readonly behind: boolean
  /** Containers that serve nothing: stopped, or left by a run that was interrupted. */
  readonly leftovers: readonly ContainerState[]
  /** Containers that leave a set, while the rest of it keeps serving. */
  readonly shrinking: readonly ContainerState[]
  /** Every container that gives way to another one, or is one too many. */
  readonly leaving: readonly ContainerState[]
}
