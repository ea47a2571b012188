import { PROXY } from '../docker/compose-model.ts'
import { type ProxyState, parseSets, renderConfig, type Sets } from '../proxy/haproxy.ts'
import { edgeAddress, otherColor } from '../proxy/sets.ts'
import { type RoutePlan, runsAsConfigured } from './route-plan.ts'
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

/** Starts the proxy, or gives it the configuration of the release. */
export function configureProxy({ release, containers, proxy, routes }: Situation): Step[] {
  const sets = setsOf(routes, proxy)
  const wanted = renderConfig(release.proxy, release.routes, sets)
  if (proxy?.config === wanted && runsAsConfigured(release, containers, PROXY)) return []
  return [{ do: 'proxy', sets, because: proxy === undefined ? 'it does not run' : 'not running as configured' }]
}

// The set that does not serve in the end keeps the endpoint that its members, if there are any, were made with.
function setsOf(routes: readonly RoutePlan[], proxy: ProxyState | undefined): Sets {
  const known = parseSets(proxy?.config ?? '')
  return Object.fromEntries(
    routes.map(({ route: { service, port, health, threads }, color }) => {
      const own = { port, health, threads }
      const other = known[service]?.[otherColor(color)] ?? own
      return [service, color === 'blue' ? { blue: own, green: other } : { blue: other, green: own }]
    }),
  )
}
