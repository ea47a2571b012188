import { expect, test } from 'vitest'
import { ONCE } from '../docker/container.ts'
import { ROLLOUT_LABEL } from '../docker/labels.ts'
import { describeTasks, judgeService, type Running, type Task, taskOf } from './judge.ts'

const NOW = 100_000
const service = (over: Partial<Running> = {}): Running => ({
  ...{
    id: 's',
    name: 'journal_app',
    definition: 'new',
    task: 'new',
    labels: {},
    replicas: 2,
    update: undefined,
    ...over,
  },
})
const task = (over: Partial<Task> = {}): Task => ({
  ...{ id: 't', service: 's', slot: 1, node: 'n', definition: 'new', state: 'running', wanted: 'running' },
  ...{ error: '', status: undefined, at: NOW, ...over },
})
const judge = (tasks: readonly Task[], over: Partial<Running> = {}) =>
  judgeService(service(over), tasks, NOW - 10_000, NOW)

test('a service must be ready once all of its tasks run, are of its definition, and no other does', () => {
  expect(judge([task(), task()])).toEqual({ state: 'ready' })
  expect(judge([task(), task(), task({ definition: 'old', state: 'shutdown', wanted: 'shutdown' })])).toEqual({
    state: 'ready',
  })
  expect(judge([task(), task({ state: 'preparing' })])).toEqual({
    state: 'waiting',
    waits: '1 of 2 run',
  })
  expect(judge([task(), task(), task({ definition: 'old', wanted: 'shutdown' })])).toMatchObject({ state: 'waiting' })
  expect(judge([task(), task()], { update: { state: 'updating', message: '' } })).toMatchObject({ state: 'waiting' })
})

const JOB = { labels: { [ROLLOUT_LABEL]: ONCE }, replicas: 1 }
test('a service that does its work once must be ready when that is done, and not while it runs', () => {
  const done = task({ state: 'complete', wanted: 'shutdown' })
  expect(judge([done], JOB)).toEqual({ state: 'ready' })
  expect(judge([task()], JOB)).toEqual({ state: 'waiting', waits: '0 of 1 are done' })
  expect(judge([{ ...done, definition: 'old' }], JOB)).toMatchObject({ state: 'waiting' })
  expect(judge([done], { replicas: 1 })).toMatchObject({ state: 'waiting' })
})

// `docker stack deploy` ends with 0 in each of these cases (docker/cli#6752).
test.each([
  [
    'a paused update [fault 70]',
    { update: { state: 'paused', message: 'update paused' } },
    [],
    'is paused by the engine: update paused',
  ],
  [
    'a rollback of the engine',
    { update: { state: 'rollback_completed', message: 'rolled back' } },
    [],
    'was taken back by the engine: rolled back',
  ],
  [
    'tasks that end again and again',
    {},
    [1, 2, 3].map(() => task({ state: 'failed', error: 'task: non-zero exit (3)', status: 3 })),
    'does not stay up: task: non-zero exit (3) (status 3)',
  ],
  [
    'work that fails',
    JOB,
    [task({ state: 'failed', error: 'task: non-zero exit (3)', status: 3 })],
    'has not done its work: task: non-zero exit (3) (status 3)',
  ],
  [
    'a task that finds no node [fault 68]',
    {},
    [task({ state: 'pending', error: 'no suitable node (1 node not available)', at: NOW - 20_000 })],
    'finds no node: no suitable node (1 node not available)',
  ],
])('%s must be a failure', (_, over, tasks, reason) => {
  expect(judge(tasks, over)).toEqual({ state: 'failed', reason: `journal_app ${reason}` })
})

test('what ended before, or was of another definition, must count for nothing', () => {
  const ended = [1, 2, 3].map(() => task({ state: 'failed', at: NOW - 20_000 }))
  const others = [1, 2, 3].map(() => task({ state: 'failed', definition: 'old' }))
  expect(judge([...ended, ...others, task(), task()])).toEqual({ state: 'ready' })
})

test('a task must be read from what the engine says', () => {
  expect(
    taskOf({
      ...{ ID: 't', ServiceID: 's', Slot: 2, NodeID: 'n', DesiredState: 'running' },
      Spec: { ContainerSpec: { Labels: { 'org.dartagnan.definition': 'new' } } },
      Status: { State: 'failed', Err: 'exit', Timestamp: '1970-01-01T00:01:40Z', ContainerStatus: { ExitCode: 3 } },
    }),
  ).toEqual(task({ slot: 2, state: 'failed', error: 'exit', status: 3 }))
  expect(taskOf({})).toMatchObject({ state: '', at: 0, definition: undefined })
})

test('what each task does must be said by its service, its number and its node', () => {
  const tasks = [
    ...[task(), task({ slot: 2, state: 'starting' }), task({ slot: undefined, node: undefined, state: 'pending' })],
    ...[task({ wanted: 'shutdown' }), task({ slot: 3, state: 'failed', error: 'exit 3' })],
    task({ state: 'shutdown', at: NOW - 20_000 }),
  ]
  expect(describeTasks('app', tasks, { n: 'm2' }, NOW - 10_000)).toEqual({
    underWay: ['app.2 on m2 starting', 'app pending', 'app.1 on m2 ending'],
    ended: ['app.3 on m2 failed: exit 3'],
  })
})
