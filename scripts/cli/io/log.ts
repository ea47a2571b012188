import { printableMessage as say } from '../printable.ts'
import { variable } from './environment.ts'

// Everything a person reads while a target works goes to stderr; stdout is for the result.
const colour = process.stderr.isTTY === true && !variable('NO_COLOR')
const paint = (code: number, text: string) => (colour ? `\x1b[${code}m${text}\x1b[0m` : text)
const write = (line: string) => process.stderr.write(`${line}\n`)

export const log = {
  /** A command about to run, as it could be pasted into a shell. */
  command: (line: string) => write(paint(2, `$ ${say(line)}`)),
  step: (text: string, because: string) => write(`${paint(36, '→')} ${say(text)} ${paint(2, `(${say(because)})`)}`),
  done: (text: string) => write(`${paint(32, '✓')} ${say(text)}`),
  note: (text: string) => write(`  ${say(text)}`),
  warn: (text: string) => write(`${paint(33, '! ')}${say(text)}`),
  /** A line for a CI server to read, unchanged; undefined prints nothing. */
  server: (line: string | undefined) => line === undefined || write(line),
  error: (text: string) => write(`${paint(31, 'error:')} ${say(text)}`),
}
