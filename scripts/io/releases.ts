import type { Release } from '../core/release.ts'
import type { ReleaseEntry } from '../core/release-entry.ts'
import type { Config } from './config.ts'
import { appendLedger, readRecords } from './ledger.ts'

const FILE = 'releases.jsonl'
type Result = Pick<ReleaseEntry, 'target' | 'from' | 'outcome' | 'because' | 'cut' | 'held'> & {
  readonly release: Release
  /** In milliseconds. */
  readonly started: number
}

/** Writes what came of a rollout into the ledger, and gives it. What changed nothing is no history. */
export function recordRelease({ PROJECT, caller }: Config, { release, started, ...result }: Result): ReleaseEntry {
  const { id, version, revision } = release.image
  const times = { at: new Date(started).toISOString(), ms: Date.now() - started }
  const entry = { ...result, version, revision, image: id, release: release.id, by: caller, ...times }
  if (result.outcome !== 'unchanged') appendLedger(PROJECT, FILE, entry)
  return entry
}

/** All releases of a project, oldest first. */
export const readReleases = (project: string): ReleaseEntry[] => readRecords<ReleaseEntry>(project, FILE)
