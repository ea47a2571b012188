/** One row of the report: what `make adopt` checked, what it found, and what the user can do about it. */
export type Finding = {
  readonly check: string
  readonly found: string
  /** ok: nothing to do. note: it works, but could be better. missing: it does not work yet. */
  readonly verdict: 'ok' | 'note' | 'missing'
  readonly mend?: string
}
export const ok = (check: string, found: string): Finding => ({ check, found, verdict: 'ok' })
export const note = (check: string, found: string, mend: string): Finding => ({ check, found, verdict: 'note', mend })
export const missing = (check: string, found: string, mend: string): Finding => ({
  check,
  found,
  verdict: 'missing',
  mend,
})

/** Keeps the findings that apply: the caller passes false or undefined for a condition that does not hold. */
export const listFindings = (...all: readonly (Finding | false | undefined)[]): Finding[] =>
  all.filter((one) => one !== undefined && one !== false)
