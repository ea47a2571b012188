import { expect, test } from 'vitest'
import type { Release } from '../release/model.ts'
import { holdFor, slowStart } from './slow-start.ts'

test.each([
  [
    'while requests wait',
    { held: true, hold: 10, ready: 90 },
    /^a slow start: HOLD_TIMEOUT=50 make deploy gives it up to 37 seconds/,
  ],
  [
    'after the longest wait',
    { held: true, hold: 50, ready: 90 },
    /^a slow start: HOLD_TIMEOUT is 50 already, which is the most:/,
  ],
  ['without one', { held: false, hold: 10, ready: 90 }, /^a slow start: READY_TIMEOUT=270 make deploy$/],
  ['at the longest time', { held: false, hold: 10, ready: 3000 }, /^a slow start: READY_TIMEOUT=3600 make deploy$/],
])('a start that was too slow %s must be given a time that is taken', (_, told, says) => {
  expect(slowStart(told)).toMatch(says)
  expect(slowStart(told)?.includes('x-rollout: overlap')).toBe(told.held)
})

test('a health check whose program is missing must be given no more time', () => {
  const problem = 'its health check ended with 1: /bin/sh: 1: curl: not found'
  expect(slowStart({ held: false, hold: 10, ready: 90, problem })).toBeUndefined()
})

test.each([403, 500])('a page that answers %d must be given no more time, but another page', (status) => {
  const problem = `shop-app-3 answers ${status} on its health path /`
  expect(slowStart({ held: false, hold: 10, ready: 90, problem })).toMatch(/^HEALTH_PATH=/)
})

test('a web server that waits for what is behind it must be given time, and no other page', () => {
  const problem = 'shop-app-3 answers 502 on its health path /'
  expect(slowStart({ held: false, hold: 10, ready: 90, problem })).toMatch(/^a slow start: READY_TIMEOUT/)
})

test('a start that took most of the usual time must have the longest for the next version, unless somebody chose a time', () => {
  const of = (rollout: string, expose: string[] = []) =>
    ({
      routes: [{ service: 'app', rollout }],
      compose: { services: { app: { depends_on: { api: {} } }, api: { expose } } },
    }) as unknown as Release
  const took = (seconds: number, step = 'ready') => [{ step, ms: seconds * 1000 }]
  expect([5, 7, 30].map((seconds) => holdFor(10, of('exclusive'), took(seconds)))).toEqual([10, 50, 50])
  expect(holdFor(12, of('exclusive'), took(30))).toBe(12)
  expect(holdFor(10, of('overlap'), took(30))).toBe(10)
  // What requests go on to, they wait for as well.
  expect(holdFor(10, of('overlap', ['80']), took(30, 'recreate'))).toBe(50)
  expect(holdFor(10, of('overlap'), took(30, 'recreate'))).toBe(10)
})
