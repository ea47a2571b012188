import { printable } from './printable.ts'

/** What a target does at the moment. Times are in milliseconds. */
export type Doing = {
  readonly text: string
  readonly since: number
  /** What it waits for, or how far it is; empty where nobody has said. */
  readonly waits: string
  /** When the wait ends at the latest; undefined where nobody has said. */
  readonly until?: number | undefined
}
const FRAMES = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏'

/** The line that stands at the end of a terminal while a step goes on, no wider than `columns`. */
export function renderLive({ text, since, waits, until }: Doing, now: number, columns: number): string {
  const spent = now - since
  const frame = FRAMES[Math.floor(now / 100) % FRAMES.length]
  // A limit of hours is there for what hangs, and tells nobody how long it takes.
  const limit = until === undefined || until - since > 600_000 ? '' : ` of ${renderSeconds(until - since)}`
  const time = spent < 1000 ? '' : `  ${renderSeconds(spent)}${limit}`
  const room = Math.max(10, columns - 3 - time.length)
  return `${frame} ${cut(waits === '' ? text : `${text}: ${waits}`, room)}${time}`
}

/** The line of a step that has ended. */
export const renderEnded = ({ text, since }: Doing, now: number): string => `${text}  ${renderSeconds(now - since)}`

/** A time of milliseconds as a person says it: `0.4 s`, `12 s`, `3 min 20 s`. */
export function renderSeconds(ms: number): string {
  if (ms < 9950) return `${(ms / 1000).toFixed(1)} s`
  const seconds = Math.round(ms / 1000)
  return seconds < 120 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}

/** The last line of what a command prints that says something, without the numbers that BuildKit puts before each; empty where none does. */
export function headline(said: string): string {
  const lines = said.split(/[\r\n]+/).map((line) => line.trim().replace(/^#\d+ /, ''))
  return printable(lines.findLast((line) => /[a-z]/i.test(line) && !/^(CACHED|DONE|sha256:)/.test(line)) ?? '')
}

const cut = (text: string, room: number) => {
  const letters = [...text.replace(/\s+/g, ' ')]
  return letters.length <= room ? letters.join('') : `${letters.slice(0, room - 1).join('')}…`
}
