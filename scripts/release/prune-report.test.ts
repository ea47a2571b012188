import { expect, test } from 'vitest'
import type { Removal } from './prune-images.ts'
import { type Pruned, renderPrune, reportPrune } from './prune-report.ts'

const removal = (what: Removal['what'], name: string, bytes: number): Removal => ({
  what,
  id: name,
  name,
  references: [],
  bytes,
  because: 'old',
})
const pruned: Pruned = {
  removed: [removal('image', 'r:1.0.0', 5e6), removal('image', 'r:1.1.0', 5e6), removal('tag', 'r:dev', 0)],
  kept: [],
  bytes: 12e6,
  cached: 0,
}

test('what was removed must be listed with its size and why, and the space won be what was measured', () => {
  expect(
    renderPrune(pruned)
      .split('\n')
      .map((line) => line.split(/ {2,}/)),
  ).toEqual([
    ['WHAT', 'NAME', 'SIZE', 'WHY'],
    ['image', 'r:1.0.0', '5.0 MB', 'old'],
    ['image', 'r:1.1.0', '5.0 MB', 'old'],
    ['tag', 'r:dev', 'old'],
    ['pruned: 2 images, 1 tag; 12.0 MB won'],
  ])
})

test('what the disk has not back must be said, with the command that frees it', () => {
  expect(renderPrune({ ...pruned, cached: 9e6 })).toMatch(
    / 12\.0 MB won, 9\.0 MB of it still in the build cache \(docker builder prune\)$/,
  )
})

test('what the engine refused must be told with its reason, and be no success', () => {
  const kept = [{ name: 'r:1.0.0', because: 'conflict' }]
  expect(renderPrune({ ...pruned, kept })).toContain('\nkept: r:1.0.0 (conflict)\npruned: ')
  const none = { removed: [], kept, bytes: 0, cached: 0 }
  expect(renderPrune(none)).toBe('kept: r:1.0.0 (conflict)\nunchanged: nothing to prune')
  expect(reportPrune(none)).toEqual({ outcome: 'unchanged', ...none })
  expect(reportPrune(pruned).outcome).toBe('pruned')
})
