import { type ContainerState, isDone, isWell, type Target } from '../docker/container.ts'
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
  /** Whether the old containers stop before the new ones start, while requests wait. */
  readonly exclusive: boolean
  /** Whether requests wait already, and nothing of the service can answer them before the switch. */
  readonly waits: boolean
  /** Whether a container that is to serve is not healthy yet. */
  readonly starting: boolean
  /** The containers that serve, or could, and are to stop once the new version does. */
  readonly leave: readonly ContainerState[]
  /** The containers that serve nothing, and can go at once. */
  readonly stray: readonly ContainerState[]
}

// The containers of one service, and what the proxy says of it.
type Members = {
  readonly route: Route
  readonly release: Release
  readonly mine: readonly ContainerState[]
  /** The set that the map names, and the one that answers. */
  readonly mapped: Color | undefined
  readonly live: Color
  readonly isHeld: boolean
  readonly inSet: (color: Color, of: readonly ContainerState[]) => ContainerState[]
}

/** Plans one service: which set serves in the end, and which containers are made, started again, or removed. */
export function planRoute(
  route: Route,
  release: Release,
  containers: readonly ContainerState[],
  proxy: ProxyState | undefined,
): RoutePlan {
  const project = release.compose.name
  const mine = membersOf(route, containers)
  const mapped = liveColor(proxy, route.service)
  const live = answering(mine, mapped, project)
  const isHeld = proxy?.held.includes(route.service) ?? false
  const inSet = (color: Color, of: readonly ContainerState[]) => of.filter((one) => colorOf(one, project) === color)
  const members: Members = { route, release, mine, mapped, live, isHeld, inSet }
  const fit = mine.filter((container) => isFit(container, release))
  if (inSet(live, fit).length > 0) return keepSet(members, live, fit)
  const warm = inSet(otherColor(live), fit)
  return warm.length >= route.replicas ? keepSet(members, otherColor(live), fit) : replaceSet(members)
}

// A set with members that may serve goes on, or is switched to; it is filled up, or shrinks.
function keepSet(
  { route, release, mine, mapped, isHeld, inSet }: Members,
  color: Color,
  fit: readonly ContainerState[],
): RoutePlan {
  const keep = inSet(color, fit).slice(0, route.replicas)
  const rest = mine.filter((container) => !keep.includes(container))
  const leave = rest.filter((one) => isRunning(one) && colorOf(one, release.compose.name) !== undefined)
  const stray = rest.filter((container) => !leave.includes(container))
  const make = route.replicas - keep.length
  const total = mine.length - stray.length + make
  const move = make > 0 ? { service: route.service, color, make, total, revive: [] } : undefined
  const starting = keep.some(({ health }) => health === 'starting')
  const waits = isHeld && (color !== mapped || starting)
  return { route, color, move, exclusive: false, waits, starting, leave, stray }
}

// Nothing of it may serve: stopped members come back to their set, or new ones fill the set that does not serve.
function replaceSet(members: Members): RoutePlan {
  const { route, release, mine, live, isHeld, inSet } = members
  const again = stoppedMembers(members)
  const [first] = again
  const color = (first && colorOf(first, release.compose.name)) ?? otherColor(live)
  // What was stopped while requests waited can come back as long as nothing else serves.
  const leave = inSet(live, mine).filter(
    (container) => (isRunning(container) || (isHeld && wasStopped(container))) && !again.includes(container),
  )
  const stray = mine.filter((container) => !leave.includes(container) && !again.includes(container))
  const make = route.replicas - again.length
  const total = leave.length + again.length + make
  const move = { service: route.service, color, make, total, revive: again.map(targetOf) }
  const writes =
    route.rollout === 'exclusive' ||
    leave.some((container) => container.labels[ROLLOUT_LABEL] === 'exclusive' || isOverOther(container, release))
  const exclusive = (writes && leave.length > 0) || again.length > 0 || isHeld
  return { route, color, move, exclusive, waits: false, starting: false, leave, stray }
}

// Stopped members of one set that can serve again as they are, where they are as many as the route asks for.
function stoppedMembers({ route, release, mine, inSet }: Members): ContainerState[] {
  const project = release.compose.name
  const revive = mine.filter(
    (container) =>
      wasStopped(container) && isCurrentOne(container, release) && colorOf(container, project) !== undefined,
  )
  const back = revive[0] && colorOf(revive[0], project)
  const again = back === undefined ? [] : inSet(back, revive)
  return again.length < route.replicas ? [] : again.slice(0, route.replicas)
}

// The set that the proxy sends requests to: the live one, or the other where only that has a healthy member.
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
// Whether it mounts other volumes than the release: what one of two versions wrote, the other would not see.
const isOverOther = ({ labels, service }: ContainerState, release: Release) => {
  const volumesOf = (label: string | undefined) => label?.split('-')[1]
  return volumesOf(labels[DEFINITION_LABEL]) !== volumesOf(definitionOf(release, service))
}
/** Whether it may serve for the release, now or as soon as it has started. */
export const isFit = (container: ContainerState, release: Release) =>
  (isWell(container) || (container.status === 'running' && container.health === 'starting')) &&
  isCurrentOne(container, release)
// 0, 137, 143: it was told to stop. A container that failed by itself is not worth a second start.
const wasStopped = ({ status, exitCode, outOfMemory }: ContainerState) =>
  status === 'exited' && !outOfMemory && [0, 137, 143].includes(exitCode)
/** The set that the map names, where there is a proxy to ask. */
export const liveColor = (proxy: ProxyState | undefined, service: string): Color | undefined => proxy?.live[service]
/** What a step needs of a container. */
export const targetOf = ({ id, name }: ContainerState): Target => ({ id, name })

/** Whether a service runs, or has done its work, and each container of it is made as the release says. */
export function runsAsConfigured(release: Release, containers: readonly ContainerState[], service: string): boolean {
  const mine = containers.filter((container) => container.service === service)
  return (
    mine.length > 0 &&
    mine.every((container) => (container.status === 'running' || isDone(container)) && isCurrentOne(container, release))
  )
}
