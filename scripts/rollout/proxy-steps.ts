import { withoutGate } from '../proxy/behind-gate.ts'
import { parseSets, type Sets } from '../proxy/endpoints.ts'
import { type ProxyState, renderConfig } from '../proxy/haproxy.ts'
import { withMaintenance } from '../proxy/maintenance.ts'
import { edgeAddress, otherColor } from '../proxy/sets.ts'
import { doorOf, publishes, servingProxy } from '../proxy/successor.ts'
import { isCurrentOne, type RoutePlan } from './route-plan.ts'
import type { Situation } from './situation.ts'
import type { Step } from './step.ts'

/** Reopens slots that a run left closed, where their member, if there is one, is to stay. */
export function undrainForgotten({ release, containers, proxy, shrinking }: Situation): Step[] {
  const addressOf = (container: (typeof containers)[number]) => edgeAddress(container, release.compose.name)
  const going = shrinking.map(addressOf)
  const known = containers.map(addressOf)
  const slots = (proxy?.servers ?? []).filter(
    ({ draining, address }) => draining && !(going.includes(address) && known.includes(address)),
  )
  return slots.length === 0 ? [] : [{ do: 'undrain', slots, because: 'left draining by a run that was interrupted' }]
}

const OTHER = 'the one that runs has another image or definition than this toolkit'

/** Starts the proxy, replaces it by one of another definition, or gives it the configuration of the release. */
export function configureProxy({ release, containers, proxy, routes, maintenance }: Situation): Step[] {
  const sets = setsOf(routes, proxy)
  const [serving, door] = [servingProxy(containers), doorOf(containers)]
  if (!proxy || !serving || !door) return [{ do: 'proxy', sets, because: 'it does not run' }]
  if (!publishes(door, release.compose))
    return [{ do: 'proxy', sets, because: 'its port moves, and is closed meanwhile' }]
  const retire: Step = { do: 'retire', because: 'the new one has the listening socket' }
  if (!isCurrentOne(serving, release)) return [{ do: 'renew', sets, because: OTHER }, retire]
  const wanted = withMaintenance(renderConfig(release.proxy, release.routes, sets), maintenance)
  return [
    // The gate has lines of its own there, which no release knows.
    ...(withoutGate(proxy.config) === wanted
      ? []
      : [{ do: 'proxy', sets, because: 'not running as configured' } as const]),
    ...(proxy.alone === false ? [retire] : []),
  ]
}

// The set that does not serve in the end keeps the endpoint that its members, if there are any, were made with.
function setsOf(routes: readonly RoutePlan[], proxy: ProxyState | undefined): Sets {
  const known = parseSets(proxy?.config ?? '')
  return Object.fromEntries(
    routes.map(({ route: { service, port, health, threads, tls }, color }) => {
      const own = { port, health, threads, tls }
      const other = known[service]?.[otherColor(color)] ?? own
      return [service, color === 'blue' ? { blue: own, green: other } : { blue: other, green: own }]
    }),
  )
}
