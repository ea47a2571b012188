import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatRecord, parseRecords, splitDamaged } from './records.ts'

type Entry = { version: string; ms: number }
const isEntry = (value: unknown): value is Entry =>
  typeof (value as Entry | undefined)?.version === 'string' && typeof (value as Entry).ms === 'number'
const one = { version: '1.0.0', ms: 1 }
const two = { version: '1.1.0', ms: 2 }
const parse = (text: string) => parseRecords(text, isEntry)

test('records must be read as they were written', () => {
  expect(parse(formatRecord(one) + formatRecord(two))).toEqual({ records: [one, two], damaged: [] })
  expect(parse(`${JSON.stringify(one)}\n`), 'written by an older version').toEqual({ records: [one], damaged: [] })
  expect(parse(formatRecord({ ...one, digest: undefined }))).toEqual({ records: [one], damaged: [] })
})

test.each([
  ['a torn line', '{"version": "1.0.0", "m\n'],
  ['a torn line with the next one glued to it', `{"version": "1.0.0", "m${formatRecord(two)}`],
  ['another value under the same sum', formatRecord(one).replace('1.0.0', '1.0.1')],
  ['another type', '{"version": 1, "ms": 1}\n'],
  ['null', 'null\n'],
  ['a list', '[]\n'],
  ['zeros, as a lost host leaves them', '\0\0\0\0\n'],
])('%s must be left out, and the rest be read', (_, line) => {
  expect(parse(formatRecord(one) + line + formatRecord(two))).toEqual({ records: [one, two], damaged: [2] })
})

test('any file must be read without an error', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.string(), fc.json(), fc.constant(formatRecord(one).trim()))), (lines) => {
      const { records, damaged } = parse(lines.join('\n'))
      expect(records.length + damaged.length).toBeLessThanOrEqual(lines.join('\n').split('\n').length)
    }),
  )
})

test('damaged lines must be set apart from the good ones', () => {
  const text = `${formatRecord(one)}{"torn\n${formatRecord(two)}`
  expect(splitDamaged(text)).toEqual({ good: formatRecord(one) + formatRecord(two), bad: '{"torn\n' })
})
