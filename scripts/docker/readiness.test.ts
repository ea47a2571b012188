import { expect, test } from 'vitest'
import type { ContainerState } from './container.ts'
import { VERSION_LABEL } from './labels.ts'
import { identityProblem, judge } from './readiness.ts'

const container = (over: Partial<ContainerState>) =>
  ({
    name: 'c',
    status: 'running',
    health: 'starting',
    exitCode: 0,
    outOfMemory: false,
    restarts: 0,
    labels: {},
    ...over,
  }) as ContainerState

test.each([
  ['starting', {}, 'waiting', ''],
  ['healthy', { health: 'healthy' }, 'ready', ''],
  ['unhealthy', { health: 'unhealthy' }, 'failed', 'is unhealthy'],
  [
    'ended by V8',
    { status: 'exited', exitCode: 134 },
    'failed',
    'exited with status 134 (of Node: mostly for lack of memory, APP_MEMORY)',
  ],
  ['exited', { status: 'exited', exitCode: 3 }, 'failed', 'exited with status 3'],
  ['done with its work', { status: 'exited', labels: { 'org.dartagnan.rollout': 'once' } }, 'ready', ''],
  [
    'done with half of it',
    { status: 'exited', exitCode: 1, labels: { 'org.dartagnan.rollout': 'once' } },
    'failed',
    'exited with status 1',
  ],
  ['restarted since', { restarts: 1, health: 'healthy' }, 'failed', 'was restarted'],
  ['killed for its memory', { outOfMemory: true, status: 'exited', exitCode: 137 }, 'failed', 'ran out of memory'],
  ['running without a health check', { health: undefined }, 'ready', ''],
  ['made without a health check, and does not run,', { health: undefined, status: 'created' }, 'waiting', ''],
])('a container that is %s', (_, over, state, reason) => {
  expect(judge(container(over))).toMatchObject(reason ? { state, reason: expect.stringContaining(reason) } : { state })
})

test('a service for whose end others wait is ready when it has ended, and no sooner', () => {
  const among = { others: [], now: 0, awaited: new Set(['app']) }
  const labels = { 'org.dartagnan.rollout': 'once' }
  const running = container({ health: undefined, labels, service: 'app' })
  expect(judge(running, 0, among)).toEqual({ state: 'waiting' })
  expect(judge({ ...running, status: 'exited' }, 0, among)).toEqual({ state: 'ready' })
})

test.each([
  ['as often as before', 'ready', { restarts: 2, health: 'healthy' }],
  ['once more', 'failed', { restarts: 3, health: 'healthy' }],
  ['as often as before, and is about to be again,', 'failed', { restarts: 2, status: 'restarting' }],
])('a container that was there and was restarted %s must be %s', (_, state, over) => {
  expect(judge(container(over), 2)).toMatchObject({ state })
})

test.each([
  ['is about to try again', 'waiting', { restarts: 1, status: 'restarting' }],
  ['has come back', 'ready', { restarts: 1, health: undefined }],
  ['ends once more', 'failed', { restarts: 2, status: 'restarting' }],
  ['has come back twice', 'failed', { restarts: 2, health: undefined }],
])('a container that may end once, and %s, must be %s', (_, state, over) => {
  expect(judge(container(over), 0, { others: [], now: 0, spare: 1 })).toMatchObject({ state })
})

test('a worker of the version that nobody waits for may end again and again, where that is forgiven, and no other service may', () => {
  const among = { others: [], now: 0, spare: 1, forgiven: new Set(['worker']) }
  const again = { restarts: 3, status: 'restarting', health: undefined, labels: { [VERSION_LABEL]: '1.0.0' } }
  expect(judge(container({ ...again, service: 'worker' }), 0, among)).toEqual({ state: 'ready' })
  expect(judge(container({ ...again, service: 'worker', labels: {} }), 0, among)).toMatchObject({ state: 'failed' })
  expect(judge(container({ ...again, service: 'app' }), 0, among)).toMatchObject({ state: 'failed' })
  const ill = { health: 'unhealthy' as const, labels: {} }
  expect(judge(container({ ...ill, service: 'worker', restarts: 1 }), 0, among)).toEqual({ state: 'waiting' })
  const between = { ...ill, service: 'db', status: 'restarting' }
  expect(judge(container(between), 0, among)).toEqual({ state: 'waiting' })
  expect(judge(container({ ...ill, service: 'worker' }), 0, among)).toEqual({ state: 'ready' })
  expect(judge(container({ ...ill, service: 'app' }), 0, among)).toMatchObject({ state: 'failed' })
})

const at = (second: number) => new Date(1_000_000 + second * 1000).toISOString()
const queue = container({ service: 'queue', startedAt: at(0), health: undefined })
test.each([
  ['is about to try again', 20, { status: 'restarting' }, {}, 'waiting'],
  ['was killed', 20, { status: 'restarting', exitCode: 137 }, {}, 'failed'],
  ['has no such program', 20, { status: 'restarting', exitCode: 127 }, {}, 'failed'],
  ['does so for too long', 50, { status: 'restarting' }, {}, 'failed'],
  ['has just come back, and nothing asks it', 21, { startedAt: at(20), health: undefined }, {}, 'waiting'],
  ['has come back', 26, { startedAt: at(20), health: undefined }, {}, 'ready'],
  ['is healthy, long after it came back', 90, { startedAt: at(20), health: 'healthy' }, {}, 'ready'],
  ['came back when the other had long been there', 90, { startedAt: at(60), health: 'healthy' }, {}, 'failed'],
  ['needs one that a check asks', 20, { status: 'restarting' }, { health: 'healthy' }, 'failed'],
  ['needs one that ends, too', 20, { status: 'restarting' }, { restarts: 2 }, 'failed'],
  [
    'stands beside another part of the same version',
    20,
    { status: 'restarting' },
    { labels: { 'org.dartagnan.version': '1' } },
    'failed',
  ],
  ['ends for good', 20, { status: 'exited' }, {}, 'failed'],
])('a container that ends until another one is ready, and %s, at second %i', (_, now, over, other, state) => {
  const found = judge(container({ service: 'app', restarts: 3, ...over }), 0, {
    others: [{ ...queue, ...other }],
    now: Date.parse(at(now)),
  })
  expect(found.state).toBe(state)
})

const expected = { version: '1.0.0', revision: 'abc' }
test.each([
  ['the expected names', 200, '{"version":"1.0.0","revision":"abc"}', undefined],
  ['another revision', 200, '{"version":"1.0.0","revision":"lie"}', 'answers as revision "lie"'],
  ['another version', 200, '{"version":"0.9.0","revision":"abc"}', 'answers as version "0.9.0"'],
  ['another commit', 200, `{"version":"0.9.0","revision":"${'0'.repeat(40)}"}`, 'answers as revision "0000'],
  ['no names, as an application that was not made for this', 200, 'ok', undefined],
  ['a version of its own', 200, '{"version":"7.4.1"}', undefined],
  ['a version and a revision of its own', 200, '{"version":"7.4.1","revision":"r5"}', undefined],
  ['numbers', 200, '{"version":1,"revision":2}', undefined],
  ['an error', 503, '{"version":"1.0.0","revision":"abc"}', 'answers 503'],
])('an answer with %s', (_, status, body, problem) => {
  const found = identityProblem({ path: '/healthz', status, body }, expected)
  if (problem) expect(found).toContain(problem)
  else expect(found).toBeUndefined()
})

test('a service with another image must answer, but need not name a version', () => {
  expect(identityProblem({ path: '/', status: 200, body: '{"version":"7.4.1"}' }, undefined)).toBeUndefined()
  expect(identityProblem({ path: '/', status: 404, body: '' }, undefined)).toContain('answers 404')
})

test.each([
  [200, undefined],
  [302, undefined],
  [401, undefined],
  [404, undefined],
  [0, 'answers 0 on its health path /healthz'],
  [500, 'answers 500 on its health path /healthz'],
])('where any answer counts, status %i must say no more than that it answers', (status, problem) => {
  expect(identityProblem({ path: '*', status, body: '' }, expected)).toBe(problem)
})

test('where any answer counts, one that names another version must not', () => {
  const body = JSON.stringify({ version: '0.9.0', revision: 'b'.repeat(40) })
  expect(identityProblem({ path: '*', status: 200, body }, expected)).toContain('answers as revision')
})

test('a home page may redirect, and a page for checks may not', () => {
  for (const path of ['/', '/index.php'])
    expect(identityProblem({ path, status: 302, body: '' }, expected), path).toBeUndefined()
  // It lives, and limits how often one may ask.
  expect(identityProblem({ path: '/up', status: 429, body: '' }, expected)).toBeUndefined()
  expect(identityProblem({ path: '/up', status: 302, body: '' }, expected)).toBe('answers 302 on its health path /up')
})
