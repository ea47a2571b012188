import type { Guess } from './guess.ts'
import type { ConfigFile } from './nginx.ts'

/** A page that nginx answers to anybody, or why it answers no check. */
export function readPages(files: readonly ConfigFile[]): { open?: Guess<string>; refused?: string; locked?: string } {
  for (const { from, text: conf } of files) {
    const [, code] = REFUSED.exec(conf) ?? []
    const nobody = `${from} refuses who asks by none of its names, as a check does`
    // A client's fault is an answer, too; 444 is none.
    if (code) return /^(444|5)/.test(code) ? { refused: nobody } : { locked: nobody }
    const value = OPEN.map((one) => one.exec(conf)?.[1]).find(Boolean)
    if (value) return { open: { value, where: from } }
    if (LOCKED.test(conf)) return { locked: `${from} wants a password for each page` }
  }
  return {}
}
// A server for all other names, with nothing but an error for them.
const REFUSED = /\bserver\s*\{(?=[^{}]*\bdefault_server\b)[^{}]*\breturn\s+([45]\d\d)\b[^{}]*\}/
// Pages with an answer of nginx's own, which comes before it asks for a password, and those for checks without one.
const OPEN = [
  /\blocation\s+(?:=\s+|\^~\s+)?(\/[\w./-]+)\s*\{[^{}]*\breturn\s+200\b/,
  /\blocation\s+(?:=\s+|\^~\s+)?(\/[\w./-]*(?:health\w*|ping|live|ready|up|status))\s*\{[^{}]*\bauth_basic\s+off\b/,
]
// A password for a whole server, or all that no other location has.
const LOCKED =
  /(?:(?:^|\b(?:http|server)\s*\{)(?:[^{}]|\{[^{}]*\})*?|\blocation\s+\/\s*\{[^{}]*)\bauth_basic\s+(?!off\b)/
