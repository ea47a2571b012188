import * as v from 'valibot'
import type { Settings } from '../config/settings.ts'
import { key } from '../docker/compose-schema.ts'
import { ledgerName, moment } from '../state/records.ts'

const OUTCOMES = [
  'deployed',
  'unchanged',
  'refused',
  'rolled back',
  'rolled back with data',
  'abandoned',
  'needs a human',
] as const
/** How a rollout can end. Only the first two are a success. */
export type Outcome = (typeof OUTCOMES)[number]

/** The result of a rollout, as the ledger keeps it. */
export type ReleaseEntry = {
  readonly outcome: Outcome
  readonly target: string
  readonly version: string
  readonly revision: string
  /** The image's id. */
  readonly image: string
  /** Its digest in the registry, where it came from one. */
  readonly digest?: string | undefined
  /** The images of services with a build of their own, as `id` or `id@digest`, by the names of the builds. */
  readonly built?: Readonly<Record<string, string>>
  readonly release: string
  /** The release without the names of its volumes; entries from before data were part of a release have none. */
  readonly base?: string
  /** The environment of the rollout; entries from before there were several have none. */
  readonly env?: string
  /** The repository of its image. */
  readonly repository?: string
  /** The snapshot of the data before the rollout; empty where none was taken. */
  readonly snapshot?: string
  readonly rehearsal?: Rehearsal | undefined
  /** How long each step took. */
  readonly steps?: readonly StepTime[]
  /** The release that served before; empty where none did. */
  readonly from: string
  readonly by: string
  /** When it began, in ISO 8601. */
  readonly at: string
  readonly ms: number
  /** The number of requests that were cut. */
  readonly cut: number
  /** The longest time that requests were held, in milliseconds. */
  readonly held: number
  /** Why the rollout failed; empty where it succeeded. */
  readonly because: string
}

const text = v.string()
const maybe = v.optional(text)
const ENTRY = v.looseObject({
  ...{ outcome: v.picklist(OUTCOMES), target: text, version: text, revision: text, image: text, release: ledgerName },
  ...{
    from: v.union([v.literal(''), ledgerName]),
    by: text,
    at: moment,
    because: text,
    ms: v.number(),
    cut: v.number(),
    held: v.number(),
  },
  ...{ digest: maybe, base: maybe, env: maybe, repository: maybe, snapshot: maybe },
  built: v.optional(v.record(key, text)),
  rehearsal: v.optional(v.looseObject({ needsData: v.boolean(), because: text, changes: v.array(text) })),
  steps: v.optional(v.array(v.looseObject({ step: text, ms: v.number() }))),
})
export const isReleaseEntry = (value: unknown): value is ReleaseEntry => v.is(ENTRY, value)

/** A kind of step, and how many milliseconds it took. */
export type StepTime = { readonly step: string; readonly ms: number }

/** The result of a rehearsal: whether the previous version needs its own data back after this one, and what this one changes. */
export type Rehearsal = { readonly needsData: boolean; readonly because: string; readonly changes: readonly string[] }

/** The line that tells a person which version serves now, and where. */
export const renderEntry = (entry: ReleaseEntry, settings: Settings): string => renderEntryAt(entry, urlOf(settings))
/** The same line, for a place that is not on this host. */
export function renderEntryAt(entry: ReleaseEntry, url: string): string {
  const outcome = sayOutcome(entry)
  return `${outcome === BACK ? 'rolled back to' : `${outcome}:`} ${entry.version} at ${url}`
}

/** Where the proxy of a project answers on its own host. */
export const urlOf = ({ BIND, PORT }: Pick<Settings, 'BIND' | 'PORT'>): string =>
  `http://${BIND === '0.0.0.0' ? 'localhost' : BIND}:${PORT}`

const BACK = 'went back'
/** The outcome in the words of its target: what `make rollback` has done is no failure of a deploy. */
export function sayOutcome({ outcome, target }: Pick<ReleaseEntry, 'outcome' | 'target'>): string {
  if (outcome !== 'deployed') return outcome
  return target === 'rollback' ? BACK : target === 'restore' ? 'restored' : 'deployed'
}

/**
 * The good releases to go back to, the current one first: those that were deployed, in the order of their last deploy, without
 * those that a rollback left.
 */
export function goodReleases(entries: readonly ReleaseEntry[]): ReleaseEntry[] {
  // In the order in which they are set: to go through all for each one took a second for 10,000.
  const stack = new Map<string, ReleaseEntry>()
  for (const entry of entries) {
    if (entry.outcome !== 'deployed') continue
    stack.delete(baseOf(entry))
    if (entry.target === 'rollback')
      for (const [base, { release }] of stack) if (release === entry.from) stack.delete(base)
    stack.set(baseOf(entry), entry)
  }
  return [...stack.values()].reverse()
}

/** The ids of an entry's images, by the names of their builds; the application's has the empty name. */
export const imagesOf = ({ image, built = {} }: Pick<ReleaseEntry, 'image' | 'built'>): Record<string, string> => ({
  '': image,
  ...Object.fromEntries(Object.entries(built).map(([name, text]) => [name, text.split('@')[0] ?? ''])),
})

// The same release over other volumes counts as one to go back to.
const baseOf = ({ base, release }: ReleaseEntry) => base ?? release

/** When a container that was created at a time, in milliseconds, began to serve, by the rollout that made it; undefined where none is on record. */
export function servedSince(entries: readonly ReleaseEntry[], created: number): number | undefined {
  const entry = entries.find(({ at, ms }) => Date.parse(at) + ms > created)
  if (!entry) return undefined
  const { at, ms, steps = [] } = entry
  const bake = steps.findIndex(({ step }) => step === 'bake')
  const after = bake < 0 ? [] : steps.slice(bake)
  return Date.parse(at) + ms - after.reduce((sum, step) => sum + step.ms, 0)
}
