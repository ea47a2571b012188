import { printable, printableMessage as say } from '../printable.ts'
import { beginStep, endStep, isDoing, keepLine, paint, sayWaits, tell } from './screen.ts'

export const log = {
  /** A command about to run, as it could be pasted into a shell. */
  command(line: string): void {
    keepLine(paint(2, `$ ${say(line)}`))
    if (!isDoing()) beginStep(say(firstWords(line)), 'command')
  },
  /** A step begins, and the one before has ended. */
  step(text: string, because: string): void {
    keepLine(`${paint(36, '→')} ${say(text)} ${paint(2, `(${say(because)})`)}`)
    beginStep(say(text))
  },
  /** A step begins whose end the result of the target says. */
  doing(text: string): void {
    keepLine(`${paint(36, '→')} ${say(text)}`)
    beginStep(say(text), true)
  },
  /** What the step waits for, or how far it is. */
  waits: (text: string) => sayWaits(say(text)),
  /** What the step has come to. */
  done: (text: string) => endStep(say(text)),
  /** The step has ended well, or has failed. */
  ended: () => endStep(),
  failed: () => endStep(undefined, true),
  /** What a person need not know unless something fails. */
  detail: (text: string) => keepLine(`  ${say(text)}`),
  note: (text: string) => tell(`  ${say(text)}`),
  warn: (text: string) => tell(`${paint(33, '! ')}${say(text)}`),
  /** What something else has printed. */
  quote: (text: string) => tell(printable(text.trimEnd())),
  /** A line for a CI server to read, unchanged; undefined prints nothing. */
  server(line: string | undefined): void {
    endStep()
    if (line !== undefined) tell(line)
  },
  error(text: string): void {
    endStep(undefined, true)
    tell(`${paint(31, 'error:')} ${say(text)}`)
  },
}

// What a command does, without its options.
const firstWords = (line: string) =>
  line
    .split(' ')
    .slice(0, 3)
    .filter((word) => !word.startsWith('-'))
    .join(' ')
