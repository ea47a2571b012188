import { mkdirSync, rmSync } from 'node:fs'
import { Failure } from '../core/failure.ts'
import { REPORTS } from '../core/reports.ts'

/** Empties the folder of reports: a server may keep the checkout, and what an earlier job reported is not this one's. */
export function emptyReports(): void {
  try {
    rmSync(REPORTS, { recursive: true, force: true })
    mkdirSync(REPORTS)
  } catch (cause) {
    throw new Failure(`the folder ${REPORTS} cannot be emptied: ${(cause as Error).message}`, {
      next: `sudo rm -r ${REPORTS}   (another user's job has left it), then: make ci`,
      cause,
    })
  }
}
