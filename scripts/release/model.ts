import * as v from 'valibot'
import { HEALTH } from '../config/health-path.ts'
import { type ComposeModel, PROXY } from '../docker/compose-model.ts'
import { COMPOSE, key, volumeName } from '../docker/compose-schema.ts'
import { DEFINITION_LABEL } from '../docker/labels.ts'
import { ledgerName } from '../state/records.ts'
import { SNAPSHOT_PRESETS } from './snapshot-presets.ts'
import type { DataVolume } from './volumes.ts'

/** An image, as this engine has it. */
export type BuiltImage = {
  readonly id: string
  /** The paths of its VOLUME instructions. */
  readonly volumes: readonly string[]
  /** The digest in its registry; absent where it came from none. */
  readonly digest?: string | undefined
}
/** The images of a version: the application's, and by the names of their builds those of services with a build of their own. */
export type Image = BuiltImage & {
  readonly version: string
  readonly revision: string
  readonly built?: Readonly<Record<string, BuiltImage>>
}

/** The ids of images by the names of their builds; the application's has the empty name. */
export const idsOf = ({ id, built = {} }: Pick<Image, 'id' | 'built'>): Record<string, string> => ({
  '': id,
  ...Object.fromEntries(Object.entries(built).map(([name, image]) => [name, image.id])),
})

/** Writes the images of a version as words: `id` or `id@digest`, and `name=id@digest` for each other build. */
export const renderChosen = ({ built = {}, ...image }: Image): string =>
  Object.entries({ '': image, ...built })
    .map(([name, { id, digest }]) => `${name ? `${name}=` : ''}${digest === undefined ? id : `${id}@${digest}`}`)
    .join(' ')

/** Reads such words, by the names of the builds. */
export const parseChosen = (text: string): Record<string, string> =>
  Object.fromEntries(
    text.split(' ').map((word) => {
      const [chosen = '', name = ''] = word.split('=').reverse()
      return [name, chosen]
    }),
  )

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
  /** Whether its members speak HTTPS alone. */
  readonly tls?: boolean | undefined
}
/** What the proxy has of the settings: the seconds that a request may be held, and the limits of a client. */
export type ProxySettings = {
  readonly template: string
  readonly hold: number
  /** Such as 100m. Releases of versions before these limits have neither. */
  readonly maxBody?: string
  /** Of one address. */
  readonly maxConnections?: number
  /** Requests of one address in ten seconds. */
  readonly maxRate?: number
  /** Pages of one's own for the proxy's own answers, by status. */
  readonly pages?: Readonly<Record<string, string>>
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
export const MOST_REPLICAS = 30

/** The services of a release that get no requests from the proxy, without the proxy itself. */
export const unroutedServices = ({ compose, routes }: Release): string[] =>
  Object.keys(compose.services).filter((name) => name !== PROXY && !routes.some(({ service }) => service === name))

/** The digest of a service's definition, as its containers are labelled with it. */
export const definitionOf = ({ compose }: Release, service: string): string | undefined =>
  compose.services[service]?.labels?.[DEFINITION_LABEL]

/** A release as the ledger keeps it. Files of versions before data were part of a release have neither base nor volumes. */
export type ReleaseFile = ComposeModel & {
  readonly 'x-release': Omit<Release, 'compose' | 'base' | 'volumes'> & Partial<Pick<Release, 'base' | 'volumes'>>
}
/** Writes a release as one Compose file, with what Compose does not read under `x-release`. */
export const toFile = ({ compose, ...rest }: Release): ReleaseFile => ({ ...compose, 'x-release': rest })

const text = v.string()
const matching = (pattern: RegExp) => v.pipe(text, v.regex(pattern))
const whole = (most: number) => v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(most))
// The values of a route become lines of the proxy's configuration.
const ROUTE = v.looseObject({
  service: matching(/^[a-z0-9][a-z0-9_-]*$/),
  path: matching(/^\/(?:[\w.~-]+(?:\/[\w.~-]+)*)?$/),
  health: matching(new RegExp(`^${HEALTH}$`)),
  port: whole(65_535),
  replicas: whole(MOST_REPLICAS),
  threads: v.optional(whole(100_000)),
  tls: v.optional(v.boolean()),
  rollout: v.picklist(['overlap', 'exclusive', 'recreate']),
})
/** Whether the proxy can have this route. */
export const isRoute = (value: unknown): value is Route => v.is(ROUTE, value)

const argv = v.array(text)
const HOOK = v.looseObject({
  ...{ service: text, copy: argv, describe: argv, restore: v.optional(argv) },
  preset: v.exactOptional(v.picklist(SNAPSHOT_PRESETS)),
})
const VOLUME = v.looseObject({
  ...{ key, name: volumeName, driver: text, options: v.record(text, text), writers: argv },
  ...{ kept: v.boolean(), hook: v.optional(HOOK), shared: v.exactOptional(v.boolean()) },
})
const IMAGE = { id: text, volumes: argv, digest: v.optional(text) }
const RELEASE = v.looseObject({
  id: ledgerName,
  base: v.optional(ledgerName),
  image: v.looseObject({
    ...IMAGE,
    ...{ version: text, revision: text },
    built: v.optional(v.record(key, v.looseObject(IMAGE))),
  }),
  routes: v.array(ROUTE),
  proxy: v.looseObject({
    ...{ template: text, hold: v.number() },
    ...{ maxBody: v.optional(text), maxConnections: v.optional(v.number()), maxRate: v.optional(v.number()) },
    pages: v.optional(v.record(text, text)),
  }),
  volumes: v.optional(v.array(VOLUME)),
})
const RELEASE_FILE = v.looseObject({ ...COMPOSE.entries, 'x-release': RELEASE })
/** Whether a file that was read has the form of a release's. */
export const isReleaseFile = (value: unknown): value is ReleaseFile => v.is(RELEASE_FILE, value)

/** Reads a release from such a file. */
export const fromFile = ({ 'x-release': release, ...compose }: ReleaseFile): Release => ({
  ...release,
  base: release.base ?? release.id,
  volumes: release.volumes ?? [],
  compose,
})
