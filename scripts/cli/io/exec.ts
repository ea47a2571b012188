import { constants } from 'node:os'
import type { Readable } from 'node:stream'
import { type ProcessOutput, type ProcessPromise, quote, $ as zx } from 'zx/core'
import type { Argv } from '../argv.ts'
import { Failure } from '../failure.ts'
import { childVariables } from './environment.ts'
import { log } from './log.ts'

export type ExecOptions = {
  /** What the command reads; without it, nothing. */
  input?: string | Readable
  env?: Readonly<Record<string, string | undefined>>
  cwd?: string
  /** Do not print the command: for reads, and for what a loop repeats. */
  quiet?: boolean
  /** Seconds after which it is ended: hasTimedOut. */
  timeout?: number
  /** Show the command's stderr as it comes: progress. */
  follow?: boolean
  /** The input is a secret: it is not printed. */
  secret?: boolean
  /** Is given what the command prints, piece by piece. */
  tap?: (stream: 'stdout' | 'stderr', piece: Buffer) => void
  /** A file descriptor that this command holds as well, as its number 3. */
  inherit?: number
}
export type Executed = { readonly stdout: string; readonly stderr: string; readonly exitCode: number }
/** Whether a command was ended for want of time: what timeout(1) says then, and where it had to kill. */
export const hasTimedOut = ({ exitCode }: Executed): boolean => exitCode === 124 || exitCode === 137

/** Runs argv without a user's value ever being code, and gives its output. Throws a Failure when it exits non-zero. */
export async function exec(argv: Argv, options: ExecOptions = {}): Promise<Executed> {
  const result = await tryExec(argv, options)
  if (result.exitCode === 0) return result
  throw new Failure(`${argv.slice(0, 3).join(' ')} … ended with status ${result.exitCode}`, {
    detail: options.follow ? '' : lastLines(result.stderr || result.stdout, 30),
    next: `make doctor   (or paste: ${lineOf(argv)})`,
  })
}

/** As exec, but gives every exit status back. */
export async function tryExec(argv: Argv, options: ExecOptions = {}): Promise<Executed> {
  const input =
    typeof options.input === 'string' && options.input.length < 200 && !options.secret
      ? `printf %s ${quote(options.input)} | `
      : ''
  if (!options.quiet) log.command(`${input}${lineOf(argv)}`)
  const held = options.inherit === undefined ? inherited : [options.inherit]
  // The same program, without the 45 ms that Docker takes to look its plugin up.
  const [program, plugin, ...rest] = argv
  const direct = program === 'docker' && plugin === 'compose' ? ['docker-compose', ...rest] : argv
  // zx's own would need ps, which the toolkit has not.
  const limit = options.timeout === undefined ? [] : ['timeout', '--kill-after=10', String(options.timeout)]
  const started = [...limit, ...direct]
  const child = shell({
    ...(options.input === undefined ? {} : { input: options.input }),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe', ...held],
    env: { ...environment(), ...options.env },
  })`${started}`
  // It may end before it has read all: its status says why.
  if (options.input !== undefined) child.stdin.on('error', () => {})
  if (options.follow) child.stderr.pipe(process.stderr)
  for (const stream of ['stdout', 'stderr'] as const)
    if (options.tap) child[stream].on('data', (piece: Buffer) => options.tap?.(stream, piece))
  return outcome(await child)
}

/** What a command said last. Docker's client tells at length how it has called ssh, and then what that said. */
export const lastWord = (said: string): string => (said.trim().split('\n').at(-1) ?? '').replace(/^.*stderr=/, '')

/**
 * As tryExec, but where it fails and `isTransient` says of what it printed that it may yet succeed, tries three times more,
 * and says so. `makeInput` makes what each of them reads.
 */
export async function execAgain(
  argv: Argv,
  options: ExecOptions,
  isTransient: (said: string) => boolean,
  makeInput?: () => Promise<Readable>,
): Promise<Executed> {
  const once = async () => await tryExec(argv, makeInput ? { ...options, input: await makeInput() } : options)
  let last = await once()
  if (last.exitCode === 0 || !isTransient(last.stderr)) return last
  // The whole of zx takes its time to load: only what needs it pays.
  const { retry, expBackoff } = await import('zx')
  let tries = 0
  const again = async () => {
    tries += 1
    log.warn(`${lastWord(last.stderr)}: trying again, ${tries} of 3`)
    last = await once()
    if (last.exitCode !== 0 && isTransient(last.stderr)) throw new Error(last.stderr)
    return last
  }
  return await retry(3, expBackoff('8s', '1s'), again).catch(() => last)
}

const attached = new Set<ProcessPromise>()
/**
 * Ends what is attached, as Ctrl-C would: a signal that is sent to this process alone has not reached it. What else runs is left
 * to end: a second signal would break off what the first one has asked to end well.
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

/**
 * Runs argv on the caller's own terminal and gives its exit status; with `output` 2, what it prints goes to stderr, and
 * with `input` ignored it has nothing to read. Ctrl-C is the command's to answer.
 */
export async function attach(
  argv: Argv,
  env: Readonly<Record<string, string>> = {},
  output: 'inherit' | 2 = 'inherit',
  input: 'inherit' | 'ignore' = 'inherit',
): Promise<number> {
  log.command(lineOf(argv))
  process.on('SIGINT', () => {})
  const child = shell({ stdio: [input, output, 'inherit'], env: { ...environment(), ...env } })`${argv}`
  attached.add(child)
  try {
    return outcome(await child).exitCode
  } finally {
    attached.delete(child)
  }
}

// A file descriptor that children hold as well, so that a lock lives as long as the last of them.
const inherited: number[] = []
export const inheritDescriptor = (descriptor: number) => inherited.push(descriptor)

// ZX_PREFIX in the environment would run on every call (faults.md): what zx uses is set here and nowhere else.
const shell = zx({
  nothrow: true,
  quiet: true,
  verbose: false,
  shell: '/bin/bash',
  prefix: 'set -euo pipefail;',
  postfix: '',
  quote,
})

function environment(): NodeJS.ProcessEnv {
  // Some tools colour what they print on a CI server; colour is for a terminal.
  return { ...childVariables(), ...(process.stdout.isTTY ? {} : { NO_COLOR: '1' }) }
}

const outcome = ({ stdout, stderr, exitCode, signal }: ProcessOutput): Executed => ({
  stdout,
  stderr: signal === null ? stderr : `${stderr}\nkilled by ${signal}`,
  // As a shell has it: timeout(1) kills itself with what it kills.
  exitCode: exitCode ?? (signal === null ? 1 : 128 + constants.signals[signal]),
})

/** A command as it could be pasted into a shell. */
export const lineOf = (argv: readonly string[]): string => argv.map(quote).join(' ')

const lastLines = (text: string, count: number) => text.trimEnd().split('\n').slice(-count).join('\n')
