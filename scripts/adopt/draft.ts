import { posix } from 'node:path'
import type { Variables } from '../config/settings.ts'
import type { Stage } from '../image/dockerfile.ts'
import type { DatabaseServer } from '../release/snapshot-presets.ts'
import { type Finding, verdictsOn } from './finding.ts'
import type { Project, Service, SourceTree } from './source-tree.ts'

/** A server of data, and what gives it away. */
export type Server = {
  /** The ready hook for it; `other` where there is none. */
  readonly kind: DatabaseServer | 'other'
  readonly because: string
  /** Where it keeps its data. */
  readonly data: string
}

/** A web server before the other services that does nothing else: the proxy of the toolkit takes its place. */
export type Front = {
  readonly service: string
  /** The service that receives every request that no route takes. */
  readonly web: string
  readonly port: number
  /** The other services, each with the path that leads to it. */
  readonly routes: readonly { readonly path: string; readonly service: string; readonly port: number }[]
  /** Copies of `web` that share its load. */
  readonly twins: readonly string[]
  readonly settings: Variables
}

/** By the name of a service, those behind it, each with its port where that is known. */
export type Behind = ReadonlyMap<string, ReadonlyMap<string, number | undefined>>

/** What the rules start from: what was read, and which service becomes the application. */
export type Draft = {
  readonly tree: SourceTree
  readonly project: Project
  /** The name of the release's project; its volumes start with it. */
  readonly name: string
  /** The service that becomes `app`; undefined where none can. */
  readonly web: string | undefined
  /** The web server whose place the proxy takes. */
  readonly front: Front | undefined
  /** The port of `web` where its web server serves over HTTPS alone. */
  readonly tls: number | undefined
  /** Services that are copies of `web`: REPLICAS takes their place. */
  readonly twins: readonly string[]
  /** The services that each web server looks up only when it starts. */
  readonly behind: Behind
  /** The services that each one calls: requests wait while such a one changes. */
  readonly called: Behind
  /** The volumes that take the place of folders of the host, by their paths. */
  readonly folders: ReadonlyMap<string, string>
  /** Where the Compose file defines a service, or a key of it, as `file:line`. */
  readonly where: (service: string, key?: string) => string
}
/** The project of a folder without a Compose file. */
export const BARE: Project = { file: '', text: '', name: '', services: {}, volumes: {} }

/** One service of the Compose project, on its way into the release. */
export type Old = Draft & {
  /** Its name in the Compose file. */
  readonly service: string
  readonly spec: Service
  readonly isWeb: boolean
  /** The last stage of its Dockerfile that is built; undefined for a ready image. */
  readonly stage: Stage | undefined
  /** What it is, where it is a server of data. */
  readonly server: Server | undefined
}

/** The verdicts on a service: they rest on its lines in the Compose file, or on those of one key. */
export const about = ({ service, where }: Pick<Old, 'service' | 'where'>, key?: string) =>
  verdictsOn(service, { where: where(service, key) })

export type File = { readonly path: string; readonly text: string }
/**
 * Existing data: the volume or folder that holds it, `without` paths below it, and the volume of the release to copy it to; or a single
 * file, with its place in a container.
 */
export type Copy = {
  readonly from: string
  readonly to: string
  readonly image: string
  readonly without?: readonly string[]
  readonly file?: string
}

/** The file of a secret, and the file outside of git that it is a copy of; paths of the checkout. */
export type SecretCopy = { readonly from: string; readonly to: string }

/** What one rule adds to the proposal, and what it says of it. */
export type Part = {
  /** Keys of the service's definition. Lists and maps of several rules are joined. */
  readonly lines?: Readonly<Record<string, unknown>> | undefined
  /** Keys of the Compose file beside its services. */
  readonly tops?: Partial<Readonly<Record<'volumes' | 'secrets' | 'configs', Readonly<Record<string, unknown>>>>>
  /** Values for .env; the report shows only their names. */
  readonly secrets?: Variables
  readonly settings?: Variables
  readonly files?: readonly File[]
  readonly copies?: readonly Copy[]
  /** Files that the release has a copy of, by their paths in the checkout. */
  readonly copied?: readonly string[]
  readonly secretCopies?: readonly SecretCopy[]
  readonly findings?: readonly Finding[]
}
/** A rule about one service of a Compose project; undefined where it does not apply. */
export type ServiceRule = (old: Old) => Part | undefined

/** The parts of several rules in one. */
export type Joined = { readonly [K in keyof Part]-?: NonNullable<Part[K]> }

/** Joins the parts of several rules. */
export function joinParts(all: readonly (Part | undefined)[]): Joined {
  const nothing: Joined = {
    ...{ lines: {}, tops: {}, secrets: {}, settings: {} },
    ...{ files: [], copies: [], copied: [], secretCopies: [], findings: [] },
  }
  return all.reduce<Joined>((joined, part) => joinMaps(joined, part ?? {}) as Joined, nothing)
}

// Lists are joined, maps are joined by their keys, and of other values the last one stays.
type Values = Readonly<Record<string, unknown>>
function joinMaps(one: Values, other: Values): Values {
  const joined: Record<string, unknown> = { ...one }
  for (const [key, value] of Object.entries(other)) {
    const before = joined[key]
    if (Array.isArray(before) && Array.isArray(value)) joined[key] = [...before, ...value]
    else if (isMap(before) && isMap(value)) joined[key] = joinMaps(before, value)
    else if (value !== undefined) joined[key] = value
  }
  return joined
}
const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A path of the host as it is shown: from the checkout, where it lies there. */
export function shownPath({ root }: SourceTree, path: string): string {
  const inside = posix.relative(root, path)
  return inside.startsWith('..') ? path : inside || '.'
}

/** A path of the host as the proposed Compose file has it: from its own folder, where it lies in the checkout. */
export function pathFromFile(tree: SourceTree, path: string): string {
  const inside = shownPath(tree, path)
  return inside.startsWith('/') ? path : posix.relative(posix.dirname(tree.composeFile), inside) || '.'
}

/** Gives a command as a list of words. */
export const toWords = (command: unknown): string[] =>
  Array.isArray(command) ? command.map(String) : typeof command === 'string' ? [command] : []

/** The paths that a service has in memory by its key `tmpfs`. */
export const tmpfsOf = ({ tmpfs = [] }: Service): string[] => tmpfs.map((one) => one.split(':')[0] ?? '')

/** What a service runs, by the Compose file, else by its image. */
export function commandOf({ spec, stage }: Pick<Old, 'spec' | 'stage'>): readonly string[] {
  const words = [...toWords(spec['entrypoint']), ...toWords(spec['command'])]
  return words.length > 0 ? words : (stage?.command?.words ?? [])
}

/** The environment of a service, that of its image included. */
export const environmentOf = ({ spec, stage }: Pick<Old, 'spec' | 'stage'>): [string, string][] =>
  Object.entries({ ...stage?.environment, ...spec.environment }).map(([key, value]) => [key, value ?? ''])

/** A word of a command that a person is to type: strangers chose the names of their files. */
export const quote = (word: string) => (/^[\w./:@%+=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)
