import { expect, test } from 'vitest'
import { isWithin, plotGrowth, renderGrowth } from './growth.ts'

const point = (count: number, status: number, plan: number, deploy: number) => ({ count, status, plan, deploy })

test.each([
  ['nothing grows', [point(1, 100, 100, 100), point(10, 100, 100, 100)], true],
  ['status doubles', [point(1, 100, 100, 100), point(10, 200, 100, 100)], true],
  ['status grows by more', [point(1, 100, 100, 100), point(10, 201, 100, 100)], false],
  ['deploy grows as the work does', [point(1, 100, 100, 100), point(10, 100, 100, 1000)], false],
  ['plan grows by less', [point(1, 100, 100, 100), point(10, 100, 900, 100)], true],
])('%s', (_, points, expected) => {
  expect(isWithin(points)).toBe(expected)
})

test('the table must say what grew too much, and the bars must be in proportion', () => {
  const curves = [{ what: 'replicas', points: [point(1, 100, 100, 500), point(10, 300, 100, 1000)] }]
  expect(renderGrowth(curves)).toBe(
    [
      'WHAT GROWS   COUNT   STATUS ×   PLAN ×   DEPLOY ×   VERDICT',
      'replicas     1       1.00       1.00     1.00',
      '             10      3.00       1.00     2.00       TOO MUCH',
    ].join('\n'),
  )
  expect(plotGrowth(curves)).toContain(`     10 ${'█'.repeat(12)} 0.30 s`)
})
