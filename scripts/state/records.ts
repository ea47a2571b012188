import * as v from 'valibot'
import { digest } from '../cli/digest.ts'
import { keyLike, tryJson } from '../cli/parse.ts'

/** Whether a value that was read is what the code takes it for: a file may be damaged, or of another version. */
export type Check<T> = (value: unknown) => value is T

/** The format of the ledger that this toolkit writes. It reads this one and all before it. */
export const LEDGER_FORMAT = 1
/** The format of a project's ledger, and the image of the toolkit that has written it last. */
export type Format = { readonly format: number; readonly toolkit?: string | undefined }
export const isFormat: Check<Format> = (value) =>
  v.is(v.object({ format: v.number(), toolkit: v.optional(v.string()) }), value)

export const isText: Check<string> = (value) => typeof value === 'string'
export const isTexts: Check<Readonly<Record<string, string>>> = (value) => v.is(v.record(v.string(), v.string()), value)
/** A text that names a file in a folder of the ledger, and no other folder. */
export const ledgerName = keyLike(/^[\w.-]{1,200}$/)

/** A time in ISO 8601. */
export const moment = v.pipe(
  v.string(),
  v.check((text) => !Number.isNaN(Date.parse(text))),
)

export const isTextList: Check<readonly string[]> = (value) => v.is(v.array(v.string()), value)

/** A record as a line of an append-only file: one JSON document that ends with a sum of the rest. */
export const formatRecord = (record: object): string => {
  const plain = JSON.parse(JSON.stringify(record)) as object
  return `${JSON.stringify({ ...plain, sum: sumOf(plain) })}\n`
}

/** Parses an append-only file: its records, oldest first, and the numbers of the lines that are damaged. */
export function parseRecords<T>(text: string, check: Check<T>): { records: T[]; damaged: number[] } {
  const [records, damaged]: [T[], number[]] = [[], []]
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue
    const record: unknown = parseLine(line.trim())
    if (check(record)) records.push(record)
    else damaged.push(index + 1)
  }
  return { records, damaged }
}

/** The same text without its damaged lines, and those lines. */
export function splitDamaged(text: string): { good: string; bad: string } {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const join = (some: readonly string[]) => some.map((line) => `${line}\n`).join('')
  const isDamaged = (line: string) => parseLine(line) === undefined
  return { good: join(lines.filter((line) => !isDamaged(line))), bad: join(lines.filter(isDamaged)) }
}

// Undefined for what is no JSON object, or was changed since it was written. Older versions wrote no sum.
function parseLine(line: string): object | undefined {
  // Most damage shows at once: to throw and catch is slow.
  const value = line.startsWith('{') ? tryJson(line) : undefined
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const { sum, ...record }: { sum?: unknown } = value
  return sum === undefined || sum === sumOf(record) ? record : undefined
}

const sumOf = (record: object) => digest(record, 8)
