import { digest } from './digest.ts'
import { Failure } from './failure.ts'
import { DEFINITION_LABEL, OWNER, PROJECT_LABEL, ROLLOUT_LABEL, VERSION_LABEL } from './labels.ts'
import { type DataVolume, readVolumes, withVolumes } from './volumes.ts'

/** A resolved Compose file, as far as the toolkit looks into it. */
export type ComposeModel = {
  readonly name: string
  readonly services: Readonly<Record<string, ComposeService>>
  readonly volumes?: Readonly<Record<string, VolumeSpec | null>>
  readonly networks?: Readonly<Record<string, NetworkSpec | null>>
  readonly secrets?: Readonly<Record<string, { readonly file?: string } | null>>
  /** The rest of the release, beside what Compose reads of it: one file is one release. */
  readonly 'x-release'?: Omit<Release, 'compose'>
}
export type ComposeService = {
  readonly image?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly volumes?: readonly Mount[]
  readonly tmpfs?: readonly string[]
  readonly secrets?: readonly { readonly source: string }[]
  readonly deploy?: { readonly replicas?: number }
  readonly scale?: number
  readonly stop_grace_period?: string
  readonly logging?: { readonly options?: Readonly<Record<string, string>> }
  /** How long the application takes at most to end what is in flight; between DRAIN_TIMEOUT and stop_grace_period. */
  readonly 'x-graceful-timeout'?: string
  /** How the next version takes this one's place; without it, exclusive where it could write to a volume. */
  readonly 'x-rollout'?: string
  /** Puts a service behind the proxy, beside the application: requests whose path begins so. */
  readonly 'x-route'?: { readonly path: string; readonly port: number; readonly health: string }
  /** What it offers for its data; false keeps its volumes out of snapshots. */
  readonly 'x-snapshot'?: unknown
}
type Mount = {
  readonly type?: string
  readonly source?: string
  readonly target: string
  readonly read_only?: boolean
}
type VolumeSpec = {
  readonly name?: string
  readonly external?: boolean
  readonly driver?: string
  readonly driver_opts?: Readonly<Record<string, string>>
}
type NetworkSpec = { readonly name?: string; readonly external?: boolean; readonly internal?: boolean }
export type Image = {
  readonly id: string
  readonly version: string
  readonly revision: string
  readonly volumes: readonly string[]
  /** What the registry knows it by; absent where it was in none. */
  readonly digest?: string | undefined
}

/** `overlap`: new beside old, then the switch. `exclusive`: old before new, while requests wait. `recreate`: Compose's own. */
export type Rollout = 'overlap' | 'exclusive' | 'recreate'

/** A service behind the proxy. */
export type Route = {
  readonly service: string
  readonly path: string
  readonly port: number
  readonly health: string
  readonly rollout: Rollout
  readonly replicas: number
}

/**
 * One unit of image, configuration and data. Its id is a digest of what it is and of the volumes it lies over, so the same
 * release is never deployed twice, and the ledger keeps it whole, so that it can come back.
 */
export type Release = {
  readonly id: string
  /** As the id, but whatever the volumes are called. */
  readonly base: string
  readonly image: Image
  readonly routes: readonly Route[]
  /** The data that are part of it. */
  readonly volumes: readonly DataVolume[]
  /** The template of the proxy's configuration, and the seconds that a request may be held. */
  readonly proxy: { readonly template: string; readonly hold: number }
  readonly compose: ComposeModel
}

/** What of a release is about its data. */
export type Composed = Pick<Release, 'compose' | 'volumes'>

/** The service that is the application, the one in front of it, and the one that outlives a killed deploy. */
export const APP = 'app'
export const PROXY = 'proxy'
export const GUARD = 'guard'
/** As many as the proxy has slots for. */
export const MOST_REPLICAS = 10
export const edgeNetwork = (project: string): string => `${project}_edge`

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

/** The services of a release that the proxy does not stand before, the proxy left out. */
export const companionsOf = ({ compose, routes }: Release): string[] =>
  Object.keys(compose.services).filter((name) => name !== PROXY && !routes.some(({ service }) => service === name))

/** The digest of a service's definition that the labels of its containers carry. */
export const definitionOf = ({ compose }: Release, service: string): string | undefined =>
  compose.services[service]?.labels?.[DEFINITION_LABEL]

/** The release as one Compose file, and back. */
export const toFile = ({ compose, ...rest }: Release): ComposeModel => ({ ...compose, 'x-release': rest })
export function fromFile({ 'x-release': rest, ...compose }: ComposeModel): Release {
  if (rest === undefined) throw new Failure('a file of the ledger is no release', { next: 'make history' })
  // One from before data were part of it has none.
  return { ...rest, base: rest.base ?? rest.id, volumes: rest.volumes ?? [], compose }
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
