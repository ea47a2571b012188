import {
  closeSync,
  existsSync,
  fstatSync,
  openSync,
  readlinkSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { hostname } from 'node:os'
import { dirname } from 'node:path'
import * as v from 'valibot'
import { digest } from '../../cli/digest.ts'
import { Failure } from '../../cli/failure.ts'
import { variable } from '../../cli/io/environment.ts'
import { inheritDescriptor, tryExec } from '../../cli/io/exec.ts'
import { log } from '../../cli/io/log.ts'
import { readPlainFile } from '../../cli/io/plain-file.ts'
import { tryJson } from '../../cli/parse.ts'
import { noteFormat } from './format.ts'
import { hasLedger, ledgerPath, removeLedger, shared } from './ledger.ts'

/** The project whose lock is taken, the seconds to wait for it, and the person who takes it. */
export type Claim = { readonly PROJECT: string; readonly WAIT: number; readonly caller: string }
// What lock.holder says, for people: the kernel knows who has the lock. Beside a free lock the file says that its run was
// killed, or has failed.
const text = v.string()
const HOLDER = v.object({
  ...{ target: text, caller: text, host: text, pid: v.number(), since: text },
  /** Where the process has that number: each container counts its own. */
  space: v.optional(text),
})
const ownSpace = readlinkSync('/proc/self/ns/pid')
type Holder = v.InferOutput<typeof HOLDER>

/**
 * Takes the project's lock for the rest of this process. The kernel frees it when this process and every command that it started
 * have ended, however they ended. Waits WAIT seconds at most; throws a Failure that names the holder.
 */
export async function takeLock(claim: Claim, target: string, what?: string): Promise<void> {
  const { PROJECT } = claim
  if (await tryLock({ ...claim, WAIT: 0 }, target)) return
  const holder = describeHolder(PROJECT, what)
  const WAIT = Math.max(claim.WAIT, patienceWith(PROJECT))
  if (WAIT > 0) log.note(`${holder}: waiting for it to end, ${WAIT} s at most`)
  if (WAIT > 0 && (await tryLock({ ...claim, WAIT }, target))) return
  throw new Failure(`${target} cannot start: ${holder}`, { next: `make ${target} WAIT=60   (waits for it to end)` })
}

/** As takeLock, but gives whether the lock was free within WAIT seconds. */
export async function tryLock(claim: Claim, target: string): Promise<boolean> {
  const lock = await openLock(claim.PROJECT, claim.WAIT)
  if (lock === undefined) return false
  inheritDescriptor(lock.descriptor)
  held.push(lock)
  noteHolder(claim, target)
  return true
}

type Lock = { readonly project: string; readonly path: string; readonly descriptor: number }
const held: Lock[] = []
const isSame = ({ path, descriptor }: Lock) => existsSync(path) && statSync(path).ino === fstatSync(descriptor).ino

// Takes a lock within so many seconds; gives undefined where another run has it.
async function openLock(project: string, wait: number): Promise<Lock | undefined> {
  const path = ledgerPath(project, 'lock')
  // An empty folder of that name is what a lock made by mkdir has left: nobody holds it.
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) shared(() => rmdirSync(path))
  const lock = { project, path, descriptor: shared(() => openSync(path, 'a+')) }
  // flock(1) locks the open file that it inherits as descriptor 3; the lock stays with ours when it ends.
  const argv = ['flock', '--timeout', String(wait), '3'] as const
  const isTaken = (await tryExec(argv, { quiet: true, inherit: lock.descriptor })).exitCode === 0
  if (isTaken && isSame(lock)) return lock
  closeSync(lock.descriptor)
  // Somebody removed the file meanwhile: another run may have locked its successor.
  return isTaken ? await openLock(project, wait) : undefined
}

function noteHolder({ PROJECT, caller }: Claim, target: string): void {
  const own = { host: hostname(), pid: process.pid, space: ownSpace }
  const holder: Holder = { target, caller, ...own, since: new Date().toISOString() }
  try {
    shared(() => writeFileSync(ledgerPath(PROJECT, FILE), JSON.stringify(holder)))
    noteFormat(PROJECT)
  } catch {
    // A full disk must not keep `prune` from making room. Others then read less about the holder.
  }
}

/** Says that this run has come to its end, and left nothing behind: whoever finds its lock free need not look. */
export const endRun = (): void => held.forEach(forgetHolder)

function forgetHolder({ project, path }: Lock): void {
  // The lock of tests stands alone in its folder.
  if (project.startsWith(TESTS)) rmSync(dirname(path), { recursive: true, force: true })
  else removeLedger(project, FILE)
}

/** Whether the last run of a project has not said that it left nothing behind: it is at work, was killed, or has failed. */
export const hasOpenEnd = (project: string): boolean => hasLedger(project, FILE)

/** Does `work` while no run of a project is alive: the kernel frees a dead one's lock. Gives whether it did. */
export const whereDead = (claim: Claim, work: () => Promise<void>): Promise<boolean> =>
  tryWithLock({ ...claim, WAIT: patienceWith(claim.PROJECT) }, CLEARING, work)

/** Does `work` with a lock, within WAIT seconds, and frees it. Throws a Failure that names the holder. */
export async function withLock(claim: Claim, target: string, work: () => Promise<void>): Promise<void> {
  if (await tryWithLock(claim, target, work)) return
  throw new Failure(`${target} cannot go on: ${describeHolder(claim.PROJECT)}`, { next: `make ${target}` })
}

async function tryWithLock(claim: Claim, target: string, work: () => Promise<void>): Promise<boolean> {
  const lock = await openLock(claim.PROJECT, claim.WAIT)
  if (lock === undefined) return false
  try {
    noteHolder(claim, target)
    await work()
    forgetHolder(lock)
    return true
  } finally {
    closeSync(lock.descriptor)
  }
}

/** Throws a Failure where the file of a lock of this process was removed: another run may have taken the lock since. */
export function requireLock(): void {
  const lost = held.find((lock) => !isSame(lock))
  if (lost)
    throw new Failure(`the lock ${lost.path} was removed while this run held it, so another run may be going on`, {
      next: 'make status   (and leave the files of the ledger alone)',
    })
}

const FILE = 'lock.holder'
// Finishes, undoes or takes away what a killed run has left, and is soon done.
const CLEARING = 'status'

const readHolder = (project: string): Holder | undefined => {
  try {
    const holder = tryJson(readPlainFile(ledgerPath(project, FILE)) ?? '')
    return v.is(HOLDER, holder) ? holder : undefined
  } catch {
    return undefined
  }
}
// Seconds to wait for who has the lock: for one that is soon done, and for the last command of a process that was killed.
function patienceWith(project: string): number {
  const holder = readHolder(project)
  const isKilled = holder?.space === ownSpace && !existsSync(`/proc/${holder.pid}`)
  return holder?.target === CLEARING || isKilled ? 60 : 0
}

function describeHolder(project: string, what = 'the project'): string {
  const holder = readHolder(project)
  if (holder === undefined) return `another run holds ${what}`
  const { target, caller, host, pid, since } = holder
  return `make ${target} of ${caller} (process ${pid} on ${host}) holds ${what} since ${since}`
}

/** The run of tests that has started this process; undefined for any other process. */
export const currentRun = (): string | undefined => variable('DARTAGNAN_CHECK') || undefined

/**
 * The run of tests that this process belongs to: that of the `make check` which has started it, or that of the project.
 * What tests make carries it in a label or in its name.
 */
export const testRun = (project = ''): string => currentRun() ?? digest(project, 6)

const TESTS = '.tests-'
/** The name under which a run of tests has its lock, as a project has its own. */
export const lockOf = (run: string): string => `${TESTS}${run}`

/**
 * Takes the lock of a project's tests. `make check` has it for the runs that it starts. Throws a Failure that names the
 * holder.
 */
export async function takeTestLock(claim: Claim, target: string): Promise<void> {
  if (currentRun()) return
  await takeLock({ ...claim, PROJECT: lockOf(testRun(claim.PROJECT)) }, target, `the tests of ${claim.PROJECT}`)
}
