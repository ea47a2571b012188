import { constants } from 'node:os'
import type { Readable } from 'node:stream'
import { type ProcessOutput, quote, $ as zx } from 'zx/core'
import type { Argv } from '../argv.ts'
import { Failure } from '../failure.ts'
import { renderBytes } from '../table.ts'
import { Tail } from '../tail.ts'
import { childVariables } from './environment.ts'
import { escaping } from './escaping.ts'
import { log } from './log.ts'
import { keepOutput, quoteOutput } from './screen.ts'

export type ExecOptions = {
  /** What the command reads; without it, nothing. */
  input?: string | Readable
  env?: Readonly<Record<string, string | undefined>>
  cwd?: string
  /** Do not print the command: for reads, and for commands that a loop repeats. */
  quiet?: boolean
  /** Seconds after which the command is ended; `timedOut` tells. */
  timeout?: number
  /** Show the command's stderr as it comes: progress. */
  follow?: boolean
  /** The input is a secret: do not print it. */
  secret?: boolean
  /** Receives what the command prints, piece by piece. */
  tap?: (stream: 'stdout' | 'stderr', piece: Buffer) => void
  /**
   * How many bytes of each stream to keep, from its end: for a command that is an application's, or whose output is only
   * shown. Without it a command that prints more than can be held fails.
   */
  keep?: number
  /** The next step, by what a command said that failed; undefined where it knows no better one than `make doctor`. */
  next?: (said: string) => string | undefined
  /** A file descriptor that this command also holds, as its number 3. */
  inherit?: number
}
export type Executed = {
  readonly stdout: string
  readonly stderr: string
  readonly exitCode: number
  /** The bytes of both streams that were not kept. */
  readonly dropped?: number
  /** Whether it was ended because it took longer than `timeout`. */
  readonly timedOut?: boolean
}
// A text of Node holds 500 MB at most. Of what was shown already, failures quote the end.
const MOST = 400_000_000
export const FEW = 65_536
export type { ProcessPromise } from 'zx/core'

// timeout(1) exits with 124, or with 137 where it had to kill. A container that was killed, for its memory for instance, does so sooner.
const TIMED_OUT = [124, 137]

/** Runs argv without a user's value ever being code, and gives its output. Throws a Failure when it exits non-zero. */
export async function exec(argv: Argv, options: ExecOptions = {}): Promise<Executed> {
  const result = await tryExec(argv, options)
  if (result.exitCode === 0) return result
  const how = result.timedOut ? `did not end within ${options.timeout} s` : `ended with status ${result.exitCode}`
  throw new Failure(`${argv.slice(0, 3).join(' ')} … ${how}`, {
    detail: options.follow ? quoteOutput(30) : lastLines(result.stderr || result.stdout, 30),
    next: options.next?.(result.stderr) ?? `make doctor${pasteOf(argv)}`,
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
  // The same program, without the 45 ms that Docker takes to look up its plugin.
  const [program, plugin, ...rest] = argv
  const direct = program === 'docker' && plugin === 'compose' ? ['docker-compose', ...rest] : argv
  // zx's own timeout needs ps, which the toolkit image lacks.
  const limit = options.timeout === undefined ? [] : ['timeout', '--kill-after=10', String(options.timeout)]
  const started = [...limit, ...direct]
  const keep = options.keep ?? (options.follow ? FEW : MOST)
  const kept = { stdout: new Tail(keep), stderr: new Tail(keep) }
  const began = performance.now()
  const child = shell({
    store: { stdout: storeIn(kept.stdout), stderr: storeIn(kept.stderr), stdall: storeIn() },
    ...(options.input === undefined ? {} : { input: options.input }),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe', ...held],
    env: { ...environment(), ...options.env },
  })`${started}`
  // The command may end before it has read all its input: its status says why.
  if (options.input !== undefined) child.stdin.on('error', () => {})
  if (options.follow) child.stderr.pipe(escaping()).on('data', keepOutput)
  for (const stream of ['stdout', 'stderr'] as const)
    if (options.tap) child[stream].on('data', (piece: Buffer) => options.tap?.(stream, piece))
  const ended = outcome(await child, kept)
  const isLate = performance.now() - began >= (options.timeout ?? Number.POSITIVE_INFINITY) * 1000
  const result = { ...ended, timedOut: isLate && TIMED_OUT.includes(ended.exitCode) }
  if (!result.dropped || keep < MOST) return result
  throw new Failure(`${argv.slice(0, 3).join(' ')} … printed more than ${renderBytes(MOST)}`, {
    next: `make doctor${pasteOf(argv)}`,
  })
}

/** What zx is to keep of a stream: otherwise all that a command prints, three times. */
export const storeIn = (tail?: Tail): Buffer[] => Object.assign([], { push: (piece: Buffer) => tail?.push(piece) ?? 0 })

/** The last line that a command printed, without the long report of Docker's client on how it called ssh. */
export const lastWord = (said: string): string => (said.trim().split('\n').at(-1) ?? '').replace(/^.*stderr=/, '')

/**
 * As tryExec, but tries up to three times more, and says so, while `isTransient` finds in the output that another try
 * may help. `makeInput` makes the input of each try.
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
  // The whole of zx is slow to load: only a retry pays for it.
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

// File descriptors that children also hold, so that a lock lives as long as the last of them.
const inherited: number[] = []
export const inheritDescriptor = (descriptor: number) => inherited.push(descriptor)

// ZX_PREFIX in the environment would run on every call (faults.md): zx's settings are set here and nowhere else.
export const shell = zx({
  nothrow: true,
  quiet: true,
  verbose: false,
  shell: '/bin/bash',
  prefix: 'set -euo pipefail;',
  postfix: '',
  quote,
})

/** The variables of a command. Some tools colour what they print on a CI server; colour is for a terminal. */
export const environment = (terminal = false): NodeJS.ProcessEnv => ({
  ...childVariables(),
  ...(terminal ? {} : { NO_COLOR: '1' }),
})

type Kept = { readonly stdout: Tail; readonly stderr: Tail }
/** How a command of zx has ended, with what was kept of its output. */
export const outcome = (
  { exitCode, signal }: ProcessOutput,
  kept: Kept = { stdout: new Tail(0), stderr: new Tail(0) },
): Executed => ({
  stdout: kept.stdout.text(),
  stderr: `${kept.stderr.text()}${signal === null ? '' : `\nkilled by ${signal}`}`,
  dropped: kept.stdout.dropped + kept.stderr.dropped,
  // As a shell reports it: timeout(1) ends itself by the signal that ended its command.
  exitCode: exitCode ?? (signal === null ? 1 : 128 + constants.signals[signal]),
})

/** A command as it could be pasted into a shell. */
export const lineOf = (argv: readonly string[]): string => argv.map(quote).join(' ')

// A longer one fills the screen; the log has it.
const pasteOf = (argv: readonly string[]) => (lineOf(argv).length > 120 ? '' : `   (or paste: ${lineOf(argv)})`)

const lastLines = (text: string, count: number) => text.trimEnd().split('\n').slice(-count).join('\n')
