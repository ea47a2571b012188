import * as v from 'valibot'
import type { Check } from '../state/records.ts'

/** What a hook says of the data of a volume: any JSON object, such as `{"entries": {"rows": 12}}`. */
export type Description = Readonly<Record<string, unknown>>

const DESCRIPTION = v.pipe(v.record(v.string(), v.unknown()), v.minEntries(1))
/** Whether a hook describes its data by that. */
export const isDescription: Check<Description> = (value) => v.is(DESCRIPTION, value)

/** The differences of two descriptions, for a person, such as `entries.rows 12 → 15`. */
export function diffDescriptions(before: Description, after: Description, path = ''): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].sort().flatMap((name) => {
    const [a, b] = [before[name], after[name]]
    const label = path + name
    if (isObject(a) && isObject(b)) return diffDescriptions(a, b, `${label}.`)
    return JSON.stringify(a) === JSON.stringify(b) ? [] : [`${label} ${show(a)} → ${show(b)}`]
  })
}

/** What the description `after` lacks, or has fewer `rows` of: data that only a snapshot has then. */
export function lostIn(before: Description, after: Description, path = ''): string[] {
  return Object.entries(before).flatMap(([name, a]) => {
    const b = after[name]
    const label = path + name
    if (isObject(a)) return isObject(b) ? lostIn(a, b, `${label}.`) : [label]
    const fewer = name === 'rows' && Number(b) < Number(a)
    return b === undefined || fewer ? [`${label} ${show(a)} → ${show(b)}`] : []
  })
}

/**
 * As diffDescriptions, where the hook of another version may have told `after`: a value that only one of the two tells contradicts
 * nothing, unless it is a whole part of the data, or counts `rows`.
 */
export function contradictions(before: Description, after: Description, path = ''): string[] {
  return Object.entries(before).flatMap(([name, a]) => {
    const b = after[name]
    const label = path + name
    if (isObject(a) && isObject(b)) return contradictions(a, b, `${label}.`)
    const isUntold = b === undefined && !isObject(a) && name !== 'rows'
    return isUntold || JSON.stringify(a) === JSON.stringify(b) ? [] : [`${label} ${show(a)} → ${show(b)}`]
  })
}

const isObject = (value: unknown): value is Description => typeof value === 'object' && value !== null
const show = (value: unknown) =>
  value === undefined ? 'none' : typeof value === 'string' ? value : JSON.stringify(value)
