import { anyAnswer, type Health } from './health.ts'
import type { ConfigFile } from './nginx-lines.ts'

/** What nginx answers by itself: a page for anybody, or nothing to a check; undefined where what is behind it answers. */
export function readPages(files: readonly ConfigFile[]): Health | undefined {
  for (const { from, text: conf } of files) {
    const [, code] = REFUSED.exec(conf) ?? []
    const nobody = `${from} refuses who asks by none of its names, as a check does`
    // A client's fault is an answer, too; 444 is none, and then a page has to be added.
    if (code && !/^(444|5)/.test(code)) return anyAnswer(nobody)
    if (code) return { value: '/healthz', where: '', confidence: 'guess', lacks: nobody }
    const value = OPEN.map((one) => one.exec(conf)?.[1]).find(Boolean)
    if (value) return { value, where: from, confidence: 'stated' }
    if (LOCKED.test(conf)) return anyAnswer(`${from} wants a password for each page`)
  }
  return undefined
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
