import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { Failure } from '../../cli/failure.ts'
import { variable } from '../../cli/io/environment.ts'
import { inheritDescriptor, tryExec } from '../../cli/io/exec.ts'
import { log } from '../../cli/io/log.ts'
import { ledgerPath, shared } from './ledger.ts'

/** The project whose lock is taken, the seconds to wait for it, and the person who takes it. */
export type Claim = { readonly PROJECT: string; readonly WAIT: number; readonly caller: string }
// What lock.holder says, for people only: the kernel knows who has the lock, and this file may be out of date.
type Holder = {
  readonly target: string
  readonly caller: string
  readonly host: string
  readonly pid: number
  readonly since: string
}

/**
 * Takes the project's lock for the rest of this process. The kernel frees it when this process and every command that it started
 * have ended, however they ended. Waits WAIT seconds at most; throws a Failure that names the holder.
 */
export async function takeLock(claim: Claim, target: string): Promise<void> {
  const { PROJECT, WAIT } = claim
  if (await tryLock({ ...claim, WAIT: 0 }, target)) return
  const holder = describeHolder(ledgerPath(PROJECT, 'lock'))
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
  inheritDescriptor(descriptor)
  const holder: Holder = { target, caller, host: hostname(), pid: process.pid, since: new Date().toISOString() }
  try {
    shared(() => writeFileSync(`${path}.holder`, JSON.stringify(holder)))
  } catch {
    // A full disk must not keep `prune` from making room. Others then read less about the holder.
  }
  return true
}

function describeHolder(path: string): string {
  try {
    const { target, caller, host, pid, since } = JSON.parse(readFileSync(`${path}.holder`, 'utf8')) as Holder
    return `make ${target} of ${caller} (process ${pid} on ${host}) holds the project since ${since}`
  } catch {
    return 'another run holds the project'
  }
}

/** Takes the engine's lock of test runs, since each removes what crashed ones left. `make check` has it for the runs that it starts. */
export async function takeTestLock(claim: Claim, target: string): Promise<void> {
  if (variable('DARTAGNAN_CHECK') === undefined) await takeLock({ ...claim, PROJECT: '.tests' }, target)
}
