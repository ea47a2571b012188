import * as v from 'valibot'
import { Failure } from '../cli/failure.ts'
import { type ComposeModel, PROXY } from '../docker/compose-model.ts'
import { DEFINITION_LABEL } from '../docker/labels.ts'
import type { DataVolume } from './volumes.ts'

/** An image of the application, as this engine has it. */
export type Image = {
  readonly id: string
  readonly version: string
  readonly revision: string
  /** The paths of its VOLUME instructions. */
  readonly volumes: readonly string[]
  /** The digest in its registry; absent where it came from none. */
  readonly digest?: string | undefined
}

/**
 * How a new version takes the place of the old one. `overlap`: both run, then the proxy switches. `exclusive`: the old one stops
 * first, while requests wait. `recreate`: Compose replaces the container.
 */
export type Rollout = 'overlap' | 'exclusive' | 'recreate'

/** A service behind the proxy. */
export type Route = {
  readonly service: string
  readonly path: string
  readonly port: number
  readonly health: string
  readonly rollout: Rollout
  readonly replicas: number
  /** How many requests a container answers at once; undefined where nobody says so. */
  readonly threads?: number | undefined
}
/** What the proxy has of the settings: the seconds that a request may be held, and the limits of a client. */
export type ProxySettings = {
  readonly template: string
  readonly hold: number
  /** Such as 100m. Releases of versions before these limits have neither. */
  readonly maxBody?: string
  /** Of one address. */
  readonly maxConnections?: number
}

/**
 * One unit of image, configuration and data. Its id is a digest of all three, so that the same release is never deployed twice. The
 * ledger keeps the whole release, so that it can be deployed again.
 */
export type Release = {
  readonly id: string
  /** As the id, without the names of the volumes: a restore gives a release other volumes. */
  readonly base: string
  readonly image: Image
  readonly routes: readonly Route[]
  /** The volumes with its data. */
  readonly volumes: readonly DataVolume[]
  readonly proxy: ProxySettings
  readonly compose: ComposeModel
}

/** The part of a release that concerns its data. */
export type Composed = Pick<Release, 'compose' | 'volumes'>

/** The most replicas of a service: the proxy has as many slots. */
export const MOST_REPLICAS = 10

/** The services of a release that get no requests from the proxy, without the proxy itself. */
export const unroutedServices = ({ compose, routes }: Release): string[] =>
  Object.keys(compose.services).filter((name) => name !== PROXY && !routes.some(({ service }) => service === name))

/** The digest of a service's definition, as its containers are labelled with it. */
export const definitionOf = ({ compose }: Release, service: string): string | undefined =>
  compose.services[service]?.labels?.[DEFINITION_LABEL]

/** Writes a release as one Compose file, with what Compose does not read under `x-release`. */
export const toFile = ({ compose, ...rest }: Release): ComposeModel => ({ ...compose, 'x-release': rest })

/** Whether a file that was read has the form of a release's. */
export const isReleaseFile = (value: unknown): value is ComposeModel => v.is(RELEASE_FILE, value)
const RELEASE_FILE = v.looseObject({
  name: v.string(),
  services: v.record(v.string(), v.looseObject({ image: v.optional(v.string()) })),
  'x-release': v.looseObject({
    id: v.string(),
    image: v.looseObject({ id: v.string(), version: v.string(), revision: v.string() }),
    routes: v.array(v.looseObject({ service: v.string(), port: v.number() })),
    proxy: v.looseObject({ template: v.string(), hold: v.number() }),
    volumes: v.optional(v.array(v.looseObject({ key: v.string(), name: v.string() }))),
  }),
})

/** Reads a release from such a file. Throws a Failure where the file holds no release. */
export function fromFile({ 'x-release': rest, ...compose }: ComposeModel): Release {
  if (rest === undefined) throw new Failure('a file of the ledger holds no release', { next: 'make history' })
  const release = rest as Omit<Release, 'compose'>
  // Files of versions before data were part of a release have neither.
  return { ...release, base: release.base ?? release.id, volumes: release.volumes ?? [], compose }
}
