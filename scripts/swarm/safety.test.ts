import { expect, test } from 'vitest'
import type { Release } from '../release/model.ts'
import { hostPaths, modesOf, pausedFor, planSafety } from './safety.ts'

const hook = { service: 'app', copy: ['copy'], describe: ['describe'], restore: undefined }
const data = { key: 'data', name: 'journal_data', driver: 'local', options: {}, writers: ['app'], kept: true, hook }
const release = (id: string, rollout = 'overlap', volume: object = {}) =>
  ({
    image: { id },
    routes: [{ service: 'app', rollout }],
    volumes: [{ ...data, ...volume }],
  }) as unknown as Release
const asked = { from: release('old'), changed: ['app'], snapshot: true, rehearse: false, fills: false }

test('a rollout that changes a writer must take a snapshot, and no other', () => {
  expect(planSafety(release('new'), asked)).toEqual({ snapshot: true, rehearse: false, halted: [] })
  expect(planSafety(release('new'), { ...asked, changed: ['jobs'] }).snapshot).toBe(false)
  expect(planSafety(release('new'), { ...asked, snapshot: false }).snapshot).toBe(false)
  expect(planSafety(release('new'), { ...asked, from: undefined }).snapshot).toBe(false)
  for (const kept of [{ hook: { ...hook, restore: ['restore'] } }, { hook: undefined, shared: true }]) {
    const server = release('old', 'overlap', kept)
    expect(planSafety(release('new'), { ...asked, from: server, changed: ['jobs'] }).snapshot).toBe(true)
  }
})

test('only another image must be rehearsed', () => {
  expect(planSafety(release('new'), { ...asked, snapshot: false, rehearse: true })).toMatchObject({
    rehearse: true,
    snapshot: true,
  })
  expect(planSafety(release('old'), { ...asked, rehearse: true }).rehearse).toBe(false)
})

test('an exclusive service, and a writer whose data change, must be halted before the new one starts', () => {
  expect(planSafety(release('new', 'exclusive'), asked).halted).toEqual(['app'])
  expect(planSafety(release('new', 'exclusive'), { ...asked, changed: [] }).halted).toEqual([])
  expect(planSafety(release('new'), { ...asked, fills: true }).halted).toEqual(['app'])
})

test('those that write files must be still: a hook copies while its service runs, and files are taken once it is halted', () => {
  expect(modesOf(release('old'))).toEqual({ data: 'copy' })
  expect(modesOf(release('old'), ['app'])).toEqual({ data: 'files' })
  expect(pausedFor(release('old'), { data: 'files' })).toEqual(['app'])
  expect(pausedFor(release('old'), { data: 'files' }, ['app'])).toEqual([])
  expect(pausedFor(release('old'), { data: 'copy' })).toEqual([])
})

test('what a hook mounts of its host must be known, and for a rehearsal that of all services but the proxy', () => {
  const bind = (source: string) => ({ type: 'bind', source, target: '/x' })
  const compose = {
    services: {
      app: { volumes: [bind('/checkout/hook.sh')], secrets: [{ source: 'token' }] },
      jobs: { volumes: [bind('/checkout/jobs.yaml'), { type: 'volume', source: 'data', target: '/data' }] },
      proxy: { volumes: [bind('/checkout/proxy.cfg')] },
    },
    secrets: { token: { file: '/checkout/secrets/to$$ken' } },
  }
  const own = { ...release('old'), compose } as unknown as Release
  expect(hostPaths(own, false)).toEqual(['/checkout/hook.sh', '/checkout/secrets/to$ken'])
  expect(hostPaths(own, true)).toEqual(['/checkout/hook.sh', '/checkout/secrets/to$ken', '/checkout/jobs.yaml'])
})
