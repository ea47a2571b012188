/** How sure a guess is: a file says it (`stated`), a pattern of such files does (`likely`), or nothing speaks against it. */
export type Confidence = 'stated' | 'likely' | 'guess'

/** One row of the report: what `make adopt` checked, what it found, and what the user can do about it. */
export type Finding = {
  readonly check: string
  readonly found: string
  /** ok: nothing to do. note: it works, but could be better. missing: it does not work yet. */
  readonly verdict: 'ok' | 'note' | 'missing'
  readonly mend?: string
  /** The file, and mostly the line, that it rests on. */
  readonly where?: string | undefined
  readonly confidence?: Confidence | undefined
  /** The paths of the Compose project that it answers for: what is lost there is said. */
  readonly claims?: readonly string[] | undefined
}
/** What a finding rests on. */
export type Ground = Pick<Finding, 'where' | 'confidence' | 'claims'>

/** A path into a Compose project, such as `services.web.volumes[/data]`. */
export const pathOf = (first: string, ...keys: readonly string[]): string => first + keys.map(stepOf).join('')
/** One step of such a path. */
export const stepOf = (key: string): string => (/^[\w-]+$/.test(key) ? `.${key}` : `[${key}]`)

const mendable =
  (verdict: Finding['verdict']) =>
  (check: string, found: string, mend: string, ground: Ground = {}): Finding => ({
    ...{ check, found, verdict, mend },
    ...ground,
  })
export const note = mendable('note')
export const missing = mendable('missing')
export const ok = (check: string, found: string, ground: Ground = {}): Finding => ({
  ...{ check, found, verdict: 'ok' },
  ...ground,
})
/** The verdicts on one check that have their ground in common. */
export const verdictsOn = (check: string, ground: Ground) => ({
  ok: (found: string, more?: Ground) => ok(check, found, { ...ground, ...more }),
  note: (found: string, mend: string, more?: Ground) => note(check, found, mend, { ...ground, ...more }),
  missing: (found: string, mend: string, more?: Ground) => missing(check, found, mend, { ...ground, ...more }),
})

/** Names the first of many. */
export const some = (names: readonly string[]): string =>
  names.length > 10 ? `${names.slice(0, 8).join(', ')} and ${names.length - 8} more` : names.join(', ')

/** The first of all that have a value in common. */
export const onceBy = <T>(all: readonly T[], keyOf: (one: T) => unknown): T[] =>
  [...Map.groupBy(all, keyOf).values()].flatMap((same) => same.slice(0, 1))

/** Keeps the findings that apply: the caller passes false or undefined for a condition that does not hold. */
export const listFindings = (...all: readonly (Finding | false | undefined)[]): Finding[] =>
  all.filter((one) => one !== undefined && one !== false)
