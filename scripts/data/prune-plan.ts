import { goodReleases, type ReleaseEntry } from '../release/history.ts'
import type { Removal } from '../release/prune-images.ts'
import { holdsDataOf, lastVerified, type Snapshot, shortSnapshot, type Verification } from './snapshot.ts'

export type DataObserved = {
  readonly entries: readonly ReleaseEntry[]
  readonly snapshots: readonly Snapshot[]
  readonly verifications: readonly Verification[]
  /** The ids that KEEP_SNAPSHOTS would not keep. */
  readonly expired: readonly string[]
  /** The project's data volumes, and those that each release mounts, by its id. */
  readonly volumes: readonly string[]
  readonly namesOf: Readonly<Record<string, readonly string[]>>
  /** The volumes that stand for a key now, also for keys that only an earlier release mounts. */
  readonly current?: readonly string[]
}
export type DataPlan = {
  readonly removals: readonly Removal[]
  readonly kept: readonly { name: string; because: string }[]
}

/**
 * Plans which snapshots and volumes go: the snapshots that neither the policy nor a rollback to the last `keep` good
 * releases needs, and the volumes that a restore has replaced. Such a volume stays, unless a verified snapshot has its
 * data, or `unsaved` is set.
 */
export function planData(observed: DataObserved, keep: number, unsaved: boolean): DataPlan {
  const { entries, snapshots, verifications, expired, volumes, namesOf } = observed
  const good = goodReleases(entries)
  const isVerified = ({ id }: Snapshot) => verifications.some((verification) => verification.id === id)
  const newest = (of: (snapshot: Snapshot) => boolean) =>
    lastVerified(snapshots.filter(of), verifications) ?? snapshots.findLast(of)
  const needed = [newest(() => true), ...good.slice(0, keep).map((entry) => newest(holdsDataOf(entry)))].map(
    (snapshot) => snapshot?.id,
  )
  const forgotten = snapshots
    .filter(({ id }) => expired.includes(id) && !needed.includes(id))
    .map((one): Removal => {
      const name = `${shortSnapshot(one.id)} (${one.version})`
      return {
        what: 'snapshot',
        id: one.id,
        name,
        references: [],
        bytes: one.added,
        because: 'the policy (KEEP_SNAPSHOTS)',
      }
    })
  // Where the volumes of the current release are not known, no volume is known to be replaced.
  const current = namesOf[good[0]?.release ?? ''] ?? []
  const replaced =
    current.length === 0 ? [] : volumes.filter((name) => ![...current, ...(observed.current ?? [])].includes(name))
  // The release that took its place made a snapshot of it first. That one must be left: an earlier one lacks its last
  // data.
  const deployed = entries.filter(({ outcome }) => outcome === 'deployed')
  const isSafe = (name: string) => {
    const successor = deployed[deployed.findLastIndex(({ release }) => namesOf[release]?.includes(name)) + 1]
    const isKnown = Boolean(namesOf[successor?.release ?? '']?.length)
    const isLeft = (one: Snapshot) => isVerified(one) && !forgotten.some(({ id }) => id === one.id)
    return isKnown && snapshots.some((one) => one.id === successor?.snapshot && isLeft(one))
  }
  const going = replaced.filter((name) => unsaved || isSafe(name))
  return {
    removals: [
      ...going.map((name): Removal => {
        const because = isSafe(name) ? 'replaced; a snapshot has its data' : 'replaced (FORCE=unsaved-volume)'
        return { what: 'volume', id: name, name, references: [], bytes: 0, because }
      }),
      ...forgotten,
    ],
    kept: replaced
      .filter((name) => !going.includes(name))
      .map((name) => ({
        name,
        because: 'no verified snapshot has what it holds; make prune FORCE=unsaved-volume removes it',
      })),
  }
}
