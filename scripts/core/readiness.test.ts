import { expect, test } from 'vitest'
import type { ContainerState } from './container.ts'
import { identityProblem, judge } from './readiness.ts'

const container = (over: Partial<ContainerState>) =>
  ({
    name: 'c',
    status: 'running',
    health: 'starting',
    exitCode: 0,
    outOfMemory: false,
    restarts: 0,
    ...over,
  }) as ContainerState

test.each([
  ['starting', {}, 'waiting', ''],
  ['healthy', { health: 'healthy' }, 'ready', ''],
  ['unhealthy', { health: 'unhealthy' }, 'failed', 'is unhealthy'],
  ['exited', { status: 'exited', exitCode: 3 }, 'failed', 'exited with status 3'],
  ['restarted since', { restarts: 1, health: 'healthy' }, 'failed', 'was restarted'],
  ['killed for its memory', { outOfMemory: true, status: 'exited', exitCode: 137 }, 'failed', 'ran out of memory'],
  ['without a health check', { health: undefined }, 'failed', 'no health check'],
])('a container that is %s', (_, over, state, reason) => {
  expect(judge(container(over))).toMatchObject(reason ? { state, reason: expect.stringContaining(reason) } : { state })
})

const expected = { version: '1.0.0', revision: 'abc' }
test.each([
  ['the expected names', 200, '{"version":"1.0.0","revision":"abc"}', undefined],
  ['another revision', 200, '{"version":"1.0.0","revision":"lie"}', 'answers as revision "lie"'],
  ['another version', 200, '{"version":"0.9.0","revision":"abc"}', 'answers as version "0.9.0"'],
  ['no names, as an application that was not made for this', 200, 'ok', undefined],
  ['an error', 503, '{"version":"1.0.0","revision":"abc"}', 'answers 503'],
])('an answer with %s', (_, status, body, problem) => {
  const found = identityProblem({ status, body }, expected)
  if (problem) expect(found).toContain(problem)
  else expect(found).toBeUndefined()
})
