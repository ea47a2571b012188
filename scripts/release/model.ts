import { type ComposeModel, PROXY } from '../docker/compose-model.ts'
import { DEFINITION_LABEL } from '../docker/labels.ts'
import type { DataVolume } from './volumes.ts'

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

/** As many as the proxy has slots for. */
export const MOST_REPLICAS = 10

/** The services of a release that the proxy does not stand before, the proxy left out. */
export const unroutedServices = ({ compose, routes }: Release): string[] =>
  Object.keys(compose.services).filter((name) => name !== PROXY && !routes.some(({ service }) => service === name))

/** The digest of a service's definition that the labels of its containers carry. */
export const definitionOf = ({ compose }: Release, service: string): string | undefined =>
  compose.services[service]?.labels?.[DEFINITION_LABEL]
