import type { Release } from '../core/release.ts'
import type { Config } from '../io/config.ts'
import { appendLedger } from '../io/ledger.ts'

export type Entry = {
  readonly outcome: 'deployed' | 'unchanged' | 'failed'
  readonly version: string
  readonly revision: string
  readonly image: string
  readonly release: string
  readonly by: string
  readonly at: string
  readonly ms: number
  /** Requests that had to be cut. */
  readonly cut: number
}

/** Writes what came of a deploy into the ledger, and gives it. What changed nothing is no history. */
export function recordRelease(
  config: Config,
  release: Release,
  started: Date,
  outcome: Entry['outcome'],
  cut = 0,
): Entry {
  const { id, version, revision } = release.image
  const ms = Date.now() - started.getTime()
  const entry = {
    outcome,
    version,
    revision,
    image: id,
    release: release.id,
    by: config.caller,
    at: started.toISOString(),
    ms,
    cut,
  }
  if (outcome !== 'unchanged') appendLedger(config.PROJECT, 'releases.jsonl', entry)
  return entry
}

/** The line for a person: what serves now, and where. */
export function renderEntry({ outcome, version, cut }: Entry, { BIND, PORT }: Config): string {
  return `${outcome}: ${version} at http://${BIND === '0.0.0.0' ? 'localhost' : BIND}:${PORT}${cut > 0 ? `, ${cut} requests cut` : ''}`
}
