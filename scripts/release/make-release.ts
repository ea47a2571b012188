import { digest } from '../cli/digest.ts'
import { Failure } from '../cli/failure.ts'
import { APP, type ComposeModel, type ComposeService, GUARD, networksOf, PROXY } from '../docker/compose-model.ts'
import { ONCE } from '../docker/container.ts'
import { DEFINITION_LABEL, OWNER, PROJECT_LABEL, ROLLOUT_LABEL, VERSION_LABEL } from '../docker/labels.ts'
import { sayMount } from './held.ts'
import { mountFiles } from './kept-paths.ts'
import type { Image, Release, Route } from './model.ts'
import { withVolumes } from './over-volumes.ts'
import { restartsWith } from './restarts.ts'
import { type AppSettings, CORRECT_COMPOSE, routesOf } from './routes.ts'
import { readVolumes } from './volumes.ts'

/**
 * Makes the release of an image under a resolved Compose file. Throws a Failure where that file does not run the image, would lose
 * its data, or routes requests where no proxy can.
 */
export function makeRelease(resolved: ComposeModel, image: Image, app: AppSettings, proxy: Release['proxy']): Release {
  const compose = mountFiles(resolved)
  requireServices(compose, image)
  requireMounts(compose, image)
  const routes = routesOf(compose, app)
  const id = digest([compose, image.id, image.version, routes, proxy])
  const labelled = labelServices(compose, image, routes)
  return withVolumes({ id, base: id, image, routes, volumes: readVolumes(compose), proxy, compose: labelled }, {})
}

function requireServices({ services }: ComposeModel, { id }: Image): void {
  const next = CORRECT_COMPOSE
  if (services[APP]?.image !== id)
    throw new Failure(`the compose file has no service "${APP}" with image: \${APP_IMAGE}`, { next })
  if (!services[PROXY]) throw new Failure(`the compose file has no service "${PROXY}"`, { next })
  if (services[GUARD]) throw new Failure(`the name "${GUARD}" is taken: rename that service`, { next })
}

// Without a mount, the engine keeps an image's VOLUME with the container, which every deploy replaces.
function requireMounts({ services }: ComposeModel, image: Image): void {
  for (const [name, { image: id, volumes = [], tmpfs = [] }] of Object.entries(services)) {
    const mounted = [...volumes.map(({ target }) => target), ...tmpfs.map((text) => text.split(':')[0])]
    const own = [image, ...Object.values(image.built ?? {})].find((one) => one.id === id)
    const lost = own?.volumes.find((path) => !mounted.includes(path))
    if (lost)
      throw new Failure(
        `the image keeps data in ${lost} (VOLUME), but service "${name}" mounts nothing there: every deploy would lose them`,
        {
          next: `${sayMount(name, { volumes }, lost)}; where the code lies there: take VOLUME ${lost} out of the Dockerfile`,
        },
      )
  }
}

// Labels by which the containers are found again, and by which a plan sees that a definition has changed.
function labelServices(compose: ComposeModel, image: Image, routes: readonly Route[]): ComposeModel {
  const services = Object.entries(compose.services).map(([name, definition]) => {
    const version = definition.image === image.id ? { [VERSION_LABEL]: image.version } : {}
    const route = routes.find(({ service }) => service === name)
    const own = {
      [OWNER]: 'container',
      [PROJECT_LABEL]: compose.name,
      // The port and the health path are the proxy's to know, and change together with the container.
      [DEFINITION_LABEL]: digest([
        ...[definition, version, route?.port, route?.health, networksOf(compose, name)],
        ...restartsWith(compose, definition),
      ]),
      [ROLLOUT_LABEL]: route?.rollout ?? (definition.restart === 'no' ? ONCE : 'recreate'),
    }
    const labels = { ...definition.labels, ...own, ...version }
    return [name, { ...definition, ...restartOf(definition, route), labels }] as const
  })
  return { ...compose, services: Object.fromEntries(services) }
}

// With `always` or `on-failure`, an engine that starts would start the old version too, which a deploy has stopped: a second writer.
const restartOf = ({ restart = 'no' }: ComposeService, route?: Route) =>
  route && restart !== 'no' ? { restart: 'unless-stopped' } : {}
