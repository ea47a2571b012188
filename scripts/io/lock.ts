import { openSync, readFileSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { Failure } from '../core/failure.ts'
import { inheritDescriptor, tryExec } from './exec.ts'
import { ledgerPath, shared } from './ledger.ts'

/** Whose lock is taken, for whom, and how many seconds to wait for it. */
export type Claim = { readonly PROJECT: string; readonly WAIT: number; readonly caller: string }
export type Holder = {
  readonly target: string
  readonly caller: string
  readonly host: string
  readonly pid: number
  readonly since: string
}

/**
 * Takes the project's lock for the rest of this process. The kernel owns it: it is freed when this process and every
 * command that it started are gone, however they went. Waits WAIT seconds at most; throws a Failure that names the holder.
 */
export async function takeLock({ PROJECT, WAIT, caller }: Claim, target: string): Promise<void> {
  const path = ledgerPath(PROJECT, 'lock')
  const descriptor = shared(() => openSync(path, 'a+'))
  inheritDescriptor(descriptor)
  // flock(1) locks the open file that it inherits as descriptor 3; the lock stays with ours when it ends.
  const taken = await tryExec(['flock', '--timeout', String(WAIT), '3'], { quiet: true })
  if (taken.exitCode !== 0)
    throw new Failure(`${target} cannot start: ${describeHolder(path)}`, {
      next: `make ${target} WAIT=60   (waits for it to end)`,
    })
  const holder: Holder = { target, caller, host: hostname(), pid: process.pid, since: new Date().toISOString() }
  shared(() => writeFileSync(`${path}.holder`, JSON.stringify(holder)))
}

/** Whether a run holds the project now. */
export async function isHeld(project: string): Promise<boolean> {
  return (await tryExec(['flock', '--nonblock', ledgerPath(project, 'lock'), 'true'], { quiet: true })).exitCode !== 0
}

function describeHolder(path: string): string {
  try {
    const { target, caller, host, pid, since } = JSON.parse(readFileSync(`${path}.holder`, 'utf8')) as Holder
    return `make ${target} of ${caller} (process ${pid} on ${host}) holds the project since ${since}`
  } catch {
    return 'another run holds the project'
  }
}

/** Takes the engine's lock of test runs, unless `make check` holds it and started this one: a run removes what crashed ones left. */
export async function takeTestLock(claim: Claim, target: string): Promise<void> {
  if (process.env['DARTAGNAN_CHECK'] === undefined) await takeLock({ ...claim, PROJECT: '.tests' }, target)
}
