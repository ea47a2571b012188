import { GUARD } from '../docker/compose-model.ts'
import type { ContainerState } from '../docker/container.ts'
import type { ProxyState } from '../proxy/haproxy.ts'
import { type Release, unroutedServices } from '../release/model.ts'
import { isCurrentOne, liveColor, planRoute, type RoutePlan } from './route-plan.ts'

/** What the engine and the proxy say; `proxy` is undefined where none runs. */
export type Observed = { readonly containers: readonly ContainerState[]; readonly proxy: ProxyState | undefined }

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
  /** Containers that serve nothing: stopped, or left by a run that was interrupted. */
  readonly leftovers: readonly ContainerState[]
  /** Containers that leave a set, while the rest of it keeps serving. */
  readonly shrinking: readonly ContainerState[]
  /** Every container that gives way to another one, or is one too many. */
  readonly leaving: readonly ContainerState[]
}

/** Compares a release with what there is. */
export function assess(release: Release, observed: Observed): Situation {
  const { containers, proxy } = observed
  const routes = release.routes.map((route) => planRoute(route, release, containers, proxy))
  const moving = routes.filter(({ move }) => move !== undefined)
  const switching = routes.filter(({ route, color }) => color !== liveColor(proxy, route.service))
  const waiting = routes.filter(({ exclusive, waits }) => exclusive || waits)
  const guards = containers.filter(
    ({ service, status }) => service === GUARD && (status !== 'running' || waiting.length === 0),
  )
  return {
    ...observed,
    release,
    routes,
    overlap: moving.filter(({ exclusive }) => !exclusive),
    exclusive: moving.filter(({ exclusive }) => exclusive),
    switching,
    reached: routes.filter((one) => one.move || one.starting || switching.includes(one)),
    waiting,
    outdated: unroutedServices(release).filter((name) => !runsAsConfigured(release, containers, name)),
    leftovers: [...routes.flatMap(({ stray }) => stray), ...guards],
    // A set that is switched away from is the way back: its members go as a whole, and its slots stay open.
    shrinking: routes.filter((one) => !switching.includes(one) && !one.exclusive).flatMap(({ leave }) => leave),
    leaving: routes.flatMap(({ leave }) => leave),
  }
}

/** Whether a service runs, and each container of it is made as the release says. */
export function runsAsConfigured(release: Release, containers: readonly ContainerState[], service: string): boolean {
  const mine = containers.filter((container) => container.service === service)
  return (
    mine.length > 0 && mine.every((container) => container.status === 'running' && isCurrentOne(container, release))
  )
}
