import cvss from 'ae-cvss-calculator'
import * as v from 'valibot'

// What is read of a record in OSV's format (https://ossf.github.io/osv-schema).
const severities = v.nullish(v.array(v.object({ type: v.string(), score: v.string() })))
const point = v.optional(v.string())
const events = v.nullish(v.array(v.object({ introduced: point, fixed: point, last_affected: point })))
const RECORD = v.object({
  id: v.pipe(v.string(), v.maxLength(256)),
  withdrawn: v.nullish(v.string()),
  aliases: v.nullish(v.array(v.string())),
  upstream: v.nullish(v.array(v.string())),
  severity: severities,
  database_specific: v.nullish(v.object({ severity: v.optional(v.unknown()) })),
  affected: v.nullish(
    v.array(
      v.object({
        package: v.nullish(v.object({ ecosystem: v.string(), name: v.string() })),
        ranges: v.nullish(v.array(v.object({ type: v.string(), events }))),
        versions: v.nullish(v.array(v.string())),
        severity: severities,
        ecosystem_specific: v.nullish(v.object({ urgency: v.optional(v.unknown()) })),
      }),
    ),
  ),
})
export type OsvRecord = v.InferOutput<typeof RECORD>
export type Affected = NonNullable<OsvRecord['affected']>[number]

/** Reads a record; undefined where a value is no record. */
export function parseRecord(value: unknown): OsvRecord | undefined {
  const result = v.safeParse(RECORD, value)
  return result.success ? result.output : undefined
}

/** How bad a vulnerability is, from the least to the worst; `unknown` where no database has judged it. */
export const SEVERITIES = ['unknown', 'low', 'medium', 'high', 'critical'] as const
export type Severity = (typeof SEVERITIES)[number]
/** The worse of two. */
export const worse = (one: Severity, other: Severity): Severity =>
  SEVERITIES.indexOf(one) < SEVERITIES.indexOf(other) ? other : one

/** The worst that a record says of a package: by its CVSS vectors, or in words. */
export function severityOf(record: OsvRecord, affected: Affected): Severity {
  // What does not reach Debian's own package is unimportant there, whatever it means for others.
  if (affected.ecosystem_specific?.urgency === 'unimportant') return 'low'
  if (record.id.startsWith('MAL-')) return 'critical'
  const scores = [...(record.severity ?? []), ...(affected.severity ?? [])].map(({ score }) => score)
  return [...scores.map(rate), inWords(record.database_specific?.severity)].reduce(worse, 'unknown')
}

// CVSS calls 0.1 to 3.9 low, to 6.9 medium, to 8.9 high; OSV also has a word in the place of a vector (Ubuntu).
function rate(text: string): Severity {
  const score = text.length <= 1000 && text.includes('/') ? (cvss.fromVector(text)?.calculateScores().base ?? 0) : 0
  if (score >= 9) return 'critical'
  if (score >= 7) return 'high'
  if (score >= 4) return 'medium'
  return score > 0 ? 'low' : inWords(text)
}

function inWords(word: unknown): Severity {
  const text = typeof word === 'string' ? word.toLowerCase() : ''
  if (text === 'moderate') return 'medium'
  return SEVERITIES.find((severity) => severity === text) ?? (text === 'negligible' ? 'low' : 'unknown')
}
