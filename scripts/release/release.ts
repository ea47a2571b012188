import { digest } from '../cli/digest.ts'
import { Failure } from '../cli/failure.ts'
import { APP, type ComposeModel, type ComposeService, GUARD, PROXY } from '../docker/compose-model.ts'
import { DEFINITION_LABEL, OWNER, PROJECT_LABEL, ROLLOUT_LABEL, VERSION_LABEL } from '../docker/labels.ts'
import { type Image, MOST_REPLICAS, type Release, type Rollout, type Route } from './model.ts'
import { withVolumes } from './over-volumes.ts'
import { readVolumes } from './volumes.ts'

const next = 'correct the file that APP_COMPOSE names (compose/app.yaml is an example)'

/**
 * The release of an image under a resolved Compose file; `app` is what the settings say of the application.
 * Throws a Failure where that file does not run the image, or loses its data.
 */
export function makeRelease(
  compose: ComposeModel,
  image: Image,
  app: { readonly port: number; readonly health: string; readonly replicas: number },
  proxy: Release['proxy'],
): Release {
  const service = compose.services[APP]
  if (service?.image !== image.id)
    throw new Failure(`the compose file has no service "${APP}" with image: \${APP_IMAGE}`, { next })
  if (!compose.services[PROXY]) throw new Failure(`the compose file has no service "${PROXY}"`, { next })
  if (compose.services[GUARD]) throw new Failure(`the name "${GUARD}" is taken: rename that service`, { next })
  for (const [name, definition] of Object.entries(compose.services)) {
    const memory = (definition.tmpfs ?? []).map((text) => text.split(':')[0])
    const mounted = [...(definition.volumes ?? []).map(({ target }) => target), ...memory]
    const lost = definition.image === image.id && image.volumes.find((path) => !mounted.includes(path))
    if (lost)
      throw new Failure(
        `the image keeps data in ${lost} (VOLUME), and service "${name}" mounts nothing there: every deploy would lose it`,
        { next },
      )
  }

  const routes = Object.entries(compose.services).flatMap(([name, definition]) => {
    const route = name === APP ? { path: '/', port: app.port, health: app.health } : definition['x-route']
    const rollout = rolloutOf(name, definition, Boolean(route))
    if (!route) return []
    const replicas = name === APP ? app.replicas : (definition.deploy?.replicas ?? definition.scale ?? 1)
    return [checkRoute({ service: name, path: route.path, port: route.port, health: route.health, rollout, replicas })]
  })
  const twice = routes.find((one, index) => routes.findIndex(({ path }) => path === one.path) !== index)
  if (twice) throw new Failure(`two services are routed to ${JSON.stringify(twice.path)}`, { next })
  const services = Object.entries(compose.services).map(([name, definition]) => {
    const version = definition.image === image.id ? { [VERSION_LABEL]: image.version } : {}
    const route = routes.find(({ service: routed }) => routed === name)
    const own = {
      [OWNER]: 'container',
      [PROJECT_LABEL]: compose.name,
      // Where it listens is for the proxy to know, and goes with the container that listens there.
      [DEFINITION_LABEL]: digest([definition, version, route?.port, route?.health]),
      [ROLLOUT_LABEL]: route?.rollout ?? 'recreate',
    }
    return [name, { ...definition, labels: { ...definition.labels, ...own, ...version } }] as const
  })
  const id = digest([compose, image.id, image.version, routes, proxy])
  const volumes = readVolumes(compose)
  const labelled = { ...compose, services: Object.fromEntries(services) }
  return withVolumes({ id, base: id, image, routes, volumes, proxy, compose: labelled }, {})
}

/** The release as one Compose file, and back. */
export const toFile = ({ compose, ...rest }: Release): ComposeModel => ({ ...compose, 'x-release': rest })
export function fromFile({ 'x-release': rest, ...compose }: ComposeModel): Release {
  if (rest === undefined) throw new Failure('a file of the ledger is no release', { next: 'make history' })
  const release = rest as Omit<Release, 'compose'>
  // One from before data were part of it has none.
  return { ...release, base: release.base ?? release.id, volumes: release.volumes ?? [], compose }
}

// Two versions at once may corrupt what neither expects the other to write: overlap is for those who say so.
function rolloutOf(name: string, service: ComposeService, routed: boolean): Rollout {
  const writes = (service.volumes ?? []).some(({ type, read_only }) => type !== 'tmpfs' && !read_only)
  const chosen = service['x-rollout'] || (routed ? (writes ? 'exclusive' : 'overlap') : 'recreate')
  const allowed = routed ? ['overlap', 'exclusive'] : ['recreate']
  if (allowed.includes(chosen)) return chosen as Rollout
  const where = routed ? 'behind the proxy, where recreate would drop requests' : 'not behind the proxy'
  throw new Failure(
    `x-rollout: ${JSON.stringify(chosen)} of service "${name}": it is ${where}; it takes ${allowed.join(' or ')}`,
    { next },
  )
}

// These become lines of the proxy's configuration.
function checkRoute(route: Route): Route {
  const { service, path, port, health, replicas } = route
  const paths = /^\/(?:[\w.~-]+(?:\/[\w.~-]+)*)?$/.test(path) && /^\/[\w./~-]*$/.test(health)
  const numbers = isWhole(port, 65_535) && isWhole(replicas, MOST_REPLICAS)
  if (paths && numbers && service !== PROXY && /^[a-z0-9][a-z0-9_-]*$/.test(service)) return route
  throw new Failure(
    `service ${JSON.stringify(service)} cannot be behind the proxy as ${JSON.stringify({ path, port, health, replicas })}`,
    { next: `give its x-route a path and a health (such as /api), a port, and 1 to ${MOST_REPLICAS} replicas` },
  )
}

const isWhole = (value: number, most: number) => Number.isInteger(value) && value > 0 && value <= most
