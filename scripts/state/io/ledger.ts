import { randomUUID } from 'node:crypto'
import {
  appendFileSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { Failure } from '../../cli/failure.ts'
import { log } from '../../cli/io/log.ts'
import { readPlainFile } from '../../cli/io/plain-file.ts'
import { tryJson } from '../../cli/parse.ts'
import { type Check, formatRecord, parseRecords, splitDamaged } from '../records.ts'

// The ledger is a volume of the engine, mounted at /ledger: the state lies where the containers do. A project's folder holds
//   format.json                 the format of all of this
//   lock, lock.holder           the lock of a run, and who has it (lock.ts)
//   journal.json                the step that a run is about to do; only while it runs, or after a kill (run-log.ts)
//   releases/ID.json            each release as a Compose file; releases.jsonl: the outcome of each rollout
//   evidence/ID.json            the tests that an image passed; reports/ID.json: their JUnit files
//   verified/ID.json            the key that signed an image, as this engine verified it
//   secret-key.json             the key of the digests by which a changed secret is seen
//   tags, pushes, loads .jsonl  who tagged, pushed or loaded what, and when
// and the files of the data: which volumes are current, being filled or in the sandbox, and what was verified (data/io/).
const ROOT = '/ledger'

/** Writes so that every caller may write again: callers have different ids, and whoever reaches the ledger commands the engine. */
export function shared<T>(write: () => T): T {
  const before = process.umask(0)
  try {
    return write()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (!code) throw error
    throw new Failure(`the ledger (the volume dartagnan_ledger) cannot be written: ${(error as Error).message}`, {
      next: code === 'ENOSPC' ? 'make prune   (and: df -h)' : 'make doctor',
      cause: error,
    })
  } finally {
    process.umask(before)
  }
}

/** Gives the path of a project's file in the ledger, and makes its folder. */
export function ledgerPath(project: string, ...parts: string[]): string {
  const path = join(ROOT, project, ...parts)
  shared(() => mkdirSync(dirname(path), { recursive: true }))
  return path
}

/** The folder of a project in the ledger. */
export const ledgerFolder = (project: string): string => join(ROOT, project)

/** Lists the projects that have a folder in the ledger. */
export const listLedgers = (): string[] => readdirSync(ROOT)

/** The names of the JSON files in a folder of a project. */
export const listLedger = (project: string, folder: string): string[] => {
  const path = join(ROOT, project, folder)
  return existsSync(path) ? readdirSync(path).filter((name) => name.endsWith('.json')) : []
}

/** Writes a file durably, whole or not at all: after a crash it has the old content or the new. Sets a damaged one aside. */
export function writeLedger(project: string, parts: string[], content: unknown): void {
  const path = ledgerPath(project, ...parts)
  if (existsSync(path) && parseFile(path) === undefined) setAsideLedger(project, ...parts)
  writeWhole(path, `${JSON.stringify(content, null, 2)}\n`)
}

function writeWhole(path: string, text: string): void {
  // Each container's first process has the same number: only chance keeps two from sharing a scratch file.
  const scratch = `${path}.${randomUUID()}`
  shared(() => writeFileSync(scratch, text, { flush: true }))
  shared(() => renameSync(scratch, path))
  sync(dirname(path))
}

/** Whether a project has a file, readable or not. */
export const hasLedger = (project: string, ...parts: string[]): boolean => existsSync(join(ROOT, project, ...parts))

/** Reads a project's file; undefined where there is none. Throws a Failure where it is damaged, or fails the check. */
export function readLedger<T>(check: Check<T>, project: string, ...parts: string[]): T | undefined {
  const path = join(ROOT, project, ...parts)
  if (!existsSync(path)) return undefined
  const content = parseFile(path)
  if (check(content)) return content
  const next = remedies[parts[0] ?? ''] ?? 'put it back from a copy of that volume, or mend it by hand: it is JSON'
  throw new Failure(`${path} in the volume dartagnan_ledger is damaged`, { next })
}

/** As readLedger, but a damaged file counts as none, with one warning: another one, or the engine, knows what it said. */
export function readOrWarn<T>(check: Check<T>, project: string, ...parts: string[]): T | undefined {
  try {
    return readLedger(check, project, ...parts)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    warnOnce(`${error.message}: it is left out`)
    return undefined
  }
}

// Whoever reaches the engine can write there: a pipe would be waited for, and a file of gigabytes read.
const MOST_BYTES = 64_000_000
const readText = (path: string): string => readPlainFile(path, MOST_BYTES) ?? ''

function parseFile(path: string): unknown {
  try {
    return tryJson(readText(path))
  } catch {
    return undefined
  }
}

// What one command can make anew. No command can guess the other files: which volumes hold the data is in them alone.
const tests = 'make test FORCE=retest   (makes it anew)'
const remedies: Readonly<Record<string, string>> = {
  'journal.json': 'make deploy FORCE=run-log   (sets it aside: what runs is read from the engine)',
  releases: 'make deploy FORCE=lost-release   (goes on without it)',
  evidence: tests,
  reports: tests,
}

/** Removes a project's file, if it is there. */
export const removeLedger = (project: string, ...parts: string[]): void =>
  shared(() => rmSync(join(ROOT, project, ...parts), { force: true }))

/** Renames a project's file, so that nothing reads it again and nothing is lost. */
export const setAsideLedger = (project: string, ...parts: string[]): void =>
  shared(() => renameSync(join(ROOT, project, ...parts), join(ROOT, project, `${parts.join('-')}.aside-${Date.now()}`)))

/**
 * Adds one record to an append-only file of one JSON document a line. Damaged lines are moved into a file beside it: a
 * torn last one would spoil the record.
 */
export function appendLedger(project: string, file: string, record: object): void {
  const path = ledgerPath(project, file)
  const text = readText(path)
  const { good, bad } = splitDamaged(text)
  if (bad !== '') {
    shared(() => appendFileSync(`${path}.aside`, bad, { flush: true }))
    log.warn(`the damaged lines of ${path} are in ${file}.aside now`)
  }
  // A whole record whose line has no end would have the next one glued to it.
  if (bad !== '' || !/(^|\n)$/.test(text)) writeWhole(path, good)
  shared(() => appendFileSync(path, formatRecord(record), { flush: true }))
}

const warned = new Set<string>()
function warnOnce(text: string): void {
  if (!warned.has(text)) log.warn(text)
  warned.add(text)
}

/** Reads the records of an append-only file, oldest first. Damaged ones are left out, with a warning that names them. */
export function readRecords<T>(check: Check<T>, project: string, file: string): T[] {
  const path = join(ROOT, project, file)
  const { records, damaged } = parseRecords(readText(path), check)
  if (damaged.length > 0)
    warnOnce(`${path} in the volume dartagnan_ledger is damaged in line ${damaged.join(', ')}: the rest is read`)
  return records
}

// A rename is durable only after its folder is synchronised.
function sync(directory: string): void {
  const handle = openSync(directory, 'r')
  fsyncSync(handle)
  closeSync(handle)
}
