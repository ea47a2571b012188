import { expect, test } from 'vitest'
import { renderSwarm } from './swarm.ts'

test('the table must name once what grows, and give times in seconds', () => {
  const point = { what: 'nodes', deploy: 21_400, status: 2_040, failed: 0, rate: 312.4, p99: 88.2 }
  expect(
    renderSwarm([
      { ...point, count: 1 },
      { ...point, count: 3 },
    ]),
  ).toBe(
    [
      'WHAT GROWS   COUNT   DEPLOY   FAILED   STATUS   REQUESTS/S   P99',
      'nodes        1       21.4 s   0        2.0 s    312          88 ms',
      '             3       21.4 s   0        2.0 s    312          88 ms',
    ].join('\n'),
  )
})
