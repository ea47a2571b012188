import { Failure } from '../cli/failure.ts'
import { APP, type ComposeModel, type ComposeService, PROXY } from '../docker/compose-model.ts'
import { isRoute, MOST_REPLICAS, type Rollout, type Route } from './model.ts'

/** What the settings say of the application: its port, its health path, and the number of its replicas. */
export type AppSettings = { readonly port: number; readonly health: string; readonly replicas: number }

/** The next command for a Compose file that makes no release. */
export const CORRECT_COMPOSE = 'correct the file that APP_COMPOSE names (compose/app.yaml is an example)'

/** Reads the services behind the proxy: the application, and those with an x-route. Throws a Failure for a route that cannot be. */
export function routesOf({ services }: ComposeModel, app: AppSettings): Route[] {
  const routes = Object.entries(services).flatMap(([service, definition]) => {
    const route = service === APP ? { path: '/', port: app.port, health: app.health } : definition['x-route']
    const rollout = rolloutOf(service, definition, Boolean(route))
    if (!route) return []
    const { path, port, health } = route
    const replicas = service === APP ? app.replicas : (definition.deploy?.replicas ?? definition.scale ?? 1)
    const { 'x-threads': threads, 'x-tls': tls } = definition
    // A release that is read back has no keys without a value.
    const said = { ...(threads !== undefined && { threads }), ...(tls && { tls }) }
    return [checkRoute({ service, path, port, health, rollout, replicas, ...said })]
  })
  const repeated = routes.find((one, index) => routes.findIndex(({ path }) => path === one.path) !== index)
  if (!repeated) return routes
  throw new Failure(`two services are routed to ${JSON.stringify(repeated.path)}`, { next: CORRECT_COMPOSE })
}

// Two versions at once may corrupt data that neither expects the other to write: a service with volumes has to ask for overlap. Nor can
// two have one port of the host.
function rolloutOf(name: string, service: ComposeService, routed: boolean): Rollout {
  const writes = (service.volumes ?? []).some(({ type, read_only }) => type !== 'tmpfs' && !read_only)
  const isAlone = writes || (service.ports ?? []).some(({ published }) => published)
  const chosen = service['x-rollout'] || (routed ? (isAlone ? 'exclusive' : 'overlap') : 'recreate')
  const allowed = routed ? ['overlap', 'exclusive'] : ['recreate']
  if (allowed.includes(chosen)) return chosen as Rollout
  const where = routed ? 'behind the proxy, where recreate would drop requests' : 'not behind the proxy'
  throw new Failure(
    `x-rollout: ${JSON.stringify(chosen)} of service "${name}": it is ${where}; it takes ${allowed.join(' or ')}`,
    { next: CORRECT_COMPOSE },
  )
}

function checkRoute(route: Route): Route {
  const { service, path, port, health, replicas, threads } = route
  if (service !== PROXY && isRoute(route)) return route
  throw new Failure(
    `service ${JSON.stringify(service)} cannot be behind the proxy as ${JSON.stringify({ path, port, health, replicas, threads })}`,
    {
      next: `give its x-route a path and a health (such as /api), a port, and 1 to ${MOST_REPLICAS} replicas; x-threads is a whole number`,
    },
  )
}
