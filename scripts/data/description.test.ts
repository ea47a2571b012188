import { expect, test } from 'vitest'
import { contradictions, diffDescriptions, lostIn } from './description.ts'

test.each([
  ['what has changed, by its path', { rows: { a: 1, b: 2 } }, { rows: { a: 1, b: 3 } }, ['rows.b 2 → 3']],
  ['what has come', {}, { schema: 'v2' }, ['schema none → v2']],
  ['what has gone', { schema: null }, {}, ['schema null → none']],
  ['what is of another type', { rows: 1 }, { rows: '1' }, ['rows 1 → 1']],
  ['what was no object', { rows: 1 }, { rows: { a: 1 } }, ['rows 1 → {"a":1}']],
  ['entries of a list', { tags: ['x', 'y'] }, { tags: ['x', 'z', 'w'] }, ['tags.1 y → z', 'tags.2 none → w']],
  ['all in the order of their names', { b: 1, a: 1 }, { a: 2, b: 2 }, ['a 1 → 2', 'b 1 → 2']],
  ['nothing of the same in another order', { a: 1, b: { c: 1, d: 1 } }, { b: { d: 1, c: 1 }, a: 1 }, []],
])('the difference of two descriptions must tell %s', (_, before, after, says) => {
  expect(diffDescriptions(before, after)).toEqual(says)
})

test('what is gone, or has fewer rows, must be named as lost; what was added or has changed must not', () => {
  const before = { data: { tables: { entries: { rows: 3, newest: 'a' }, old: { rows: 1 } }, bytes: 9 } }
  const after = { data: { tables: { entries: { rows: 2, newest: 'b' }, more: { rows: 1 } }, bytes: 5 } }
  expect(lostIn(before, after)).toEqual(['data.tables.entries.rows 3 → 2', 'data.tables.old'])
  expect(lostIn(before, before)).toEqual([])
})

test('what the hook of another version leaves out, or tells besides, must contradict nothing; lost rows and tables must', () => {
  const before = { schema: '2', tables: { entries: { rows: 3, newest: 'a' }, beat: { rows: 1, newest: 'b' } } }
  const tables = { entries: { rows: 3, newest: 'a' }, beat: { rows: 1 } }
  expect(contradictions(before, { schema: '2', tables, more: 1 })).toEqual([])
  expect(contradictions(before, { schema: '2', tables: { entries: { rows: 2, newest: 'c' } } })).toEqual([
    'tables.entries.rows 3 → 2',
    'tables.entries.newest a → c',
    'tables.beat {"rows":1,"newest":"b"} → none',
  ])
  expect(contradictions(before, { schema: '2', tables: { ...tables, entries: { newest: 'a' } } })).toEqual([
    'tables.entries.rows 3 → none',
  ])
})
