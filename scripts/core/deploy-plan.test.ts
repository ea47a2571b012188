import { expect, test } from 'vitest'
import type { ContainerState } from './container.ts'
import { describeStep, planDeploy } from './deploy-plan.ts'
import type { Server } from './haproxy.ts'
import { makeRelease, type Release } from './release.ts'

const release = (version: string, more: object = {}): Release =>
  makeRelease(
    { name: 'p', services: { app: { image: `sha256:${version}` }, proxy: { image: 'proxy' }, ...more } },
    { id: `sha256:${version}`, version, revision: `r${version}`, volumes: [] },
  )

function container(of: Release, service: string, number: number, over: Partial<ContainerState> = {}): ContainerState {
  const address = `10.0.0.${number}`
  return {
    id: `${service}-${number}`,
    name: `p-${service}-${number}`,
    service,
    image: of.compose.services[service]?.image ?? '',
    labels: of.compose.services[service]?.labels ?? {},
    status: 'running',
    health: 'healthy',
    exitCode: 0,
    outOfMemory: false,
    restarts: 0,
    startedAt: '',
    networks: { p_edge: { address, aliases: service === 'app' ? ['app-live'] : [] } },
    ports: [],
    ...over,
  }
}
const server = (number: number, draining = false): Server => ({
  name: `app${number}`,
  address: `10.0.0.${number}`,
  up: !draining,
  draining,
  inFlight: 0,
})

const text = (
  wanted: Release,
  replicas: number,
  containers: ContainerState[],
  servers: Server[] = [],
  proxyConfigured = true,
) =>
  planDeploy(wanted, replicas, { containers, servers, proxyConfigured }).map(
    (step) => `${describeStep(step, wanted)} (${step.because})`,
  )

const v1 = release('1.0.0')
const v2 = release('2.0.0')

test('the first deploy starts the application, then the proxy', () => {
  expect(text(v1, 1, [], [], false)).toEqual([
    'start 1 × 1.0.0 beside what serves (nothing serves)',
    'wait until 1.0.0 is ready (only a healthy container that names the expected revision may serve)',
    'start or reload the proxy (not running as configured)',
    'join 1.0.0 to the live network (on the live network it is a member of the proxy)',
    'wait until the proxy reaches 1.0.0 (nothing is drained before the proxy reaches the new version)',
  ])
})

test('what serves as wanted needs no step', () => {
  expect(text(v1, 2, [container(v1, 'proxy', 1), container(v1, 'app', 2), container(v1, 'app', 3)])).toEqual([])
})

test('a new version is reached before the old one is drained, and the proxy is left alone', () => {
  expect(text(v2, 1, [container(v1, 'proxy', 1), container(v1, 'app', 2)])).toEqual([
    'start 1 × 2.0.0 beside what serves (1.0.0 serves)',
    'wait until 2.0.0 is ready (only a healthy container that names the expected revision may serve)',
    'join 2.0.0 to the live network (on the live network it is a member of the proxy)',
    'wait until the proxy reaches 2.0.0 (nothing is drained before the proxy reaches the new version)',
    'drain p-app-2 (its requests end before it does)',
    'stop and remove p-app-2 (replaced)',
  ])
})

test('another configuration of the same image is another release', () => {
  const changed = release('1.0.0', { app: { image: 'sha256:1.0.0', environment: { A: 'b' } } })
  expect(text(changed, 1, [container(v1, 'proxy', 1), container(v1, 'app', 2)])[0]).toBe(
    'start 1 × 1.0.0 beside what serves (the configuration differs)',
  )
})

test('fewer replicas are drained, more are started, and the rest stays', () => {
  const running = [container(v1, 'proxy', 1), container(v1, 'app', 2), container(v1, 'app', 3)]
  expect(text(v1, 1, running)).toEqual([
    'drain p-app-3 (its requests end before it does)',
    'stop and remove p-app-3 (more than REPLICAS asks for)',
  ])
  expect(text(v1, 3, running)[0]).toBe('start 1 × 1.0.0 beside what serves (fewer than REPLICAS asks for)')
})

test('what an interrupted deploy has left is removed first: it serves nothing', () => {
  const waiting = container(v2, 'app', 3, { networks: { p_default: { address: '10.1.0.3', aliases: [] } } })
  const [first] = text(v1, 1, [container(v1, 'proxy', 1), container(v1, 'app', 2), waiting])
  expect(first).toBe('remove p-app-3 (serves nothing: stopped, or left by a deploy that was interrupted)')
})

test('a slot left draining is given back, unless its member is about to leave', () => {
  const running = [container(v1, 'proxy', 1), container(v1, 'app', 2)]
  expect(text(v1, 1, running, [server(2, true)])).toEqual([
    'give the slots app2 back (left draining by a deploy that was interrupted)',
  ])
  expect(text(v2, 1, running, [server(2, true)]).join()).not.toContain('give the slots')
})

test('an unhealthy member is replaced, though its version is the wanted one', () => {
  const steps = text(v1, 1, [container(v1, 'proxy', 1), container(v1, 'app', 2, { health: 'unhealthy' })])
  expect(steps[0]).toContain('start 1 × 1.0.0')
  expect(steps.at(-1)).toContain('stop and remove p-app-2')
})

test('a proxy that runs another configuration is reloaded, and no container of the application is touched', () => {
  expect(text(v1, 1, [container(v1, 'proxy', 1), container(v1, 'app', 2)], [], false)).toEqual([
    'start or reload the proxy (not running as configured)',
  ])
})

test('other services of the release are started before the application', () => {
  const withWorker = release('1.0.0', { worker: { image: 'worker' } })
  expect(text(withWorker, 1, [], [], false)[0]).toBe('start worker (not running as configured)')
})
