import { rmSync } from 'node:fs'
import type { Journal } from '../core/journal.ts'
import { ledgerPath, readLedger, writeLedger } from './ledger.ts'

const FILE = 'journal.json'

/** Writes what is about to be done, durably, before it is done. */
export const writeJournal = (project: string, journal: Journal): void => writeLedger(project, [FILE], journal)

/** What a killed run was about to do; undefined where the last one ended, well or not. Ask with the lock held. */
export const readJournal = (project: string): Journal | undefined => readLedger<Journal>(project, FILE)

/** Says that a run has ended: nothing is left to finish or undo. */
export const closeJournal = (project: string): void => rmSync(ledgerPath(project, FILE), { force: true })
