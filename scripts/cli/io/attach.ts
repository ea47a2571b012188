import { finished } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Argv } from '../argv.ts'
import { escaping } from './escaping.ts'
import { environment, lineOf, outcome, type ProcessPromise, shell, storeIn } from './exec.ts'
import { log } from './log.ts'
import { keepOutput, leaveScreen, tell, verbose } from './screen.ts'

const attached = new Set<ProcessPromise>()
/**
 * Interrupts the attached commands, as Ctrl-C would: a signal to this process alone does not reach them. All other
 * commands may finish: a second signal would cut short a command that the first one asked to end well.
 */
export function stopAttached(): void {
  for (const { pid } of attached) {
    try {
      if (pid !== undefined) process.kill(pid, 'SIGINT')
    } catch {
      // It has just ended by itself.
    }
  }
}

/** Runs argv, keeps all that it prints with control characters written out, and gives its exit status. */
export async function show(argv: Argv, env: Readonly<Record<string, string>> = {}): Promise<number> {
  log.command(lineOf(argv))
  process.on('SIGINT', () => {})
  const store = { stdout: storeIn(), stderr: storeIn(), stdall: storeIn() }
  const child = shell({ stdio: ['ignore', 'pipe', 'pipe'], env: { ...environment(), ...env }, store })`${argv}`
  const shown = [child.stdout, child.stderr].map((stream) => stream.pipe(escaping()).on('data', keepOutput))
  const [status] = await Promise.all([statusOf(child), ...shown.map((stream) => finished(stream))])
  return status
}

/**
 * Runs argv on the caller's own terminal and gives its exit status. With `output` 2 it prints to stderr; with `input`
 * ignored it has nothing to read. The command itself answers Ctrl-C.
 */
export async function attach(
  argv: Argv,
  env: Readonly<Record<string, string>> = {},
  output: 'inherit' | 2 = 'inherit',
  input: 'inherit' | 'ignore' = 'inherit',
): Promise<number> {
  leaveScreen()
  if (verbose) tell(`$ ${lineOf(argv)}`)
  process.on('SIGINT', () => {})
  const child = shell({
    stdio: [input, output, 'inherit'],
    env: { ...environment(process.stdout.isTTY), ...env },
  })`${argv}`
  return await statusOf(child)
}

async function statusOf(child: ProcessPromise): Promise<number> {
  attached.add(child)
  try {
    const { exitCode } = outcome(await child)
    // A signal to the process group may end the command before this process knows of it, which would go on with the next one.
    if (exitCode > 128) await sleep(100)
    return exitCode
  } finally {
    attached.delete(child)
  }
}
