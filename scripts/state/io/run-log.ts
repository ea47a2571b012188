import { Failure } from '../../cli/failure.ts'
import type { Forced } from '../../config/options.ts'
import type { RunLog } from '../run-log.ts'
import { readLedger, removeLedger, setAsideLedger, writeLedger } from './ledger.ts'

const FILE = 'journal.json'

/** Writes what is about to be done, durably, before it is done. */
export const writeRunLog = (project: string, runLog: RunLog): void => writeLedger(project, [FILE], runLog)

/**
 * What a killed run was about to do; undefined where the last one ended, well or not. Ask with the lock held. Throws a
 * Failure where it cannot be read: then nothing may be changed, unless FORCE=run-log sets it aside.
 */
export function readRunLog(project: string, forced: Forced = new Set()): RunLog | undefined {
  try {
    const runLog = readLedger<RunLog>(project, FILE)
    if (runLog === undefined || (runLog as { format?: number }).format === 1) return runLog
    throw new Failure('the run log is of another version of the toolkit', {
      next: 'run it again with that version, or: make deploy FORCE=run-log   (sets it aside)',
    })
  } catch (error) {
    if (!forced.has('run-log')) throw error
    setAsideLedger(project, FILE)
    return undefined
  }
}

/** Says that a run has ended: nothing is left to finish or undo. */
export const closeRunLog = (project: string): void => removeLedger(project, FILE)
