import { type Doing, headline, renderEnded, renderLive } from '../live.ts'
import { Tail } from '../tail.ts'
import { variable } from './environment.ts'
import { beginLog, keep } from './log-file.ts'

// Everything a person reads while a target works goes to stderr; stdout is for the result. A terminal has one line that
// lives, for what is done at the moment. Any other reader gets a line for each step once it has ended.
const terminal = process.stderr.isTTY === true
const colour = terminal && !variable('NO_COLOR')
/** Whether all is shown that the log keeps. */
export const verbose = !['', '0', undefined].includes(variable('VERBOSE'))

// A step that was shorter leaves no line. One that takes longer is said at its beginning, where no line lives.
const [SHORT, LONG] = [1000, 2000]
// In bytes, of what the commands of a step have printed.
const QUOTED = 16_384

type Step = Doing & {
  /** Whether the result of the target says what this has come to: then it leaves no line. A command, of no step, never does. */
  readonly passing: boolean | 'command'
  readonly said: Tail
}
let step: Step | undefined
// What a terminal shows between two steps; undefined before the target begins, and once its result is there.
let between: Step | undefined
let timer: NodeJS.Timeout | undefined
// toolkit.sh has written a line before this process was there.
let lives = terminal && variable('DARTAGNAN_CALL') !== undefined

export const paint = (code: number, text: string) => (colour ? `\x1b[${code}m${text}\x1b[0m` : text)

/** Shows a line, and keeps it. */
export function tell(line: string): void {
  keep(`${line}\n`)
  erase()
  process.stderr.write(`${line}\n`)
  draw()
}

/** Keeps a line; shows it with VERBOSE=1 alone. */
export function keepLine(line: string): void {
  beginLog()
  if (verbose) tell(line)
  else keep(`${line}\n`)
}

/** Keeps what a command prints, and shows it with VERBOSE=1. Otherwise the living line shows the last of it. */
export function keepOutput(text: string): void {
  beginLog()
  keep(text)
  if (verbose) process.stderr.write(text)
  step?.said.push(Buffer.from(text))
  sayWaits(headline(text))
}

/** Says what the step waits for, or how far it is: the living line shows it. */
export function sayWaits(waits: string): void {
  if (step && waits) Object.assign(step, { waits })
}

/** Says until when the step may wait, in milliseconds of this process. */
export function sayLimit(until: number): void {
  if (step) Object.assign(step, { until })
}

const makeStep = (text: string, passing: Step['passing']): Step => ({
  ...{ text, passing, since: performance.now(), waits: '', said: new Tail(QUOTED) },
})

/** Shows a target on a terminal from now on, whenever no step says more, until its result is there. */
export function beginTarget(text: string): void {
  if (terminal && !verbose) between = makeStep(text, true)
  rest()
}

/** Ends what is shown of the target. */
export function endTarget(): void {
  between = undefined
  endStep()
}

/** Begins a step; the one before has ended. */
export function beginStep(text: string, passing: Step['passing'] = false): void {
  finishStep()
  step = makeStep(text, passing)
  if (verbose) return
  if (terminal) timer = setInterval(draw, 100).unref()
  else timer = setTimeout(() => tell(`→ ${text}`), LONG).unref()
  draw()
}

/** Whether a step goes on. */
export const isDoing = (): boolean => step !== undefined && step !== between

/** Ends the step that goes on, if any. `text` says what it has come to; one that has failed gets a cross. */
export function endStep(text?: string, failed = false): void {
  finishStep(text, failed)
  rest()
}

function rest(): void {
  if (between === undefined) return
  between = { ...between, waits: '', until: undefined }
  step = between
  timer = setInterval(draw, 100).unref()
  draw()
}

function finishStep(text?: string, failed = false): void {
  const ended = isDoing() ? step : undefined
  erase()
  clearTimeout(timer)
  step = undefined
  if (!ended) {
    if (text !== undefined) tell(`${mark(false)} ${text}`)
    return
  }
  const now = performance.now()
  const leaves =
    (failed && ended.passing !== 'command') || text !== undefined || (!ended.passing && now - ended.since >= SHORT)
  if (!leaves || (verbose && text === undefined)) return
  tell(`${mark(failed)} ${verbose ? text : renderEnded({ ...ended, text: text ?? ended.text }, now)}`)
}

/** Leaves the terminal to a command: what it prints belongs to the step that goes on, whose end nobody sees. */
export function leaveScreen(): void {
  const left = step
  erase()
  clearTimeout(timer)
  step = undefined
  const isSaid = !terminal && left !== undefined && performance.now() - left.since >= LONG
  if (left && !left.passing && !verbose && !isSaid) tell(`→ ${left.text}`)
}

/** The last lines that the commands of this step have printed; empty where they have been shown. */
export const quoteOutput = (lines: number): string =>
  verbose || !step ? '' : step.said.text().trimEnd().split('\n').slice(-lines).join('\n')

/** Writes the target's result to stdout: with it, the step has ended. */
export function showResult(text: string): void {
  endTarget()
  keep(text)
  process.stdout.write(text)
}
/** Waits until the result is written: a pipe takes 64 KB at once, and a process that exits loses the rest. */
export async function flushResult(): Promise<void> {
  if (process.stdout.writableLength > 0) await new Promise((resolve) => process.stdout.write('', resolve))
}

const mark = (failed: boolean) => (failed ? paint(31, '✗') : paint(32, '✓'))

function draw(): void {
  if (!step || !terminal || verbose) return
  erase()
  process.stderr.write(renderLive(step, performance.now(), process.stderr.columns || 80))
  lives = true
}

function erase(): void {
  if (lives) process.stderr.write('\r\x1b[K')
  lives = false
}
