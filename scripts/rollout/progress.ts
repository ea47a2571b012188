import type { BegunSnapshot, FinishedSnapshot, VerifiedSnapshot } from '../data/snapshot-states.ts'
import type { Tally } from '../proxy/error-rate.ts'
import type { Rehearsal, StepTime } from '../release/history.ts'

/** What has come of a run so far. */
export type Progress = {
  /** The number of the step that was begun last, counted from 1. */
  readonly step: number
  /** The ids of the containers that it has begun to stop. */
  readonly stopping: readonly string[]
  /** Whether a step has changed anything but snapshots. */
  readonly touched: boolean
  /** Whether the new version may have written to the data. */
  readonly wrote: boolean
  /** When requests began to wait, in milliseconds of this process; undefined while none do. */
  readonly heldSince: number | undefined
  /** Whether the old version could not answer them either: then nothing is gained by giving up in time for it. */
  readonly behind: boolean
  /** The longest time that requests have waited, in milliseconds. */
  readonly held: number
  /** How many requests were cut. */
  readonly cut: number
  /** What the sets had answered before they were switched, by alias. */
  readonly tallies: Readonly<Record<string, Tally>>
  readonly snapshot: SnapshotState | undefined
  readonly rehearsal: Rehearsal | undefined
  /** How long each step took that came to its end, in their order. */
  readonly took: readonly StepTime[]
}
export type SnapshotState =
  | { readonly is: 'begun'; readonly snapshot: BegunSnapshot }
  | { readonly is: 'finished'; readonly snapshot: FinishedSnapshot }
  | { readonly is: 'verified'; readonly snapshot: VerifiedSnapshot }

/** What happens in a run. Times are in milliseconds of this process: the clock of the host may jump. */
export type RunEvent =
  | {
      readonly what: 'step'
      readonly number: number
      readonly changes: boolean
      readonly mayWrite: boolean
      readonly stopping: readonly string[]
    }
  | { readonly what: 'held'; readonly at: number; readonly behind?: boolean }
  | { readonly what: 'unheld'; readonly at: number }
  | { readonly what: 'cut'; readonly requests: number }
  | { readonly what: 'switched'; readonly tallies: Readonly<Record<string, Tally>> }
  | { readonly what: 'snapshot'; readonly state: SnapshotState }
  | { readonly what: 'rehearsed'; readonly rehearsal: Rehearsal }
  | { readonly what: 'took'; readonly time: StepTime }

export const BEGINNING: Progress = {
  ...{ step: 0, stopping: [], touched: false, wrote: false },
  ...{ heldSince: undefined, behind: false, held: 0, cut: 0, tallies: {}, snapshot: undefined, rehearsal: undefined },
  took: [],
}

/**
 * Where a run begins that undoes another in the same process: its steps are counted on, and requests may still wait.
 */
export const goingBack = ({ step, heldSince }: Progress): Progress => ({ ...BEGINNING, step, heldSince })

/** Adds what has happened to the progress of a run. */
export function addEvent(progress: Progress, event: RunEvent): Progress {
  switch (event.what) {
    case 'step':
      return {
        ...progress,
        step: event.number,
        touched: progress.touched || event.changes,
        wrote: progress.wrote || event.mayWrite,
        stopping: [...progress.stopping, ...event.stopping],
      }
    case 'held':
      return { ...progress, heldSince: progress.heldSince ?? event.at, behind: event.behind ?? false }
    case 'unheld': {
      const waited = progress.heldSince === undefined ? 0 : event.at - progress.heldSince
      return { ...progress, heldSince: undefined, behind: false, held: Math.max(progress.held, waited) }
    }
    case 'cut':
      return { ...progress, cut: progress.cut + event.requests }
    case 'switched':
      return { ...progress, tallies: { ...progress.tallies, ...event.tallies } }
    case 'snapshot':
      return { ...progress, snapshot: event.state }
    case 'rehearsed':
      return { ...progress, rehearsal: event.rehearsal }
    case 'took':
      return { ...progress, took: [...progress.took, event.time] }
  }
}

/** The snapshot that a run has finished, whether it was read back or not; undefined where it has none. */
export const finishedSnapshot = ({ snapshot }: Progress): FinishedSnapshot | undefined =>
  snapshot === undefined || snapshot.is === 'begun' ? undefined : snapshot.snapshot
