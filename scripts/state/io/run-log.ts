import { Failure } from '../../cli/failure.ts'
import type { Journal } from '../run-log.ts'
import { readLedger, removeLedger, setAsideLedger, writeLedger } from './ledger.ts'

const FILE = 'journal.json'

/** Writes what is about to be done, durably, before it is done. */
export const writeJournal = (project: string, journal: Journal): void => writeLedger(project, [FILE], journal)

/**
 * What a killed run was about to do; undefined where the last one ended, well or not. Ask with the lock held. Throws a
 * Failure where it cannot be read: then nothing may be changed, unless `force` sets it aside.
 */
export function readJournal(project: string, force = false): Journal | undefined {
  try {
    const journal = readLedger<Journal>(project, FILE)
    if (journal === undefined || (journal as { format?: number }).format === 1) return journal
    throw new Failure('the journal is of another version of the toolkit', {
      next: 'run it again with that version, or: make deploy FORCE=1   (sets it aside)',
    })
  } catch (error) {
    if (!force) throw error
    setAsideLedger(project, FILE)
    return undefined
  }
}

/** Says that a run has ended: nothing is left to finish or undo. */
export const closeJournal = (project: string): void => removeLedger(project, FILE)
