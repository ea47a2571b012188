import * as v from 'valibot'
import { Failure } from './failure.ts'

// What no honest document comes near. JSON.parse bears any depth, but what walks the value afterwards does not.
const MOST_DEPTH = 200

/** Keys that no document has: code would find them where there are none, and valibot does not look at them. */
export const NO_KEYS = ['__proto__', 'constructor', 'prototype']

/** Parses JSON that others wrote. Undefined for what is none, is nested too deep, or has one of those keys. */
export function tryJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    return isFlat(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** A text by which code finds values: it matches, and is no name of what every object has, such as toString. */
export const keyLike = (pattern: RegExp) =>
  v.pipe(
    v.string(),
    v.regex(pattern),
    v.check((key) => !(key in {})),
  )

function isFlat(value: unknown): boolean {
  let level = [value]
  for (let depth = 0; level.length > 0; depth++) {
    const objects = level.filter((one) => typeof one === 'object' && one !== null)
    if (depth > MOST_DEPTH || objects.some((one) => NO_KEYS.some((key) => Object.hasOwn(one, key)))) return false
    level = objects.flatMap((one) => Object.values(one))
  }
  return true
}

/** A next command for a document that this schema refuses. */
export type Refusal = { readonly what: string; readonly next: string }

/** Gives a value that others made, if the schema accepts it. Throws a Failure that names the first wrong place. */
export function requireShape<T>(schema: v.GenericSchema<T>, value: unknown, { what, next }: Refusal): T {
  if (v.is(schema, value)) return value
  const [issue] = v.safeParse(schema, value).issues ?? []
  const place = (issue && v.getDotPath(issue)) ?? 'the whole'
  // A pattern tells a person nothing.
  const expected = issue?.type === 'regex' ? 'of another form' : (issue?.expected ?? 'otherwise')
  const problem = `${place} should be ${expected}, and is ${issue?.received}`
  throw new Failure(`${what}: ${problem.replace(/\s+/g, ' ')}`, { next })
}

/** As requireShape, for the text of a JSON document. */
export const parseJson = <T>(schema: v.GenericSchema<T>, text: string, refusal: Refusal): T =>
  requireShape(schema, tryJson(text), refusal)

/** As parseJson, for a document on each line. */
export const parseJsonLines = <T>(schema: v.GenericSchema<T>, text: string, refusal: Refusal): T[] =>
  text
    .split('\n')
    .filter(Boolean)
    .map((line) => parseJson(schema, line, refusal))
