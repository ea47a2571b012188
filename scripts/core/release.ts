import { digest } from './digest.ts'
import { Failure } from './failure.ts'
import { DEFINITION_LABEL, OWNER, PROJECT_LABEL, RELEASE_LABEL, VERSION_LABEL } from './labels.ts'

/** A resolved Compose file, as far as the toolkit looks into it. */
export type ComposeModel = { readonly name: string; readonly services: Readonly<Record<string, ComposeService>> }
export type ComposeService = {
  readonly image?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly volumes?: readonly { readonly target: string }[]
  readonly stop_grace_period?: string
  readonly logging?: { readonly options?: Readonly<Record<string, string>> }
  /** How long the application takes at most to end what is in flight; between DRAIN_TIMEOUT and stop_grace_period. */
  readonly 'x-graceful-timeout'?: string
}
export type Image = {
  readonly id: string
  readonly version: string
  readonly revision: string
  readonly volumes: readonly string[]
}

/** One unit of image and configuration. Its id is a digest of both, so the same release is never deployed twice. */
export type Release = { readonly id: string; readonly image: Image; readonly compose: ComposeModel }

/** The service that is the application, the one in front of it, and the network and alias that make a member. */
export const APP = 'app'
export const PROXY = 'proxy'
export const LIVE_ALIAS = 'app-live'
export const edgeNetwork = (project: string): string => `${project}_edge`

/**
 * The release of an image under a resolved Compose file. Throws a Failure where that file does not run the image, or
 * mounts nothing where the image keeps data.
 */
export function makeRelease(compose: ComposeModel, image: Image): Release {
  const app = compose.services[APP]
  const next = 'correct the file that APP_COMPOSE names (compose/app.yaml is an example)'
  if (app?.image !== image.id)
    throw new Failure(`the compose file has no service "${APP}" with image: \${APP_IMAGE}`, { next })
  if (!compose.services[PROXY]) throw new Failure(`the compose file has no service "${PROXY}"`, { next })
  const mounted = (app.volumes ?? []).map(({ target }) => target)
  const lost = image.volumes.find((path) => !mounted.includes(path))
  if (lost)
    throw new Failure(
      `the image keeps data in ${lost} (VOLUME), and service "${APP}" mounts nothing there: every deploy would lose it`,
      { next },
    )

  const id = digest([compose, image.id])
  const services = Object.entries(compose.services).map(([name, service]) => {
    const own = { [OWNER]: 'container', [PROJECT_LABEL]: compose.name, [DEFINITION_LABEL]: digest(service) }
    const release = name === APP ? { [RELEASE_LABEL]: id, [VERSION_LABEL]: image.version } : {}
    return [name, { ...service, labels: { ...service.labels, ...own, ...release } }] as const
  })
  return { id, image, compose: { ...compose, services: Object.fromEntries(services) } }
}

/** The services of a release that are neither the application nor the proxy. */
export const companionsOf = (release: Release): string[] =>
  Object.keys(release.compose.services).filter((name) => name !== APP && name !== PROXY)
