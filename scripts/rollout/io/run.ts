import type { Config } from '../../config/io/read.ts'
import type { Release } from '../../release/model.ts'
import { writeRunLog } from '../../state/io/run-log.ts'
import type { RunLog } from '../../state/run-log.ts'

/** What a run has from its first step to its last, also to those that undo it. */
export type Run = {
  /**
   * Writes down that a step is about to be taken: its text, its number of how many, and what is being stopped by then.
   */
  readonly write: (step: string, number: number, of: number, stopping: readonly string[]) => void
  readonly hook: StepHook
}

/** Is called before a step, while it is taken, and after it. */
export type StepHook = (step: number, moment: 'before' | 'during' | 'after') => Promise<void>

/** Begins a run: its log says from here on which step it is about to take. */
export async function beginRun(
  { PROJECT, caller, options }: Config,
  { target, release, from }: { target: string; release: Release; from: string },
): Promise<Run> {
  const since = new Date().toISOString()
  const { version } = release.image
  const run = { format: 1, target, version, release: release.id, from, by: caller, since } as const
  return {
    write: (step, number, of, stopping) =>
      writeRunLog(PROJECT, { ...run, step, number, of, stopping, at: new Date().toISOString() } satisfies RunLog),
    hook: await loadHook(options.fault),
  }
}

// Tests kill a run at a step, which no timer would hit: the toolkit's own check lets the test rig in, here alone.
async function loadHook(fault: string | undefined): Promise<StepHook> {
  if (fault === undefined) return async () => {}
  return (await import('../../testing/faults.ts')).killAt(fault)
}
