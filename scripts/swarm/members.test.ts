import { expect, test } from 'vitest'
import type { Running, Task } from './judge.ts'
import { missingMembers, parseMembers, renderMissing, stillMissing } from './members.ts'
import { uncounted, withAwait } from './proxy-config.ts'

const service: Running = {
  ...{ id: 's', name: 'journal_app', definition: 'd', task: 'd', labels: {}, replicas: 2, update: undefined },
}
const task = (over: Partial<Task> = {}): Task => ({
  ...{ id: 't', service: 's', slot: 1, node: 'n', definition: 'd', state: 'running', wanted: 'running' },
  ...{ error: '', status: undefined, at: 0, ...over },
})
const missing = (said: string | undefined, tasks: readonly Task[]) =>
  missingMembers(
    'journal',
    [{ node: 'b', members: said === undefined ? undefined : parseMembers(said) }],
    [service],
    tasks,
  )

test('a proxy that finds fewer members than tasks run must be named, with the service', () => {
  const found = missing('app 1\n', [task(), task()])
  expect(renderMissing(found)).toBe('the proxy on b finds 1 of 2 tasks of app')
  expect(stillMissing(found)).toMatchObject({ next: 'systemctl restart docker on b, then: make status' })
})

test('tasks that start or end are no members yet, or no longer, and a proxy that does not answer says nothing of them', () => {
  expect(missing('app 1\n', [task(), task({ state: 'preparing' }), task({ wanted: 'shutdown' })])).toEqual([])
  expect(missing('app 3\n', [task(), task()])).toEqual([])
  expect(missing(undefined, [task(), task()])).toEqual([])
  // A proxy of a toolkit before this one answers as the application does.
  expect(missing('<html>a page</html>\n', [task()])).toEqual([])
})

test('the configuration of a proxy must be the same for each number of replicas, and tell its members to who knows the token', () => {
  const route = (replicas: number) => ({
    ...{ service: 'app', path: '/', port: 8000, health: '/healthz', replicas, rollout: 'overlap' as const },
    threads: 8,
  })
  expect(uncounted([route(2)])).toEqual(uncounted([route(12)]))
  const config = withAwait('  hard-stop-after 60s\n  http-request set-var(txn.live) x\n', [route(2)], 10, 'hush')
  expect(config).toContain('lua-load /usr/local/etc/haproxy/await.lua app=4\n')
  expect(config).toContain('http-request use-service lua.members if { req.hdr(x-members) -m str hush }\n')
})
