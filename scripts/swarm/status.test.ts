import { expect, test } from 'vitest'
import { ONCE } from '../docker/container.ts'
import { ROLLOUT_LABEL } from '../docker/labels.ts'
import type { Cluster } from './cluster.ts'
import type { Running, Task } from './judge.ts'
import { renderSwarmStatus, swarmStatus } from './status.ts'

const CLUSTER: Cluster = { self: 'n1', nodes: [] }
const service = (name: string, replicas: number): Running => ({
  ...{ id: name, name: `shop_${name}`, definition: 'd', task: 't', labels: {}, replicas, update: undefined },
})
const job: Running = { ...service('seed', 1), labels: { [ROLLOUT_LABEL]: ONCE } }
const running = (name: string, count: number): Task[] =>
  Array.from({ length: count }, (_, slot) => ({
    ...{ id: `${name}${slot}`, service: name, slot, node: 'n1', definition: 't', state: 'running', wanted: 'running' },
    ...{ error: '', status: undefined, at: 0 },
  }))
const statusOf = (app: number, proxy: number) =>
  swarmStatus(
    'shop',
    CLUSTER,
    [service('app', 3), service('proxy', 3)],
    [...running('app', app), ...running('proxy', proxy)],
    0,
  )

test.each([
  [3, 3, 'serving'],
  [3, 2, 'degraded'],
  [1, 3, 'degraded'],
  [0, 3, 'down'],
  [3, 0, 'down'],
])(
  '%s tasks of the application and %s proxies of three each must be said in the words of one host: %s',
  (app, proxy, outcome) => {
    const status = statusOf(app, proxy)
    expect(status.outcome).toBe(outcome)
    expect(renderSwarmStatus(status).startsWith(`shop: ${outcome}\n`)).toBe(true)
    expect(renderSwarmStatus(status).includes('next: make logs, then make deploy')).toBe(outcome !== 'serving')
  },
)

test('a service that has done its work must be said to be done, and serve nobody', () => {
  const done = running('seed', 1).map((task) => ({ ...task, state: 'complete', wanted: 'shutdown' }))
  const status = swarmStatus('shop', CLUSTER, [job, service('proxy', 3)], [...done, ...running('proxy', 3)], 0)
  expect(status).toMatchObject({ outcome: 'down', services: [{ name: 'seed', running: 1, says: 'done' }, {}] })
})
