import { expect, test } from 'vitest'
import { renderHistory } from './report.ts'

const entry = {
  outcome: 'deployed',
  version: '1.0.0',
  revision: 'r',
  image: 'sha256:0123456789abcdef',
  release: 'x',
  by: 'aramis',
  at: '2026-01-01T00:00:00Z',
  ms: 4321,
  cut: 0,
} as const

test('releases are listed newest first, with outcome, time, who, image and cut requests', () => {
  const text = renderHistory(
    [entry, { ...entry, version: '1.1.0', outcome: 'failed', at: '2026-01-01T01:00:00Z' }],
    Date.parse('2026-01-01T02:00:00Z'),
  )
  expect(text.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
    ['WHEN', 'VERSION', 'OUTCOME', 'TOOK', 'BY', 'IMAGE', 'CUT'],
    ['1h ago', '1.1.0', 'failed', '4.3 s', 'aramis', '0123456789ab', '0'],
    ['2h ago', '1.0.0', 'deployed', '4.3 s', 'aramis', '0123456789ab', '0'],
  ])
})

test('no release yet says what to do', () => {
  expect(renderHistory([], 0)).toContain('next: make ship')
})
