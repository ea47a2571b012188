import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Failure } from '../../cli/failure.ts'
import { log } from '../../cli/io/log.ts'
import { renderBytes } from '../../cli/table.ts'
import { readLedger, writeLedger } from '../../state/io/ledger.ts'
import { reportsFile } from '../evidence.ts'
import { isTestReport, REPORTS, tooLarge } from '../junit.ts'

// What was kept, by name.
type Kept = Readonly<Record<string, string>>

/** Empties the folder of reports: a server may keep the checkout, and what an earlier job reported is not this one's. */
export const emptyReports = (): void =>
  changing(() => {
    rmSync(REPORTS, { recursive: true, force: true })
    mkdirSync(REPORTS)
  })

/** Removes the reports of the image that was tested before, and puts those of another in their place: JUnit files by name. */
export const replaceTestReports = (kept: Kept = {}): void =>
  changing(() => {
    mkdirSync(REPORTS, { recursive: true })
    for (const name of listTestReports()) rmSync(join(REPORTS, name))
    for (const [name, text] of Object.entries(kept)) writeFileSync(join(REPORTS, name), text, 'latin1')
  })

/** Keeps the JUnit files of an image's tests beside its evidence. What is too large is left out, and said. */
export function keepReports(project: string, image: string): void {
  const files = listTestReports().map((name) => ({ name, bytes: statSync(join(REPORTS, name)).size }))
  const left = tooLarge(files)
  for (const { name, bytes } of left)
    log.warn(`${REPORTS}/${name} is too large to be kept with the evidence: ${renderBytes(bytes)}`)
  // Latin-1 has a character for each byte: what is read back is what was written, whatever its encoding.
  const kept = files
    .filter((file) => !left.includes(file))
    .map(({ name }) => [name, readFileSync(join(REPORTS, name), 'latin1')] as const)
  writeLedger(project, reportsFile(image), Object.fromEntries(kept))
}

/** Puts the JUnit files that are kept with an image's evidence back. Evidence that a bundle brought has none. */
export function restoreReports(project: string, image: string): void {
  const kept = readLedger<Kept>(project, ...reportsFile(image))
  replaceTestReports(kept)
  log.note(kept ? `${REPORTS} has the JUnit files of that run again` : 'no JUnit files of that run are kept')
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
