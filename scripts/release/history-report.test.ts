import { expect, test } from 'vitest'
import type { ReleaseEntry } from './history.ts'
import { renderHistory } from './history-report.ts'

const entry: ReleaseEntry = {
  outcome: 'deployed',
  target: 'deploy',
  version: '1.0.0',
  revision: 'r',
  image: 'sha256:0123456789abcdef',
  release: 'x',
  from: '',
  by: 'aramis',
  at: '2026-01-01T00:00:00Z',
  ms: 4321,
  cut: 0,
  held: 0,
  because: '',
}

const cells = (...entries: ReleaseEntry[]) =>
  renderHistory(entries, Date.parse('2026-01-01T02:00:00Z'))
    .split('\n')
    .map((line) => line.split(/ {2,}/))

test('releases must be listed newest first, with what was done, who did it, and what it cost requests', () => {
  const later = { outcome: 'rolled back', at: '2026-01-01T01:00:00Z', cut: 3, held: 1234 } as const
  expect(cells(entry, { ...entry, ...later, version: '1.1.0-dev.5.g0123abc' }).slice(0, 3)).toEqual([
    ['', 'WHEN', 'TARGET', 'VERSION', 'OUTCOME', 'TOOK', 'CUT', 'HELD', 'BY'],
    ['', '1h ago', 'deploy', '1.1.0-dev.5', 'rolled back', '4.3 s', '3', '1.23 s', 'aramis'],
    ['●', '2h ago', 'deploy', '1.0.0', 'deployed', '4.3 s', '0', 'aramis'],
  ])
})

test('what serves must be marked, and what a rollback can reach; a success must not read like a failure', () => {
  const second = { ...entry, version: '1.1.0', release: 'y' }
  const third = { ...entry, version: '1.2.0', release: 'z' }
  const back = { ...second, target: 'rollback', from: 'z' }
  expect(cells(entry, second, third, back).map((row) => [row[0], row[3], row[4]])).toEqual([
    ['', 'VERSION', 'OUTCOME'],
    ['●', '1.1.0', 'went back'],
    ['', '1.2.0', 'deployed'],
    ['', '1.1.0', 'deployed'],
    ['○', '1.0.0', 'deployed'],
    [expect.stringContaining('● serves'), undefined, undefined],
  ])
})

test('no release yet must say what to do', () => {
  expect(renderHistory([], 0)).toContain('next: make ship')
})
