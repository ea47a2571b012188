import type { Config } from '../../config/io/read.ts'
import type { Forced } from '../../config/options.ts'
import { APP } from '../../docker/compose-model.ts'
import type { ContainerState } from '../../docker/container.ts'
import { findImage } from '../../docker/io/engine.ts'
import { appendLedger, readRecords } from '../../state/io/ledger.ts'
import { parseRecords } from '../../state/records.ts'
import { goodReleases, isReleaseEntry, type ReleaseEntry } from '../history.ts'
import { idsOf, type Release } from '../model.ts'
import { hasRelease, loadRelease } from './render.ts'

const FILE = 'releases.jsonl'
type Result = Pick<
  ReleaseEntry,
  'target' | 'from' | 'outcome' | 'because' | 'cut' | 'held' | 'snapshot' | 'rehearsal' | 'steps'
> & {
  readonly release: Release
  /** In milliseconds. */
  readonly started: number
}

/** Writes what came of a rollout into the ledger, and gives it. What changed nothing is no history. */
export function recordRelease(
  { PROJECT, IMAGE_REPOSITORY, ENV, caller }: Config,
  { release, started, ...result }: Result,
): ReleaseEntry {
  const { id, version, revision, digest, built = {} } = release.image
  const others = Object.entries(built).map(([name, one]) => [name, one.digest ? `${one.id}@${one.digest}` : one.id])
  const times = { at: new Date(started).toISOString(), ms: Math.max(0, Date.now() - started) }
  const unit = {
    ...{ env: ENV, repository: IMAGE_REPOSITORY, version, revision, image: id, digest },
    ...(others.length > 0 ? { built: Object.fromEntries(others) as Record<string, string> } : {}),
    ...{ release: release.id, base: release.base },
  }
  const entry = { ...result, ...unit, by: caller, ...times }
  if (result.outcome !== 'unchanged') appendLedger(PROJECT, FILE, entry)
  return entry
}

/**
 * The last good release; undefined before the first. Throws a Failure where its file is lost or damaged; with
 * FORCE=lost-release it is the last one that can be read.
 */
export function lastGood(project: string, forced: Forced = new Set()): Release | undefined {
  const good = goodReleases(readReleases(project))
  const [last] = forced.has('lost-release') ? good.filter(({ release }) => hasRelease(project, release)) : good
  return last && loadRelease(project, last.release)
}

/** The last good release, where its images are still on this engine. */
export async function lastThatCanRun(project: string): Promise<Release | undefined> {
  const release = lastGood(project)
  const found = release ? await Promise.all(Object.values(idsOf(release.image)).map(findImage)) : []
  return found.every(Boolean) ? release : undefined
}

/** The release that serves, or did: the last good one, if anything of the application is there at all. */
export const servedBefore = (
  project: string,
  containers: readonly ContainerState[],
  forced: Forced,
): Release | undefined => (containers.some(({ service }) => service === APP) ? lastGood(project, forced) : undefined)

/** All releases of a project, oldest first. */
export const readReleases = (project: string): ReleaseEntry[] => readRecords(isReleaseEntry, project, FILE)

/** As readReleases, from the text of another engine's file. */
export const parseReleases = (text: string): ReleaseEntry[] => parseRecords(text, isReleaseEntry).records
