import { expect, test } from 'vitest'
import type { ContainerState } from '../docker/container.ts'
import type { ProxyState } from '../proxy/haproxy.ts'
import type { Color } from '../proxy/sets.ts'
import type { ReleaseEntry } from '../release/history.ts'
import type { RunLog } from '../state/run-log.ts'
import { renderStatus, reportStatus } from './status-report.ts'

const container = (service: string, over: Partial<ContainerState> = {}): ContainerState => ({
  id: service,
  name: `p-${service}-1`,
  service,
  image: 'sha256:1',
  labels: service === 'app' ? { 'org.dartagnan.version': '1.0.0' } : {},
  status: 'running',
  health: 'healthy',
  exitCode: 0,
  outOfMemory: false,
  restarts: 0,
  startedAt: '2026-01-01T00:00:00Z',
  networks: memberOf('blue', service),
  ports: service === 'proxy' ? ['127.0.0.1:8080'] : [],
  ...over,
})
function memberOf(color: Color, service = 'app') {
  return { p_edge: { address: '10.0.0.2', aliases: [`${service}-${color}`] } }
}
const proxy = (live: ProxyState['live'] = { app: 'blue' }): ProxyState => ({ live, held: [], servers: [], config: '' })
const report = (...containers: ContainerState[]) => reportStatus('p', { containers, proxy: proxy() })
const outcome = (...containers: ContainerState[]) => report(...containers).outcome
const serving = (containers: ContainerState[], state: ProxyState | undefined) =>
  reportStatus('p', { containers, proxy: state }).containers.map((row) => row.serving)

test('a project must serve when its proxy and every container are well', () => {
  expect(outcome(container('proxy'), container('app'))).toBe('serving')
  expect(outcome(container('proxy'), container('app'), container('worker', { health: undefined }))).toBe('serving')
})

test('it must be degraded when something is not well, and it still serves', () => {
  expect(outcome(container('proxy'), container('app'), container('app', { health: 'unhealthy' }))).toBe('degraded')
  expect(
    outcome(container('proxy'), container('app'), container('worker', { health: undefined, status: 'exited' })),
  ).toBe('degraded')
})

test('a container that has exited must be shown so, whatever its health check said last', () => {
  const status = report(container('proxy'), container('app', { health: 'healthy', status: 'exited' }))
  expect(status.containers.map(({ state }) => state)).toEqual(['healthy', 'exited'])
  expect(status.outcome).toBe('down')
})

test.each([
  ['there is no proxy', [container('app')]],
  ['the proxy is ill', [container('proxy', { health: 'unhealthy' }), container('app')]],
  ['its only container is in no set', [container('proxy'), container('app', { networks: {} })]],
  ['its only container is in the other set', [container('proxy'), container('app', { networks: memberOf('green') })]],
  ['its only container is not healthy yet', [container('proxy'), container('app', { health: 'starting' })]],
  ['nothing runs', []],
])('it must be down where %s', (_, containers) => {
  expect(outcome(...containers)).toBe('down')
})

test('the members of the live set must serve, and no other', () => {
  const containers = [container('app'), container('app', { networks: memberOf('green') })]
  expect(serving(containers, proxy({ app: 'blue' }))).toEqual([true, false])
  expect(serving(containers, proxy({ app: 'green' }))).toEqual([false, true])
})

test('nothing must serve without a proxy', () => {
  expect(serving([container('app')], undefined)).toEqual([false])
})

test('the table must say whether each service behind the proxy serves, and say so of no other service', () => {
  const containers = [container('app'), container('api'), container('worker')]
  expect(serving(containers, proxy({ app: 'blue', api: 'green' }))).toEqual([true, false, undefined])
})

test('the guard must have no row: it is not part of the application', () => {
  const status = report(
    container('proxy'),
    container('app'),
    container('guard', { health: undefined, status: 'exited' }),
  )
  expect(status.containers.map(({ service }) => service)).toEqual(['proxy', 'app'])
  expect(status.outcome).toBe('serving')
})

test('the table must show service, version, age and address, and the next command when not all is well', () => {
  const now = Date.parse('2026-01-01T02:00:00Z')
  const text = renderStatus(report(container('proxy'), container('app', { health: 'unhealthy' })), now)
  expect(text.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
    ['p: down'],
    ['SERVICE', 'CONTAINER', 'VERSION', 'STATE', 'LIVE', 'SINCE', 'WHERE'],
    ['app', 'p-app-1', '1.0.0', 'unhealthy', 'yes', '2h'],
    ['proxy', 'p-proxy-1', 'healthy', '2h', '127.0.0.1:8080'],
    ['', 'next: make logs, then make deploy'],
  ])
  expect(renderStatus(report(), now)).toContain('next: make ship')
})

const last: ReleaseEntry = {
  outcome: 'rolled back',
  target: 'deploy',
  version: '1.1.0',
  revision: 'r',
  image: 'sha256:2',
  release: 'x',
  from: 'y',
  by: 'porthos',
  at: '2026-01-01T01:00:00Z',
  ms: 0,
  cut: 0,
  held: 0,
  because: 'p-app-2 is unhealthy',
}
const past = (...history: ReleaseEntry[]) =>
  reportStatus('p', { containers: [container('proxy'), container('app')], proxy: proxy() }, history)

test('the last rollout must be shown where its version does not serve', () => {
  expect(renderStatus(past(last), Date.parse('2026-01-01T02:00:00Z'))).toMatch(
    /\nlast deploy: 1\.1\.0 rolled back 1h ago \(p-app-2 is unhealthy\)$/,
  )
})

test('a last rollout that went well must not be shown, nor the one before it', () => {
  for (const outcome of ['deployed', 'unchanged'] as const)
    expect(past(last, { ...last, outcome, because: '' }).last).toBeUndefined()
  expect(past().last).toBeUndefined()
})

test('a last rollout that was killed, and finished by another run, must be shown', () => {
  const killed = { ...last, outcome: 'deployed', because: 'killed in step 6 of 7 (stop p-app-1)' } as const
  expect(past(killed).last).toEqual(killed)
})

test('a run in progress must be shown', () => {
  const run: RunLog = {
    format: 1,
    stopping: [],
    target: 'deploy',
    version: '1.1.0',
    release: 'x',
    from: 'y',
    step: 'drain p-app-1',
    number: 5,
    of: 6,
    by: 'porthos',
    at: '2026',
    since: '1970-01-01T00:00:00Z',
  }
  const status = reportStatus('p', { containers: [container('proxy'), container('app')], proxy: proxy() }, [], run)
  expect(renderStatus(status, 12_000)).toMatch(
    /\nmake deploy of 1\.1\.0 by porthos goes on, for 12s now\n {2}step 5 of 6: drain p-app-1$/,
  )
})

test('a service with a build of its own must be shown with its image, which may be that of several versions', () => {
  const labels = { 'org.dartagnan.build': 'worker' }
  const rows = report(container('worker', { labels, image: 'sha256:fedcba9876543210' })).containers
  expect(rows.map(({ version }) => version)).toEqual(['fedcba987654'])
})
