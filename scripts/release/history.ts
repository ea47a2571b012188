import type { Settings } from '../config/settings.ts'

/** How a rollout can end. Only the first two are a success. */
export type Outcome =
  | 'deployed'
  | 'unchanged'
  | 'refused'
  | 'rolled back'
  | 'rolled back with data'
  | 'abandoned'
  | 'needs a human'

/** What came of a rollout, as the ledger keeps it. */
export type ReleaseEntry = {
  readonly outcome: Outcome
  readonly target: string
  readonly version: string
  readonly revision: string
  /** The image's id. */
  readonly image: string
  /** What the registry knows it by, where it came from one. */
  readonly digest?: string | undefined
  readonly release: string
  /** The release whatever its volumes are called; entries from before data were part of it have none. */
  readonly base?: string
  /** The environment that it was for; entries from before there were several have none. */
  readonly env?: string
  /** What its images are called. */
  readonly repository?: string
  /** The snapshot of the data as it found them; empty where none was taken. */
  readonly snapshot?: string
  readonly rehearsal?: Rehearsal | undefined
  /** The release that served before; empty where none did. */
  readonly from: string
  readonly by: string
  /** When it began, in ISO 8601. */
  readonly at: string
  readonly ms: number
  /** Requests that had to be cut. */
  readonly cut: number
  /** Milliseconds that requests were held at most. */
  readonly held: number
  /** Why it did not come to be; empty where it did. */
  readonly because: string
}

/** What a rehearsal has shown: whether the version before can go on from data that this one has had, and what it changes. */
export type Rehearsal = { readonly needsData: boolean; readonly because: string; readonly changes: readonly string[] }

/** The line for a person: what serves now, and where. */
export function renderEntry({ outcome, version, cut, held }: ReleaseEntry, { BIND, PORT }: Settings): string {
  const url = `http://${BIND === '0.0.0.0' ? 'localhost' : BIND}:${PORT}`
  const notes = [
    held > 0 && `requests held for ${(held / 1000).toFixed(2)} s`,
    cut > 0 && `${cut} ${cut === 1 ? 'request' : 'requests'} cut`,
  ]
  return [`${outcome}: ${version} at ${url}`, ...notes.filter(Boolean)].join(', ')
}

/**
 * The good releases that one can go back to, the current one first: what was deployed, in the order of its last
 * deploy, without those that were rolled back from.
 */
export function goodReleases(entries: readonly ReleaseEntry[]): ReleaseEntry[] {
  let stack: ReleaseEntry[] = []
  for (const entry of entries) {
    if (entry.outcome !== 'deployed') continue
    stack = stack.filter(
      (one) => baseOf(one) !== baseOf(entry) && !(entry.target === 'rollback' && one.release === entry.from),
    )
    stack.push(entry)
  }
  return stack.reverse()
}

// One release over other volumes is the same to go back to.
const baseOf = ({ base, release }: ReleaseEntry) => base ?? release
