import * as v from 'valibot'

// The forms that the values of settings have.

/** Text of one form; `expects` says which to a person. */
export const text = (pattern: RegExp, expects: string) => v.pipe(v.string(), v.regex(pattern, `expects ${expects}`))
/** A whole number, both bounds included. */
export const whole = (min: number, max: number) =>
  v.pipe(
    v.string(),
    v.check(
      (value) => /^\d{1,9}$/.test(value) && Number(value) >= min && Number(value) <= max,
      `expects a whole number from ${min} to ${max}`,
    ),
    v.transform(Number),
  )
export const port = whole(1, 65535)
export const MOST_SECONDS = 3600
export const seconds = whole(1, MOST_SECONDS)
/** The longest HOLD_TIMEOUT, in seconds, and the usual one. */
export const MOST_HOLD = 50
export const USUAL_HOLD = 10
export const insidePath = text(
  /^(?!\/)(?![^\n]*(?:^|\/)\.\.(?:\/|$))[^\0\n]+$/,
  'a path inside the checkout, such as sample-app',
)
export const optionalPath = text(/^[^\0\n:]*$/, 'the path of a file')
