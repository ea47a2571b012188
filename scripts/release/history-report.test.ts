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

test('releases must be listed newest first, with what was done, who did it, and what it cost requests', () => {
  const later = { target: 'rollback', outcome: 'rolled back', at: '2026-01-01T01:00:00Z', cut: 3, held: 1234 } as const
  const text = renderHistory([entry, { ...entry, ...later }], Date.parse('2026-01-01T02:00:00Z'))
  expect(text.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
    ['WHEN', 'TARGET', 'VERSION', 'OUTCOME', 'TOOK', 'BY', 'IMAGE', 'CUT', 'HELD'],
    ['1h ago', 'rollback', '1.0.0', 'rolled back', '4.3 s', 'aramis', '0123456789ab', '3', '1.23 s'],
    ['2h ago', 'deploy', '1.0.0', 'deployed', '4.3 s', 'aramis', '0123456789ab', '0'],
  ])
})

test('no release yet must say what to do', () => {
  expect(renderHistory([], 0)).toContain('next: make ship')
})

test('a release of several images must name each', () => {
  const built = { worker: 'sha256:fedcba9876543210@sha256:digest' }
  expect(renderHistory([{ ...entry, built }], 0)).toContain('0123456789ab, worker fedcba987654')
})
