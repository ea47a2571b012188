/** What a run was about to do when it wrote this: it is there only while a run is going on, or was killed. */
export type RunLog = {
  readonly format: 1
  readonly target: string
  readonly version: string
  readonly release: string
  /** The release that served before; empty where none did. */
  readonly from: string
  /** The step about to be taken, as its plan describes it, counted from 1. */
  readonly step: string
  readonly number: number
  readonly of: number
  /** The ids of the containers that it had begun to stop: the engine may still be at it. */
  readonly stopping: readonly string[]
  readonly by: string
  /** When this step began, and when the run did. */
  readonly at: string
  readonly since: string
}

/** The line that tells a person of a run that is going on, or was killed. */
export function describeRun({ target, version, step, number, of, by, at }: RunLog, goingOn: boolean): string {
  const state = goingOn ? 'is going on since' : 'was interrupted at'
  return `make ${target} of ${version} by ${by} ${state} ${at}, in step ${number} of ${of} (${step})`
}
