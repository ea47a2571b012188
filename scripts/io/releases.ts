import type { Release } from '../core/release.ts'
import type { ReleaseEntry } from '../core/release-entry.ts'
import type { Config } from './config.ts'
import { appendLedger, readRecords } from './ledger.ts'

const FILE = 'releases.jsonl'

/** Writes what came of a deploy into the ledger, and gives it. What changed nothing is no history. */
export function recordRelease(
  config: Config,
  release: Release,
  started: Date,
  outcome: ReleaseEntry['outcome'],
  cut = 0,
): ReleaseEntry {
  const { id, version, revision } = release.image
  const ms = Date.now() - started.getTime()
  const at = started.toISOString()
  const entry = { outcome, version, revision, image: id, release: release.id, by: config.caller, at, ms, cut }
  if (outcome !== 'unchanged') appendLedger(config.PROJECT, FILE, entry)
  return entry
}

/** All releases of a project, oldest first. */
export const readReleases = (project: string): ReleaseEntry[] => readRecords<ReleaseEntry>(project, FILE)
