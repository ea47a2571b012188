import { expect, test } from 'vitest'
import type { Row } from './plan.ts'
import { outcomeOf, renderOutdated } from './report.ts'

const row: Row = {
  kind: 'npm',
  name: 'x',
  where: 'package.json',
  locked: '1.0.0',
  update: '1.1.0',
  latest: '1.1.0',
  state: 'moved',
  note: '',
}
const image: Row = {
  ...row,
  kind: 'image',
  name: 'node',
  where: 'lock.json',
  locked: `sha256:${'a'.repeat(64)}`,
  update: '',
}
const silent: Row = { ...image, state: 'no answer', note: 'no such host', latest: '' }
const still: Row = { ...row, state: 'up to date', update: '' }

test('one table must list all rows, and say why a row has no answer', () => {
  const lines = renderOutdated([silent, row], []).split('\n')
  expect(lines.map((line) => line.split(/ {2,}/))).toEqual([
    ['KIND', 'NAME', 'LOCKED', 'UPDATE=1', 'LATEST', 'STATE'],
    ['image', 'node', 'aaaaaaaaaaaa', 'no answer: no such host'],
    ['npm', 'x', '1.0.0', '1.1.0', '1.1.0', 'moved'],
    [''],
    ['outdated: 1 of 2 moved upstream, 1 without an answer, 1 to update'],
    ['', 'next: make outdated UPDATE=1'],
  ])
})

test.each([
  ['up to date', [still]],
  ['unknown', [still, silent]],
  ['unknown', [silent, silent]],
  ['outdated', [row, silent]],
  ['outdated', [{ ...row, update: '' }]],
  ['up to date', []],
] as const)('the outcome must be %s', (outcome, rows) => {
  expect(outcomeOf(rows)).toBe(outcome)
  expect(renderOutdated(rows, [])).toContain(`\n${outcome}: `)
  expect(renderOutdated(rows, []).endsWith('next: make outdated UPDATE=1')).toBe(
    rows.some(({ update }) => update !== ''),
  )
})

test.each([
  [row, 'make setup build test'],
  [{ ...image, update: `sha256:${'b'.repeat(64)}` }, 'make setup build test'],
  [{ ...row, where: 'app/package.json' }, 'make build test'],
  [{ ...row, kind: 'python', where: 'app/requirements.txt' }, 'make build test'],
] as const)('the report must name what UPDATE=1 moved, and the command that uses it', (moved, next) => {
  const text = renderOutdated([moved], [moved])
  expect(text).toContain(`updated: ${moved.name} `)
  expect(text).toContain(` in ${moved.where}\n  next: ${next}`)
})
