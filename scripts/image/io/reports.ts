import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Failure } from '../../cli/failure.ts'
import { log } from '../../cli/io/log.ts'
import { written } from '../../cli/io/places.ts'
import { renderBytes } from '../../cli/table.ts'
import { readOrWarn, writeLedger } from '../../state/io/ledger.ts'
import { isTexts } from '../../state/records.ts'
import { reportsFile } from '../evidence.ts'
import { isTestReport, tooLarge } from '../junit.ts'

/** Where JUnit files and summaries go: a folder that git ignores. */
export const REPORTS = written('reports')
export const SUMMARY = join(REPORTS, 'summary.md')
/** The table that `make proof` writes. */
export const PROOF_PAGE = join(REPORTS, 'proof.md')

// The kept files, by name.
type Kept = Readonly<Record<string, string>>

/** Empties the folder of reports: a CI server may keep the checkout, with the reports of an earlier job. */
export const emptyReports = (): void =>
  changing(() => {
    rmSync(REPORTS, { recursive: true, force: true })
    mkdirSync(REPORTS, { recursive: true })
  })

/** Replaces the reports of the image that was tested before by those of another: JUnit files by name. */
export const replaceTestReports = (kept: Kept = {}): void =>
  changing(() => {
    mkdirSync(REPORTS, { recursive: true })
    for (const name of listTestReports()) rmSync(join(REPORTS, name))
    // A name from the ledger must not lead out of the folder.
    for (const [name, text] of Object.entries(kept).filter(([name]) => isTestReport(name)))
      writeFileSync(join(REPORTS, name), text, 'latin1')
  })

/**
 * Keeps the JUnit files of an image's tests beside its evidence. Leaves out files that are too large, with a warning.
 */
export function keepReports(project: string, image: string): void {
  const files = listTestReports().map((name) => ({ name, bytes: statSync(join(REPORTS, name)).size }))
  const left = tooLarge(files)
  for (const { name, bytes } of left)
    log.warn(`${REPORTS}/${name} is too large to be kept with the evidence: ${renderBytes(bytes)}`)
  // Latin-1 has a character for each byte, so that a file in any encoding reads back unchanged.
  const kept = files
    .filter((file) => !left.includes(file))
    .map(({ name }) => [name, readFileSync(join(REPORTS, name), 'latin1')] as const)
  writeLedger(project, reportsFile(image), Object.fromEntries(kept))
}

/** Puts back the JUnit files that are kept with an image's evidence. Evidence from a bundle has none. */
export function restoreReports(project: string, image: string): void {
  const kept = readOrWarn(isTexts, project, ...reportsFile(image))
  replaceTestReports(kept)
  log.detail(kept ? `${REPORTS} has the JUnit files of that run again` : 'no JUnit files of that run are kept')
}

const listTestReports = () => readdirSync(REPORTS).filter(isTestReport)

function changing(change: () => void): void {
  try {
    change()
  } catch (cause) {
    throw new Failure(`the folder ${REPORTS} cannot be written: ${(cause as Error).message}`, {
      next: `sudo rm -r ${REPORTS}   (another user's job has left it), then run the command again`,
      cause,
    })
  }
}
