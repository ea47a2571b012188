import { Failure } from '../../cli/failure.ts'
import type { Forced } from '../../config/options.ts'
import { isRunLog, type RunLog } from '../run-log.ts'
import { hasLedger, readLedger, removeLedger, setAsideLedger, writeLedger } from './ledger.ts'

const FILE = 'journal.json'

/** Writes what is about to be done, durably, before it is done. */
export const writeRunLog = (project: string, runLog: RunLog): void => writeLedger(project, [FILE], runLog)

/**
 * What a killed run was about to do; undefined where the last one ended, well or not. Ask with the lock held. Throws a
 * Failure where it cannot be read: then nothing may be changed, unless FORCE=run-log sets it aside.
 */
export function readRunLog(project: string, forced: Forced = new Set()): RunLog | undefined {
  try {
    const runLog = readLedger(isFormatted, project, FILE)
    if (runLog === undefined) return undefined
    if (runLog.format !== 1)
      throw setAside('is of another version of the toolkit', 'run it again with that version, or: ')
    if (!isRunLog(runLog)) throw setAside('is damaged')
    const lost = [runLog.release, runLog.from].find((id) => id !== '' && !hasLedger(project, 'releases', `${id}.json`))
    if (lost !== undefined) throw setAside(`names the release ${lost}, which the ledger no longer has`)
    return runLog
  } catch (error) {
    if (!forced.has('run-log')) throw error
    setAsideLedger(project, FILE)
    return undefined
  }
}

const isFormatted = (value: unknown): value is { format: unknown } =>
  typeof value === 'object' && value !== null && 'format' in value
const setAside = (problem: string, before = '') =>
  new Failure(`the run log ${problem}`, { next: `${before}make deploy FORCE=run-log   (sets it aside)` })

/** Whether a run is at work, or was killed. */
export const hasRunLog = (project: string): boolean => hasLedger(project, FILE)

/** Says that a run has ended: nothing is left to finish or undo. */
export const closeRunLog = (project: string): void => removeLedger(project, FILE)
