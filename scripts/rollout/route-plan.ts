import { type ContainerState, isWell, type Target } from '../docker/container.ts'
import { DEFINITION_LABEL, ROLLOUT_LABEL } from '../docker/labels.ts'
import type { ProxyState } from '../proxy/haproxy.ts'
import { type Color, colorOf, otherColor } from '../proxy/sets.ts'
import { definitionOf, type Release, type Route } from '../release/model.ts'
import type { Move } from './step.ts'

/** What has to be done for one service behind the proxy. */
export type RoutePlan = {
  readonly route: Route
  /** The set that serves in the end. */
  readonly color: Color
  readonly move: Move | undefined
  readonly exclusive: boolean
  /** Requests wait, and nothing of it can answer them before the switch. */
  readonly waits: boolean
  /** One that is to serve is not healthy yet. */
  readonly starting: boolean
  readonly leave: readonly ContainerState[]
  readonly stray: readonly ContainerState[]
}

/** Plans one service: which set serves in the end, what is made or started again for it, what leaves it. */
export function planRoute(
  route: Route,
  release: Release,
  containers: readonly ContainerState[],
  proxy: ProxyState | undefined,
): RoutePlan {
  const project = release.compose.name
  const mine = membersOf(route, containers)
  const live = answering(mine, liveColor(proxy, route.service), project)
  const isHeld = proxy?.held.includes(route.service) ?? false
  const inSet = (color: Color, of = mine) => of.filter((container) => colorOf(container, project) === color)
  const fit = mine.filter((container) => isFit(container, release))
  const warm = inSet(otherColor(live), fit)
  const color = inSet(live, fit).length > 0 ? live : warm.length >= route.replicas ? otherColor(live) : undefined
  if (color !== undefined) {
    const keep = inSet(color, fit).slice(0, route.replicas)
    const rest = mine.filter((container) => !keep.includes(container))
    const leave = rest.filter((container) => isRunning(container) && colorOf(container, project) !== undefined)
    const make = route.replicas - keep.length
    const stray = rest.filter((container) => !leave.includes(container))
    const total = mine.length - stray.length + make
    const move = make > 0 ? { service: route.service, color, make, total, revive: [] } : undefined
    const starting = keep.some(({ health }) => health === 'starting')
    const waits = isHeld && (color !== liveColor(proxy, route.service) || starting)
    return { route, color, move, exclusive: false, waits, starting, leave, stray }
  }
  // Nothing of it serves: a stopped one comes back to its set, or new ones fill the set that does not serve.
  const revive = mine.filter(
    (container) => isDone(container) && isCurrentOne(container, release) && colorOf(container, project) !== undefined,
  )
  const back = revive[0] && colorOf(revive[0], project)
  const reviving = back !== undefined && inSet(back, revive).length >= route.replicas
  const target = reviving ? back : otherColor(live)
  const again = reviving ? inSet(back, revive).slice(0, route.replicas) : []
  // What was stopped while requests waited can come back as long as nothing else serves.
  const leave = inSet(live).filter(
    (container) => (isRunning(container) || (isHeld && isDone(container))) && !again.includes(container),
  )
  const stray = mine.filter((container) => !leave.includes(container) && !again.includes(container))
  const make = route.replicas - again.length
  const total = leave.length + again.length + make
  const move = { service: route.service, color: target, make, total, revive: again.map(targetOf) }
  const writes =
    route.rollout === 'exclusive' ||
    leave.some((container) => container.labels[ROLLOUT_LABEL] === 'exclusive' || isOverOther(container, release))
  const exclusive = (writes && leave.length > 0) || again.length > 0 || isHeld
  return { route, color: target, move, exclusive, waits: false, starting: false, leave, stray }
}

// The set that the proxy takes: the live one, or the other one where only that has a member in health.
function answering(mine: readonly ContainerState[], live: Color | undefined, project: string): Color {
  const has = (color: Color) => mine.some((one) => colorOf(one, project) === color && isWell(one))
  const first = live ?? 'blue'
  return !has(first) && has(otherColor(first)) ? otherColor(first) : first
}

/** The containers of a service. */
export const membersOf = ({ service }: Route, containers: readonly ContainerState[]) =>
  containers.filter((container) => container.service === service)
const isRunning = ({ status }: ContainerState) => status === 'running' || status === 'restarting' || status === 'paused'
/** Whether a container is made as the release says. */
export const isCurrentOne = (container: ContainerState, release: Release) =>
  container.labels[DEFINITION_LABEL] === definitionOf(release, container.service)
// Over other volumes than the release's: what one of two versions keeps, the other would not see.
const isOverOther = ({ labels, service }: ContainerState, release: Release) => {
  const volumesOf = (label: string | undefined) => label?.split('-')[1]
  return volumesOf(labels[DEFINITION_LABEL]) !== volumesOf(definitionOf(release, service))
}
/** Whether it may serve for the release, now or as soon as it has started. */
export const isFit = (container: ContainerState, release: Release) =>
  (isWell(container) || (container.status === 'running' && container.health === 'starting')) &&
  isCurrentOne(container, release)
// 0, 137, 143: it was told to stop. One that failed by itself is not worth a second start.
const isDone = ({ status, exitCode, outOfMemory }: ContainerState) =>
  status === 'exited' && !outOfMemory && [0, 137, 143].includes(exitCode)
/** The set that the map names, where there is a proxy to ask. */
export const liveColor = (proxy: ProxyState | undefined, service: string): Color | undefined => proxy?.live[service]
/** What a step needs of a container. */
export const targetOf = ({ id, name }: ContainerState): Target => ({ id, name })
