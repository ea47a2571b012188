import { expect, test } from 'vitest'
import type { ContainerState } from '../core/container.ts'
import { renderStatus, reportStatus } from './report.ts'

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
  networks: { p_edge: { address: '10.0.0.2', aliases: service === 'app' ? ['app-live'] : [] } },
  ports: service === 'proxy' ? ['127.0.0.1:8080'] : [],
  ...over,
})
const outcome = (...containers: ContainerState[]) => reportStatus('p', containers).outcome

test('a project serves when its proxy and every container are well', () => {
  expect(outcome(container('proxy'), container('app'))).toBe('serving')
  expect(outcome(container('proxy'), container('app'), container('worker', { health: undefined }))).toBe('serving')
})

test('it is degraded when something is not, and still serves', () => {
  expect(outcome(container('proxy'), container('app'), container('app', { health: 'unhealthy' }))).toBe('degraded')
  expect(
    outcome(container('proxy'), container('app'), container('worker', { health: undefined, status: 'exited' })),
  ).toBe('degraded')
})

test('it is down without a proxy, or without a healthy member of it', () => {
  expect(outcome(container('app'))).toBe('down')
  expect(outcome(container('proxy'), container('app', { networks: {} }))).toBe('down')
  expect(outcome(container('proxy'), container('app', { health: 'starting' }))).toBe('down')
  expect(outcome()).toBe('down')
})

test('the table says what, which version, since when and where, and what to do when not all is well', () => {
  const now = Date.parse('2026-01-01T02:00:00Z')
  const text = renderStatus(reportStatus('p', [container('proxy'), container('app', { health: 'unhealthy' })]), now)
  expect(text.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
    ['p: down'],
    ['SERVICE', 'CONTAINER', 'VERSION', 'STATE', 'SERVING', 'SINCE', 'WHERE'],
    ['app', 'p-app-1', '1.0.0', 'unhealthy', 'yes', '2h'],
    ['proxy', 'p-proxy-1', 'healthy', '2h', '127.0.0.1:8080'],
    ['', 'next: make logs, then make deploy'],
  ])
  expect(renderStatus(reportStatus('p', []), now)).toContain('next: make ship')
})

test('a run that was killed must be told, with what to do; one that goes on only told', () => {
  const journal = {
    target: 'deploy',
    version: '1.1.0',
    release: 'x',
    step: 'drain p-app-1',
    number: 5,
    of: 6,
    by: 'porthos',
    at: '2026',
  }
  const text = (goingOn: boolean) =>
    renderStatus(reportStatus('p', [container('proxy'), container('app')], { journal, goingOn }), 0)
  expect(text(false)).toMatch(
    /make deploy of 1\.1\.0 by porthos was interrupted at 2026, in step 5 of 6 \(drain p-app-1\)\n +next: make deploy/,
  )
  expect(text(true)).toMatch(/is going on since 2026, in step 5 of 6 \(drain p-app-1\)$/)
})
