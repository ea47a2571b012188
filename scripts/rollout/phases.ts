import { GUARD } from '../docker/compose-model.ts'
import { type ContainerState, isWell } from '../docker/container.ts'
import { VERSION_LABEL } from '../docker/labels.ts'
import { colorOf } from '../proxy/sets.ts'
import { carryFirst } from './carry-steps.ts'
import { isCurrentOne, type RoutePlan, targetOf } from './route-plan.ts'
import type { Situation } from './situation.ts'
import type { Move, Step, Stray } from './step.ts'

// Each phase of a rollout gives its steps, in their order; none where there is nothing to do.

/** Lets requests go that an interrupted run left waiting, where this rollout does not need them to wait. */
export function unholdForgotten(situation: Situation): Step[] {
  const { proxy, waiting, behind } = situation
  const kept = [...namesOf(waiting), ...(behind ? servedOf(situation).services : [])]
  const services = (proxy?.held ?? []).filter((name) => !kept.includes(name))
  if (services.length === 0) return []
  return [{ do: 'unhold', services, because: 'left waiting by a run that was interrupted' }]
}

/** Removes the containers that serve nothing. */
export function removeLeftovers({ leftovers }: Situation): Step[] {
  if (leftovers.length === 0) return []
  const because = 'serves nothing: stopped, or left by a run that was interrupted'
  return [{ do: 'remove', targets: leftovers.map(targetOf), because }]
}

/**
 * Starts the services without a route that do not run as configured. With `hold`, requests wait while one of them, such
 * as a database, changes: the answers through the proxy then tell whether the application is well with it. Where the
 * application passes requests on to it they wait in any case; and where what has started before does not find the new one,
 * until the application has started again.
 */
export function recreateOutdated(situation: Situation, hold: boolean, strays: readonly Stray[]): Step[] {
  const { release, containers, proxy, outdated, changing, late, behind } = situation
  if (outdated.length === 0) return []
  const changed = containers.filter((one) => outdated.includes(one.service) && hasOtherImage(one, release))
  const names = [...new Set(changed.map(({ service }) => service))].join(', ')
  const why = names ? `another image: ${names}` : 'not running as configured'
  const recreate: Step = { do: 'recreate', services: outdated, because: why }
  const { served, services } = servedOf(situation)
  const change = [...carryFirst(outdated, strays), recreate]
  if (!(hold || behind) || changing.length === 0 || services.length === 0) return change
  // Where a version that failed has the requests, one of this release may still run beside it: nothing asks that one yet.
  const isLive = (one: ContainerState) => colorOf(one, release.compose.name) === proxy?.live[one.service]
  const staying = services.filter((name) =>
    served.some((one) => one.service === name && isLive(one) && isCurrentOne(one, release) && isWell(one)),
  )
  const sets = Object.fromEntries(staying.map((name) => [name, proxy?.live[name] ?? 'blue'] as const))
  const because = `what is behind them changes: ${outdated.join(', ')}`
  const answered = 'requests go on only where they are answered'
  return [
    { do: 'guard', because: 'should this run be killed while requests wait, it takes over' },
    { do: 'hold', services, targets: served.map(targetOf), behind: true, because },
    ...change,
    ...(staying.length > 0 ? [{ do: 'await-route', sets, because: answered } as const] : []),
    ...(late ? [] : [{ do: 'unhold', services, because: 'they can be answered now' } as const]),
  ]
}

// What requests go to through the proxy: the containers, and their services.
function servedOf({ containers, proxy, routes }: Situation) {
  const served = containers.filter(({ service, status }) => status === 'running' && proxy?.live[service] !== undefined)
  return { served, services: namesOf(routes).filter((name) => served.some((one) => one.service === name)) }
}

/** Starts the new containers that run beside the old ones, and waits until all that will serve are ready. */
export function startBeside({ release, containers, overlap, routes, switching }: Situation): Step[] {
  const warm = routes.filter((one) => one.move === undefined && (switching.includes(one) || one.starting))
  const services = namesOf([...overlap, ...warm])
  const because = startReason(release, containers, namesOf(overlap))
  return [
    ...(overlap.length > 0 ? [{ do: 'start', moves: movesOf(overlap), because } as const] : []),
    ...(services.length > 0 ? [awaitReady(services)] : []),
  ]
}

/** Makes the new containers that run beside the old ones members of their sets. */
export function attachBeside({ overlap }: Situation): Step[] {
  if (overlap.length === 0) return []
  return [{ do: 'attach', moves: movesOf(overlap), because: 'on the edge network the proxy checks it too' }]
}

/** Stops the old containers of the services whose versions take turns, while requests to them wait. */
export function haltOld({ release, containers, exclusive, late }: Situation): Step[] {
  if (exclusive.length === 0) return []
  const services = namesOf(exclusive)
  const targets = exclusive.flatMap(({ leave }) => leave).map(targetOf)
  const created = movesOf(exclusive).filter(({ make }) => make > 0)
  const because = startReason(release, containers, services)
  return [
    { do: 'guard', because: 'should this run be killed while nothing serves, it takes over' },
    ...(created.length > 0 ? [{ do: 'create', moves: created, because } as const] : []),
    {
      do: 'hold',
      services,
      targets,
      because: 'two versions must not write at once',
      ...(late ? { behind: true } : {}),
    },
    ...(targets.length > 0 ? [{ do: 'halt', targets, because: 'the next one may write only now' } as const] : []),
  ]
}

/** Starts the new containers of those services, and waits for them. */
export function startAlone({ exclusive }: Situation): Step[] {
  if (exclusive.length === 0) return []
  return [{ do: 'start', moves: movesOf(exclusive), because: 'nothing else writes' }, awaitReady(namesOf(exclusive))]
}

/** Waits until the proxy reaches the members that are to serve. */
export function awaitRoutes({ reached }: Situation): Step[] {
  if (reached.length === 0) return []
  return [{ do: 'await-route', sets: colorsOf(reached), because: 'nothing is switched before the proxy reaches it' }]
}

/** Sends all requests to the new version. */
export function switchOver({ switching }: Situation): Step[] {
  if (switching.length === 0) return []
  return [{ do: 'switch', sets: colorsOf(switching), because: 'from one request to the next, and back as fast' }]
}

/** Lets the requests go that waited for the switch. */
export function unholdWaiting({ waiting }: Situation): Step[] {
  if (waiting.length === 0) return []
  return [{ do: 'unhold', services: namesOf(waiting), because: 'they can be answered now' }]
}

/** Lets the requests in flight on the old containers end. */
export function drainOld({ switching, shrinking }: Situation): Step[] {
  const replaced = switching.filter(({ exclusive }) => !exclusive).flatMap(({ leave }) => leave)
  const drain = (old: readonly ContainerState[], shrink: boolean): Step[] =>
    old.length === 0
      ? []
      : [{ do: 'drain', targets: old.map(targetOf), shrink, because: 'its requests end before it does' }]
  return [...drain(replaced, false), ...drain(shrinking, true)]
}

/**
 * Watches the new version for `seconds`, while the old one can still take over; and services that have just started, where
 * no check of their own tells whether they go on.
 */
export function bake({ release, routes, reached, leaving, outdated }: Situation, seconds: number): Step[] {
  const unchecked = outdated.filter((name) => {
    const { healthcheck, restart = 'no' } = release.compose.services[name] ?? {}
    return healthcheck === undefined && restart !== 'no'
  })
  const isReplaced = reached.length > 0 && leaving.length > 0
  if (seconds <= 0 || !(isReplaced || unchecked.length > 0)) return []
  const because = isReplaced
    ? 'with the old version at hand, a bad sign switches back'
    : `nothing checks whether they go on: ${unchecked.join(', ')}`
  return [{ do: 'bake', seconds, services: isReplaced ? namesOf(routes) : unchecked, because }]
}

/** Stops the old containers. */
export function stopOld({ overlap, exclusive, switching, leaving }: Situation): Step[] {
  if (leaving.length === 0) return []
  const isReplaced = overlap.length + exclusive.length + switching.length > 0
  const because = isReplaced ? 'replaced' : 'more than the release asks for'
  return [{ do: 'stop', targets: leaving.map(targetOf), because }]
}

/** Stops the containers of services that the release no longer has. */
export function stopRetired({ release, containers }: Situation): Step[] {
  const retired = containers.filter(
    ({ service }) => service !== GUARD && release.compose.services[service] === undefined,
  )
  if (retired.length === 0) return []
  return [{ do: 'stop', targets: retired.map(targetOf), because: 'no service of this release' }]
}

const namesOf = (routes: readonly RoutePlan[]): string[] => routes.map(({ route }) => route.service)
const movesOf = (routes: readonly RoutePlan[]): Move[] => routes.flatMap(({ move }) => move ?? [])
const colorsOf = (routes: readonly RoutePlan[]) =>
  Object.fromEntries(routes.map(({ route, color }) => [route.service, color] as const))
const awaitReady = (services: readonly string[]): Step => ({
  ...({ do: 'ready', services } as const),
  because: 'only a healthy container that names the expected revision may serve',
})

function startReason(
  release: Situation['release'],
  containers: readonly ContainerState[],
  services: readonly string[],
): string {
  const running = containers.filter(({ service, status }) => services.includes(service) && status === 'running')
  const other = running.find((container) => !isCurrentOne(container, release))
  if (!other) return running.length > 0 ? 'fewer are healthy than the release asks for' : 'nothing serves'
  const version = other.labels[VERSION_LABEL]
  if (version !== undefined && version !== release.image.version) return `${version} serves`
  return hasOtherImage(other, release) ? 'another image serves' : 'the configuration differs'
}

// A name that is no id may have another image on every engine.
const hasOtherImage = ({ service, image }: ContainerState, { compose }: Situation['release']): boolean => {
  const wanted = compose.services[service]?.image ?? ''
  return wanted.startsWith('sha256:') && wanted !== image
}
