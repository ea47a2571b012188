import { openSync, readFileSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { Failure } from '../core/failure.ts'
import { inheritDescriptor, tryExec } from './exec.ts'
import { ledgerPath, shared } from './ledger.ts'

export type Holder = {
  readonly target: string
  readonly caller: string
  readonly host: string
  readonly pid: number
  readonly since: string
}

/**
 * Takes the project's lock for the rest of this process. The kernel owns it: it is freed when this process and every
 * command that it started are gone, however they went. Throws a Failure that names the holder.
 */
export async function takeLock(project: string, target: string, caller: string): Promise<void> {
  const path = ledgerPath(project, 'lock')
  const descriptor = shared(() => openSync(path, 'a+'))
  inheritDescriptor(descriptor)
  // flock(1) locks the open file that it inherits as descriptor 3; the lock stays with ours when it ends.
  const taken = await tryExec(['flock', '--nonblock', '3'], { quiet: true })
  if (taken.exitCode !== 0)
    throw new Failure(`${target} cannot start: ${describeHolder(path)}`, {
      next: `wait for it to end, then: make ${target}`,
    })
  const holder: Holder = { target, caller, host: hostname(), pid: process.pid, since: new Date().toISOString() }
  shared(() => writeFileSync(`${path}.holder`, JSON.stringify(holder)))
}

function describeHolder(path: string): string {
  try {
    const { target, caller, host, pid, since } = JSON.parse(readFileSync(`${path}.holder`, 'utf8')) as Holder
    return `make ${target} of ${caller} (process ${pid} on ${host}) holds the project since ${since}`
  } catch {
    return 'another run holds the project'
  }
}

/** Takes the engine's lock of test runs, unless `make check` started this one and holds it: a run removes what crashed ones left. */
export async function takeTestLock(target: string, caller: string): Promise<void> {
  if (process.env['DARTAGNAN_CHECK'] === undefined) await takeLock('.tests', target, caller)
}
