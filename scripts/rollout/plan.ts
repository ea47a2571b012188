import { digest } from '../cli/digest.ts'
import { GUARD, PROXY } from '../docker/compose-model.ts'
import { type ContainerState, isWell } from '../docker/container.ts'
import { VERSION_LABEL } from '../docker/labels.ts'
import { type ProxyState, parseSets, renderConfig, type Server, type Sets } from '../proxy/haproxy.ts'
import { colorOf, edgeAddress, otherColor } from '../proxy/sets.ts'
import { type Release, unroutedServices } from '../release/model.ts'
import { isCurrentOne, isFit, liveColor, membersOf, planRoute, type RoutePlan, targetOf } from './route-plan.ts'
import type { Step } from './step.ts'

/** What the engine and the proxy say; `proxy` is undefined where none runs. */
export type Observed = { readonly containers: readonly ContainerState[]; readonly proxy: ProxyState | undefined }

/**
 * The steps from what is, whatever that is, to the release serving alone; none when that is so already. It makes no
 * difference who left things as they are: a deploy, a killed one, or one that is being undone. `bake` in seconds.
 */
export function planRollout(release: Release, { containers, proxy }: Observed, bake: number): Step[] {
  const services = release.routes.map((route) => planRoute(route, release, containers, proxy))
  const moving = services.filter(({ move }) => move !== undefined)
  const exclusive = moving.filter((service) => service.exclusive)
  const overlap = moving.filter((service) => !service.exclusive)
  const waiting = services.filter(({ exclusive, waits }) => exclusive || waits)
  const held = (proxy?.held ?? []).filter((name) => !waiting.some(({ route }) => route.service === name))
  const switching = services.filter(({ route, color }) => color !== liveColor(proxy, route.service))
  const switched = new Set(switching)
  const warm = services.filter((service) => service.move === undefined && (switched.has(service) || service.starting))
  const sets = setsOf(services, proxy)
  const configured = proxy?.config === renderConfig(release.proxy.template, release.routes, sets, release.proxy.hold)
  // Its members go from one set to the other as a whole; only a set that stays and shrinks has slots to close.
  const shrinking = services
    .filter((service) => !switched.has(service) && !service.exclusive)
    .flatMap(({ leave }) => leave)
  const replaced = switching.filter(({ exclusive }) => !exclusive).flatMap(({ leave }) => leave)
  const leaving = services.flatMap(({ leave }) => leave)
  const stray = services.flatMap((service) => service.stray)
  const old = exclusive.flatMap(({ leave }) => leave)
  const stuck = stuckSlots(release, containers, proxy, shrinking)
  const companions = unroutedServices(release).filter((name) => !isCurrent(release, containers, name))
  const retired = containers.filter(
    ({ service }) => service !== GUARD && release.compose.services[service] === undefined,
  )
  const guards = containers.filter(
    ({ service, status }) => service === GUARD && (status !== 'running' || waiting.length === 0),
  )
  const reached = services.filter((service) => service.move || switched.has(service) || service.starting)
  const nameOf = (planned: readonly RoutePlan[]) => planned.map(({ route }) => route.service)
  const moves = (planned: readonly RoutePlan[]) => planned.flatMap(({ move }) => move ?? [])
  const created = moves(exclusive).filter(({ make }) => make > 0)

  const steps: (Step | false)[] = [
    held.length > 0 && { do: 'release', services: held, because: 'left waiting by a run that was interrupted' },
    stray.length + guards.length > 0 && {
      do: 'remove',
      targets: [...stray, ...guards].map(targetOf),
      because: 'serves nothing: stopped, or left by a run that was interrupted',
    },
    stuck.length > 0 && { do: 'undrain', slots: stuck, because: 'left draining by a run that was interrupted' },
    companions.length > 0 && { do: 'recreate', services: companions, because: 'not running as configured' },
    overlap.length > 0 && {
      do: 'start',
      moves: moves(overlap),
      because: startReason(release, containers, nameOf(overlap)),
    },
    overlap.length + warm.length > 0 && {
      do: 'ready',
      services: nameOf([...overlap, ...warm]),
      because: 'only a healthy container that names the expected revision may serve',
    },
    !(configured && isCurrent(release, containers, PROXY)) && {
      do: 'proxy',
      sets,
      because: proxy === undefined ? 'it does not run' : 'not running as configured',
    },
    overlap.length > 0 && {
      do: 'join',
      moves: moves(overlap),
      because: 'on the edge network the proxy checks it too',
    },

    exclusive.length > 0 && { do: 'guard', because: 'should this run be killed while nothing serves, it takes over' },
    created.length > 0 && {
      do: 'create',
      moves: created,
      because: startReason(release, containers, nameOf(exclusive)),
    },
    exclusive.length > 0 && {
      do: 'hold',
      services: nameOf(exclusive),
      targets: old.map(targetOf),
      because: 'two versions must not write at once',
    },
    old.length > 0 && { do: 'halt', targets: old.map(targetOf), because: 'the next one may write only now' },
    exclusive.length > 0 && { do: 'start', moves: moves(exclusive), because: 'nothing else writes' },
    exclusive.length > 0 && {
      do: 'ready',
      services: nameOf(exclusive),
      because: 'only a healthy container that names the expected revision may serve',
    },

    reached.length > 0 && {
      do: 'serve',
      sets: Object.fromEntries(reached.map(({ route, color }) => [route.service, color])),
      because: 'nothing is switched before the proxy reaches it',
    },
    switching.length > 0 && {
      do: 'switch',
      sets: Object.fromEntries(switching.map(({ route, color }) => [route.service, color])),
      because: 'from one request to the next, and back as fast',
    },
    waiting.length > 0 && { do: 'release', services: nameOf(waiting), because: 'they can be answered now' },

    replaced.length > 0 && {
      do: 'drain',
      targets: replaced.map(targetOf),
      shrink: false,
      because: 'its requests end before it does',
    },
    shrinking.length > 0 && {
      do: 'drain',
      targets: shrinking.map(targetOf),
      shrink: true,
      because: 'its requests end before it does',
    },
    bake > 0 &&
      reached.length > 0 &&
      leaving.length > 0 && {
        do: 'bake',
        seconds: bake,
        services: nameOf(services),
        because: 'with the old version at hand, a bad sign switches back',
      },
    leaving.length > 0 && {
      do: 'stop',
      targets: leaving.map(targetOf),
      because: moving.length + switching.length > 0 ? 'replaced' : 'more than the release asks for',
    },
    retired.length > 0 && { do: 'stop', targets: retired.map(targetOf), because: 'no service of this release' },
  ]
  return steps.filter((step) => step !== false)
}

/** The one step back to nothing: what a first deploy that failed has begun. Volumes stay. */
export const planNothing = ({ containers }: Observed): Step[] =>
  containers.length === 0 ? [] : [{ do: 'down', because: 'nothing served before' }]

/** Whether every service of the release that is behind the proxy is served by it, healthy, in the live set. */
export const isServing = (release: Release, { containers, proxy }: Observed): boolean =>
  release.routes.every((route) => {
    const live = liveColor(proxy, route.service)
    return (
      membersOf(route, containers).filter(
        (container) =>
          isFit(container, release) && isWell(container) && colorOf(container, release.compose.name) === live,
      ).length >= route.replicas
    )
  })

/** A digest of a plan: its release and its steps, with the ids of all that they touch. */
export const fingerprintOf = (release: Release, steps: readonly Step[]): string => digest([release.id, steps], 10)

// The set that does not serve in the end keeps the endpoint that its members, if there are any, were made with.
function setsOf(services: readonly RoutePlan[], proxy: ProxyState | undefined): Sets {
  const known = parseSets(proxy?.config ?? '')
  return Object.fromEntries(
    services.map(({ route: { service, port, health }, color }) => {
      const own = { port, health }
      const other = known[service]?.[otherColor(color)] ?? own
      return [service, color === 'blue' ? { blue: own, green: other } : { blue: other, green: own }]
    }),
  )
}

// Closed slots, though their member, if there is one, is to stay.
function stuckSlots(
  release: Release,
  containers: readonly ContainerState[],
  proxy: ProxyState | undefined,
  shrinking: readonly ContainerState[],
): Server[] {
  const going = shrinking.map((container) => edgeAddress(container, release.compose.name))
  const known = containers.map((container) => edgeAddress(container, release.compose.name))
  return (proxy?.servers ?? []).filter(
    ({ draining, address }) => draining && !(going.includes(address) && known.includes(address)),
  )
}

function isCurrent(release: Release, containers: readonly ContainerState[], service: string): boolean {
  const mine = containers.filter((container) => container.service === service)
  return (
    mine.length > 0 && mine.every((container) => container.status === 'running' && isCurrentOne(container, release))
  )
}

function startReason(release: Release, containers: readonly ContainerState[], services: readonly string[]): string {
  const running = containers.filter(({ service, status }) => services.includes(service) && status === 'running')
  const other = running.find((container) => !isCurrentOne(container, release))
  if (!other) return running.length > 0 ? 'fewer in health than the release asks for' : 'nothing serves'
  const version = other.labels[VERSION_LABEL]
  return version === undefined || version === release.image.version ? 'the configuration differs' : `${version} serves`
}
