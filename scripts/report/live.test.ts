import { expect, test } from 'vitest'
import type { ReleaseEntry } from '../release/history.ts'
import { type Frame, renderFrame } from './live.ts'

const at = Date.parse('2026-01-01T00:01:00Z')
const last: ReleaseEntry = {
  ...{
    outcome: 'deployed',
    target: 'rollback',
    version: '1.4.1-dev.3.gabcdef0',
    revision: 'r',
    image: 'i',
    release: 'x',
  },
  ...{ from: 'y', by: 'aramis', at: '2026-01-01T00:00:00Z', ms: 1, cut: 2, held: 0, because: '' },
}
const frame = (over: Partial<Frame> = {}): Frame => ({
  at,
  status: {
    ...{ project: 'p', isNew: false, outcome: 'serving', last: undefined, maintenance: undefined, run: undefined },
    containers: [
      {
        service: 'app',
        container: 'p-app-1',
        version: '1',
        state: 'healthy',
        serving: true,
        since: last.at,
        where: '',
      },
    ],
  },
  traffic: { app: { answers: 300, errors: 4, inFlight: 2, waiting: 1, p50: 12, p99: 90 } },
  last,
  snapshot: { id: '0123456789', at: '2026-01-01T00:00:30Z' },
  gate: 'gate dartagnan: https://p.example.com',
  disk: { free: 5e9, size: 10e9 },
  ...over,
})
const before = frame({
  at: at - 2000,
  traffic: { app: { answers: 100, errors: 0, inFlight: 0, waiting: 0 } },
})

test('the view must show what serves, what requests feel, the last release, the newest snapshot, the gate and the disk', () => {
  expect(renderFrame(frame(), before, 0, 120).split('\n')).toEqual([
    'p: serving',
    'SERVICE  CONTAINER  VERSION  STATE    LIVE  SINCE  WHERE',
    'app      p-app-1    1        healthy  yes   1m',
    '',
    'SERVICE  REQUESTS/S  ERRORS/S  P50    P99    IN FLIGHT  WAITING',
    'app      100.0       2.0       12 ms  90 ms  2          1',
    '',
    'last      rollback 1.4.1-dev.3, went back, 1m ago, 2 cut',
    'snapshot  01234567, 30s ago',
    'disk      5.0 GB free of 10.0 GB',
    'gate dartagnan: https://p.example.com',
    '',
    'l logs   p plan   r rollback   q quit',
  ])
})

test('an engine that hangs must be said, with what it said last', () => {
  expect(renderFrame(frame(), before, 12_400, 120)).toMatch(/^p: serving[\s\S]*has not answered for 12 s/)
})

test('nothing must be counted from one moment alone, or from a proxy that was replaced', () => {
  expect(renderFrame(frame(), undefined, 0, 120)).toMatch(/^app +– +– +12 ms/m)
  expect(renderFrame(before, { ...frame(), at: at - 4000 }, 0, 120)).toMatch(/^app +0\.0 +0\.0 +– +–/m)
})

test('no line must be wider than the terminal', () => {
  for (const columns of [40, 80])
    for (const line of renderFrame(frame(), before, 0, columns).split('\n'))
      expect(line.length).toBeLessThanOrEqual(columns)
})
