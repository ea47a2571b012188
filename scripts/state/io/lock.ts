import { closeSync, existsSync, fstatSync, openSync, statSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import * as v from 'valibot'
import { digest } from '../../cli/digest.ts'
import { Failure } from '../../cli/failure.ts'
import { variable } from '../../cli/io/environment.ts'
import { inheritDescriptor, tryExec } from '../../cli/io/exec.ts'
import { log } from '../../cli/io/log.ts'
import { readPlainFile } from '../../cli/io/plain-file.ts'
import { tryJson } from '../../cli/parse.ts'
import { ledgerPath, noteFormat, shared } from './ledger.ts'

/** The project whose lock is taken, the seconds to wait for it, and the person who takes it. */
export type Claim = { readonly PROJECT: string; readonly WAIT: number; readonly caller: string }
// What lock.holder says, for people only: the kernel knows who has the lock, and this file may be out of date.
const text = v.string()
const HOLDER = v.object({ target: text, caller: text, host: text, pid: v.number(), since: text })
type Holder = v.InferOutput<typeof HOLDER>

/**
 * Takes the project's lock for the rest of this process. The kernel frees it when this process and every command that it started
 * have ended, however they ended. Waits WAIT seconds at most; throws a Failure that names the holder.
 */
export async function takeLock(claim: Claim, target: string, what?: string): Promise<void> {
  const { PROJECT, WAIT } = claim
  if (await tryLock({ ...claim, WAIT: 0 }, target)) return
  const holder = describeHolder(ledgerPath(PROJECT, 'lock'), what)
  if (WAIT > 0) log.note(`${holder}: waiting for it to end, ${WAIT} s at most`)
  if (WAIT > 0 && (await tryLock(claim, target))) return
  throw new Failure(`${target} cannot start: ${holder}`, { next: `make ${target} WAIT=60   (waits for it to end)` })
}

/** As takeLock, but gives whether the lock was free within WAIT seconds. */
export async function tryLock({ PROJECT, WAIT, caller }: Claim, target: string): Promise<boolean> {
  const path = ledgerPath(PROJECT, 'lock')
  const descriptor = shared(() => openSync(path, 'a+'))
  // flock(1) locks the open file that it inherits as descriptor 3; the lock stays with ours when it ends.
  const argv = ['flock', '--timeout', String(WAIT), '3'] as const
  if ((await tryExec(argv, { quiet: true, inherit: descriptor })).exitCode !== 0) {
    closeSync(descriptor)
    return false
  }
  // Somebody removed the file meanwhile: another run may have locked its successor.
  if (!isSame(path, descriptor)) {
    closeSync(descriptor)
    return await tryLock({ PROJECT, WAIT, caller }, target)
  }
  inheritDescriptor(descriptor)
  held.push({ path, descriptor })
  const holder: Holder = { target, caller, host: hostname(), pid: process.pid, since: new Date().toISOString() }
  try {
    shared(() => writeFileSync(`${path}.holder`, JSON.stringify(holder)))
    noteFormat(PROJECT)
  } catch {
    // A full disk must not keep `prune` from making room. Others then read less about the holder.
  }
  return true
}

const held: { readonly path: string; readonly descriptor: number }[] = []
const isSame = (path: string, descriptor: number) =>
  existsSync(path) && statSync(path).ino === fstatSync(descriptor).ino

/** Throws a Failure where the file of a lock of this process was removed: another run may have taken the lock since. */
export function requireLock(): void {
  const lost = held.find(({ path, descriptor }) => !isSame(path, descriptor))
  if (lost)
    throw new Failure(`the lock ${lost.path} was removed while this run held it, so another run may be going on`, {
      next: 'make status   (and leave the files of the ledger alone)',
    })
}

function describeHolder(path: string, what = 'the project'): string {
  try {
    const holder = tryJson(readPlainFile(`${path}.holder`) ?? '')
    if (!v.is(HOLDER, holder)) return `another run holds ${what}`
    const { target, caller, host, pid, since } = holder
    return `make ${target} of ${caller} (process ${pid} on ${host}) holds ${what} since ${since}`
  } catch {
    return `another run holds ${what}`
  }
}

/** The run of tests that has started this process; undefined for any other process. */
export const currentRun = (): string | undefined => variable('DARTAGNAN_CHECK') || undefined

/**
 * The run of tests that this process belongs to: that of the `make check` which has started it, or that of the project.
 * What tests make carries it in a label or in its name.
 */
export const testRun = (project = ''): string => currentRun() ?? digest(project, 6)

const lockOf = (run: string) => `.tests-${run}`

/**
 * Takes the lock of a project's tests: each run removes what a crashed one has left. `make check` has it for the runs that
 * it starts: gives whether this run has taken it. Throws a Failure that names the holder.
 */
export async function takeTestLock(claim: Claim, target: string): Promise<boolean> {
  if (currentRun()) return false
  await takeLock({ ...claim, PROJECT: lockOf(testRun(claim.PROJECT)) }, target, `the tests of ${claim.PROJECT}`)
  return true
}

/** Does `work` while no such run of tests is alive: the kernel frees a dead one's lock. Gives whether it did. */
export async function whereDead(run: string, work: () => Promise<void>): Promise<boolean> {
  const descriptor = shared(() => openSync(ledgerPath(lockOf(run), 'lock'), 'a+'))
  try {
    const { exitCode } = await tryExec(['flock', '--nonblock', '3'], { quiet: true, inherit: descriptor })
    if (exitCode !== 0) return false
    await work()
    return true
  } finally {
    closeSync(descriptor)
  }
}
