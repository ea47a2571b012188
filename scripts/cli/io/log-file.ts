import { appendFileSync, closeSync, mkdirSync, openSync, readSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { variable } from './environment.ts'
import { written } from './places.ts'

// A host that runs targets for another one, and the guard, have no checkout that anybody reads.
const FILE = variable('DARTAGNAN_REMOTE') || variable('DARTAGNAN_GUARD') ? undefined : written('reports/last.log')
let log: string | undefined
let early = ''

/** The file with all that this call of Make has done; undefined where nothing was. */
export const logFile = (): string | undefined => log

/** Adds to the log. What only looks leaves the log of what was done before. */
export function keep(text: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what a colour begins with
  const plain = text.replace(/\x1b\[[\d;]*m/g, '')
  if (log === undefined) early += plain
  else
    try {
      appendFileSync(log, plain, { mode: 0o600 })
    } catch {
      // Somebody has removed the folder, or the disk is full: the target goes on.
    }
}

/** Begins the log. All targets of one call of Make write into one: its first line names the call. */
export function beginLog(): void {
  if (log !== undefined || FILE === undefined) return
  const call = `# call ${variable('DARTAGNAN_CALL') || process.pid}\n`
  try {
    mkdirSync(dirname(FILE), { recursive: true })
    if (readBeginning(FILE, call.length) !== call) writeFileSync(FILE, call, { mode: 0o600 })
    appendFileSync(FILE, early)
    log = FILE
  } catch {
    // A checkout that cannot be written to has no log.
  }
}

function readBeginning(path: string, bytes: number): string {
  try {
    const file = openSync(path, 'r')
    const piece = Buffer.alloc(bytes)
    const read = readSync(file, piece, 0, bytes, 0)
    closeSync(file)
    return piece.toString('utf8', 0, read)
  } catch {
    return ''
  }
}
