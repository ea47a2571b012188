import fc from 'fast-check'
import { expect, test } from 'vitest'
import { APP, type ComposeModel, type ComposeService, GUARD, PROXY } from '../docker/compose-model.ts'
import type { ContainerState } from '../docker/container.ts'
import { SUCCESSOR_LABEL } from '../docker/labels.ts'
import type { Sets } from '../proxy/endpoints.ts'
import { type ProxyState, renderConfig } from '../proxy/haproxy.ts'
import { aliasOf, type Color } from '../proxy/sets.ts'
import { makeRelease } from '../release/make-release.ts'
import type { Release } from '../release/model.ts'
import { withVolumes } from '../release/over-volumes.ts'
import { isServing, planNothing, planRelease, planRollout } from './plan.ts'
import type { Observed } from './situation.ts'
import type { Step } from './step.ts'
import { describeStep } from './step-table.ts'

type Endpoint = { port?: number; health?: string }
type Options = Endpoint &
  Pick<ComposeModel, 'volumes'> & {
    app?: ComposeService
    services?: Record<string, ComposeService>
    replicas?: number
  }
const make = (version: string, { app = {}, services = {}, volumes = {}, ...settings }: Options = {}): Release =>
  makeRelease(
    {
      name: 'p',
      volumes,
      services: { app: { image: `sha256:${version}`, ...app }, proxy: { image: 'proxy' }, ...services },
    },
    { id: `sha256:${version}`, version, revision: `r${version}`, volumes: [] },
    { port: 8000, health: '/healthz', replicas: 1, ...settings },
    { template: '  # @VARIABLES\n  # @RULES\n', hold: 10 },
  )

type Over = Partial<ContainerState> & { service?: string }
function container(of: Release, color: Color | undefined, number: number, over: Over = {}): ContainerState {
  const service = over.service ?? APP
  const running = (over.status ?? 'running') === 'running'
  const edge = { address: running ? `10.0.0.${number}` : '', aliases: color ? [aliasOf(service, color)] : [] }
  return {
    id: `id-${service}-${number}`,
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
    networks: color ? { p_edge: edge } : { p_default: edge },
    ports: [],
    ...over,
  }
}
const exited = { status: 'exited', exitCode: 0 }
const unhealthy = { health: 'unhealthy' }
const starting = { health: 'starting' }
const outOfMemory = { ...exited, exitCode: 137, outOfMemory: true }

const setsOf = ({ routes }: Release): Sets =>
  Object.fromEntries(
    routes.map(({ service, port, health }) => [service, { blue: { port, health }, green: { port, health } }]),
  )
type Proxy = Partial<Pick<ProxyState, 'live' | 'held'>> & { draining?: readonly string[] }

/** Those containers behind a proxy that was configured for the release `of`; slots are named as their members. */
function world(of: Release, members: readonly ContainerState[], proxy: Proxy = {}): Observed {
  const { live = { app: 'blue' }, held = [], draining = [] } = proxy
  const servers = members.flatMap(({ name, service, networks, health }) => {
    const { address = '', aliases = [] } = networks['p_edge'] ?? {}
    const color = (['blue', 'green'] as const).find((one) => aliases.includes(aliasOf(service, one)))
    const counts = { inFlight: 0, answers: 0, errors: 0 }
    const slot = { up: health === 'healthy', draining: draining.includes(name), ...counts }
    return color && address ? [{ service, color, name, address, ...slot }] : []
  })
  const config = renderConfig(of.proxy, of.routes, setsOf(of))
  const front = container(of, undefined, 100, { service: PROXY })
  return { containers: [front, ...members], proxy: { live, held, servers, config } }
}
const nothing: Observed = { containers: [], proxy: undefined }

const text = (release: Release, observed: Observed, bake = 0) =>
  planRollout(release, observed, { bake }).map((step) => `${describeStep(step, release)} (${step.because})`)
const modes = (release: Release, observed: Observed, bake = 0) =>
  planRollout(release, observed, { bake }).map((step) => step.do)
function find<K extends Step['do']>(release: Release, observed: Observed, kind: K): Extract<Step, { do: K }> {
  const found = planRollout(release, observed).find((step): step is Extract<Step, { do: K }> => step.do === kind)
  if (!found) throw new Error(`the plan has no step ${kind}`)
  return found
}
const namesOf = (step: { readonly targets: readonly { readonly name: string }[] }) =>
  step.targets.map(({ name }) => name)

const v1 = make('1.0.0')
const v2 = make('2.0.0')
const writes = { app: { volumes: [{ type: 'volume', target: '/data' }] } }
const w1 = make('1.0.0', writes)
const w2 = make('2.0.0', writes)

test('the first deploy must start the application, then the proxy, then let requests in', () => {
  expect(text(v1, nothing, 5)).toEqual([
    'start 1 × app 1.0.0 (nothing serves)',
    'wait until 1.0.0 is ready (only a healthy container that names the expected revision may serve)',
    'start or reload the proxy (it does not run)',
    'attach 1.0.0 to the edge network (on the edge network the proxy checks it too)',
    'wait until the proxy reaches 1.0.0 (nothing is switched before the proxy reaches it)',
    'switch app to 1.0.0 (from one request to the next, and back as fast)',
  ])
})

// A worker that ends some seconds after its start was deployed, and nobody said so.
test.each<readonly [string, ComposeService, boolean]>([
  ['nothing checks', { restart: 'always' }, true],
  ['has a check of its own', { restart: 'always', healthcheck: { test: ['CMD', 'true'] } }, false],
  ['does its work once', { restart: 'no' }, false],
])('a first deploy must watch a service beside the application that %s', (_, worker, isWatched) => {
  const first = make('1.0.0', { services: { worker: { image: 'a', ...worker } } })
  const steps = planRollout(first, { containers: [], proxy: undefined }, { bake: 5 })
  expect(steps.filter((step) => step.do === 'bake')).toMatchObject(isWatched ? [{ services: ['worker'] }] : [])
})

test('a release that serves already must need no step', () => {
  expect(text(v1, world(v1, [container(v1, 'blue', 1)]), 5)).toEqual([])
})

test('an overlap must switch once the new version is reached, and keep the old one through the bake', () => {
  expect(text(v2, world(v1, [container(v1, 'blue', 1)]), 5)).toEqual([
    'start 1 × app 2.0.0 (1.0.0 serves)',
    'wait until 2.0.0 is ready (only a healthy container that names the expected revision may serve)',
    'attach 2.0.0 to the edge network (on the edge network the proxy checks it too)',
    'wait until the proxy reaches 2.0.0 (nothing is switched before the proxy reaches it)',
    'switch app to 2.0.0 (from one request to the next, and back as fast)',
    'drain p-app-1 (its requests end before it does)',
    'watch 2.0.0 for 5 s (with the old version at hand, a bad sign switches back)',
    'stop and remove p-app-1 (replaced)',
  ])
})

test('an exclusive rollout must stop the old version before it starts the new one, and hold requests meanwhile', () => {
  expect(text(w2, world(w1, [container(w1, 'blue', 1)]), 5)).toEqual([
    'start the guard (should this run be killed while nothing serves, it takes over)',
    'create 1 × app 2.0.0, not started (1.0.0 serves)',
    'hold the requests to app, and let those in flight end (two versions must not write at once)',
    'stop p-app-1 (the next one may write only now)',
    'start 1 × app 2.0.0 (nothing else writes)',
    'wait until 2.0.0 is ready (only a healthy container that names the expected revision may serve)',
    'wait until the proxy reaches 2.0.0 (nothing is switched before the proxy reaches it)',
    'switch app to 2.0.0 (from one request to the next, and back as fast)',
    'let the held requests to app go (they can be answered now)',
    'watch 2.0.0 for 5 s (with the old version at hand, a bad sign switches back)',
    'stop and remove p-app-1 (replaced)',
  ])
})

test('one version that must write alone must be enough for the two to take turns', () => {
  expect(modes(v2, world(w1, [container(w1, 'blue', 1)]))).toContain('hold')
  expect(modes(w2, world(v1, [container(v1, 'blue', 1)]))).toContain('hold')
})

test('a version that must write alone must hold no request where nothing writes', () => {
  expect(modes(w1, nothing)).toEqual(['start', 'ready', 'proxy', 'attach', 'await-route', 'switch'])
})

test('the set that does not serve must be the one that is filled', () => {
  const observed = world(v1, [container(v1, 'green', 1)], { live: { app: 'green' } })
  expect(find(v2, observed, 'start').moves).toEqual([{ service: 'app', color: 'blue', make: 1, total: 2, revive: [] }])
})

test('another configuration of the same image must be rolled out, and named as the reason', () => {
  const changed = make('1.0.0', { app: { stop_grace_period: '9s' } })
  expect(text(changed, world(v1, [container(v1, 'blue', 1)]))[0]).toBe(
    'start 1 × app 1.0.0 (the configuration differs)',
  )
})

test('an unhealthy member must be replaced, though its version is the wanted one', () => {
  const observed = world(v1, [container(v1, 'blue', 1, unhealthy)])
  expect(modes(v1, observed)).toEqual(['start', 'ready', 'attach', 'await-route', 'switch', 'drain', 'stop'])
})

test('a member that is not healthy yet, say since the host restarted, must be waited for, and nothing else', () => {
  expect(text(w1, world(w1, [container(w1, 'blue', 1, starting)]), 5)).toEqual([
    'wait until 1.0.0 is ready (only a healthy container that names the expected revision may serve)',
    'wait until the proxy reaches 1.0.0 (nothing is switched before the proxy reaches it)',
  ])
})

const inPlace = [container(v1, 'blue', 1, unhealthy), container(v2, 'green', 2)]

test('a member that answers in place of an ill live set must go on until the wanted version serves', () => {
  const observed = world(v1, inPlace)
  expect(modes(v1, observed)).toEqual(['remove', 'start', 'ready', 'attach', 'await-route', 'drain', 'stop'])
  expect(namesOf(find(v1, observed, 'remove'))).toEqual(['p-app-1'])
  expect(namesOf(find(v1, observed, 'drain'))).toEqual(['p-app-2'])
  expect(namesOf(find(v1, observed, 'stop'))).toEqual(['p-app-2'])
})

test('a member that answers in place of an ill live set must be kept where it is of the wanted version', () => {
  const [two, observed] = [make('2.0.0', { replicas: 2 }), world(v1, inPlace)]
  expect(modes(two, observed)).toEqual(['start', 'ready', 'proxy', 'attach', 'await-route', 'switch', 'drain', 'stop'])
  expect(find(two, observed, 'start').moves).toMatchObject([{ color: 'green', make: 1 }])
  expect(namesOf(find(two, observed, 'stop'))).toEqual(['p-app-1'])
})

test('a member that must write alone, in place of the live set, must be stopped while requests wait, not drained', () => {
  const observed = world(w1, [container(w2, 'green', 2)])
  const steps = ['guard', 'create', 'hold', 'halt', 'start', 'ready', 'await-route', 'unhold', 'stop']
  expect(modes(w1, observed)).toEqual(steps)
})

test('more replicas must only start the new ones, in the set that serves', () => {
  const [two, observed] = [make('1.0.0', { replicas: 2 }), world(v1, [container(v1, 'blue', 1)])]
  expect(modes(two, observed, 5)).toEqual(['start', 'ready', 'proxy', 'attach', 'await-route'])
  expect(find(two, observed, 'start').moves).toEqual([{ service: 'app', color: 'blue', make: 1, total: 2, revive: [] }])
})

test('Compose must be told to keep the containers that leave later', () => {
  const observed = world(v1, [container(v1, 'blue', 1), container(v2, 'green', 2)])
  expect(find(make('1.0.0', { replicas: 2 }), observed, 'start').moves).toMatchObject([{ make: 1, total: 3 }])
})

test('fewer replicas must close the slots of those that leave, without a switch', () => {
  const observed = world(v1, [container(v1, 'blue', 1), container(v1, 'blue', 2)])
  expect(text(v1, observed, 5)).toEqual([
    'drain p-app-2 (its requests end before it does)',
    'stop and remove p-app-2 (more than the release asks for)',
  ])
  expect(find(v1, observed, 'drain').shrink).toBe(true)
})

test('the slots of a set that is switched away from must stay open: it is the way back', () => {
  expect(find(v2, world(v1, [container(v1, 'blue', 1)]), 'drain').shrink).toBe(false)
})

test('a container that a killed run has left outside the sets must be removed', () => {
  const observed = world(v1, [container(v1, 'blue', 1), container(v2, undefined, 2)])
  expect(text(v1, observed)).toEqual([
    'remove p-app-2 (serves nothing: stopped, or left by a run that was interrupted)',
  ])
})

test('a stopped container beside one that serves must be removed', () => {
  const members = [container(v1, 'blue', 1), container(v1, 'blue', 2, exited)]
  expect(modes(v1, world(v1, members))).toEqual(['remove'])
})

test.each(['restarting', 'paused'])('a member of the live set that is %s must leave after the switch', (status) => {
  const observed = world(v1, [container(v1, 'blue', 1, { status })])
  expect(modes(v2, observed)).not.toContain('remove')
  expect(namesOf(find(v2, observed, 'stop'))).toEqual(['p-app-1'])
})

test('a run killed after its switch must be finished without another start', () => {
  const observed = world(v1, [container(v1, 'blue', 1), container(v2, 'green', 2)], { live: { app: 'green' } })
  expect(modes(v2, observed, 5)).toEqual(['drain', 'stop'])
  expect(namesOf(find(v2, observed, 'stop'))).toEqual(['p-app-1'])
})

test('a run killed before its switch must be finished with the containers that it has started', () => {
  const observed = world(v1, [container(v1, 'blue', 1), container(v2, 'green', 2)])
  expect(modes(v2, observed)).toEqual(['ready', 'await-route', 'switch', 'drain', 'stop'])
  expect(text(v2, observed).at(-1)).toBe('stop and remove p-app-1 (replaced)')
})

test('a set that a killed run has filled in part must not be switched to', () => {
  const members = [container(v1, 'blue', 1), container(v1, 'blue', 2), container(v2, 'green', 3)]
  const two = make('2.0.0', { replicas: 2 })
  expect(find(two, world(v1, members), 'start').moves).toMatchObject([{ color: 'green', make: 2 }])
})

test('an overlap must be undone by going back to the old version, which still runs', () => {
  const observed = world(v1, [container(v1, 'blue', 1), container(v2, 'green', 2)], { live: { app: 'green' } })
  expect(modes(v1, observed)).toEqual(['ready', 'await-route', 'switch', 'drain', 'stop'])
  expect(find(v1, observed, 'switch').sets).toEqual({ app: 'blue' })
  expect(namesOf(find(v1, observed, 'stop'))).toEqual(['p-app-2'])
})

test('an exclusive rollout must be undone before its switch by starting the old version again', () => {
  const members = [container(w1, 'blue', 1, exited), container(w2, 'green', 2, unhealthy)]
  expect(text(w1, world(w1, members, { held: ['app'] }))).toEqual([
    'remove p-app-2 (serves nothing: stopped, or left by a run that was interrupted)',
    'start the guard (should this run be killed while nothing serves, it takes over)',
    'hold the requests to app, and let those in flight end (two versions must not write at once)',
    'start p-app-1 again (nothing else writes)',
    'wait until 1.0.0 is ready (only a healthy container that names the expected revision may serve)',
    'wait until the proxy reaches 1.0.0 (nothing is switched before the proxy reaches it)',
    'let the held requests to app go (they can be answered now)',
  ])
})

test('an exclusive rollout must be undone after its switch as one the other way round', () => {
  const members = [container(w1, 'blue', 1, exited), container(w2, 'green', 2)]
  expect(text(w1, world(w1, members, { live: { app: 'green' } }))).toEqual([
    'start the guard (should this run be killed while nothing serves, it takes over)',
    'hold the requests to app, and let those in flight end (two versions must not write at once)',
    'stop p-app-2 (the next one may write only now)',
    'start p-app-1 again (nothing else writes)',
    'wait until 1.0.0 is ready (only a healthy container that names the expected revision may serve)',
    'wait until the proxy reaches 1.0.0 (nothing is switched before the proxy reaches it)',
    'switch app to 1.0.0 (from one request to the next, and back as fast)',
    'let the held requests to app go (they can be answered now)',
    'stop and remove p-app-2 (replaced)',
  ])
})

test.each([0, 137, 143])('a container that was told to stop, and ended with %d, must be started again', (exitCode) => {
  const observed = world(w1, [container(w1, 'blue', 1, { ...exited, exitCode })])
  expect(find(w1, observed, 'start').moves).toMatchObject([{ make: 0, revive: [{ name: 'p-app-1' }] }])
})

test('a container that failed by itself must make room for a new one', () => {
  const observed = world(w1, [container(w1, 'blue', 1, { ...exited, exitCode: 1 })])
  expect(namesOf(find(w1, observed, 'remove'))).toEqual(['p-app-1'])
  expect(find(w1, observed, 'start').moves).toMatchObject([{ make: 1, revive: [] }])
})

test('a container that was killed for its memory must make room for a new one', () => {
  const observed = world(w1, [container(w1, 'blue', 1, outOfMemory)])
  expect(namesOf(find(w1, observed, 'remove'))).toEqual(['p-app-1'])
  expect(find(w1, observed, 'start').moves).toMatchObject([{ make: 1, revive: [] }])
})

test('a container of another version that was told to stop must not be started again', () => {
  const observed = world(w1, [container(w1, 'blue', 1, exited)])
  expect(find(w2, observed, 'start').moves).toMatchObject([{ make: 1, revive: [] }])
})

test('only as many containers as are asked for must be started again', () => {
  const observed = world(w1, [container(w1, 'blue', 1, exited), container(w1, 'blue', 2, exited)])
  expect(find(w1, observed, 'start').moves).toMatchObject([{ make: 0, revive: [{ name: 'p-app-1' }] }])
  expect(namesOf(find(w1, observed, 'remove'))).toEqual(['p-app-2'])
})

test('containers that were told to stop must make room for new ones where they are too few', () => {
  const three = make('1.0.0', { ...writes, replicas: 3 })
  const observed = world(w1, [container(w1, 'blue', 1, exited), container(w1, 'blue', 2, exited)])
  expect(find(three, observed, 'start').moves).toMatchObject([{ make: 3, revive: [] }])
})

test('a hold that was left over must end at once where the wanted version serves', () => {
  const observed = world(w1, [container(w1, 'blue', 1)], { held: ['app'] })
  expect(text(w1, observed)).toEqual(['let the held requests to app go (left waiting by a run that was interrupted)'])
})

test('a hold that was left over must go on where the next step would be another one', () => {
  const steps = modes(w2, world(w1, [container(w1, 'blue', 1)], { held: ['app'] }))
  expect(steps.indexOf('unhold')).toBeGreaterThan(steps.indexOf('switch'))
})

test('a hold that was left over must go on where nothing can answer yet', () => {
  const held = { held: ['app'] }
  expect(modes(w1, world(w1, [container(w1, 'blue', 1, starting)], held))).toEqual(['ready', 'await-route', 'unhold'])
  const steps = ['guard', 'create', 'hold', 'start', 'ready', 'await-route', 'switch', 'unhold']
  expect(modes(v1, world(v1, [], held))).toEqual(steps)
})

test('requests that a killed run left waiting must wait until the next version serves, and the old one stay', () => {
  const old = container(w1, 'blue', 1, { ...exited, exitCode: 143 })
  const observed = world(w1, [old, container(w2, 'green', 2, { status: 'created' })], { held: ['app'] })
  const begin = ['remove', 'guard', 'create', 'hold', 'halt', 'start']
  expect(modes(w2, observed)).toEqual([...begin, 'ready', 'await-route', 'switch', 'unhold', 'stop'])
  expect(namesOf(find(w2, observed, 'remove'))).toEqual(['p-app-2'])
  expect(namesOf(find(w2, observed, 'stop'))).toEqual(['p-app-1'])
})

test('requests that a killed run left waiting must wait until the switch to its new containers', () => {
  const old = container(w1, 'blue', 1, { ...exited, exitCode: 143 })
  const observed = world(w1, [old, container(w2, 'green', 2)], { held: ['app'] })
  expect(modes(w2, observed)).toEqual(['remove', 'ready', 'await-route', 'switch', 'unhold'])
})

test('a guard that is not needed must be removed; one that runs must stay for an exclusive rollout', () => {
  const guard = container(w1, undefined, 9, { service: GUARD, health: undefined })
  const observed = world(w1, [container(w1, 'blue', 1), guard])
  expect(text(w1, observed)).toEqual([
    'remove p-guard-9 (serves nothing: stopped, or left by a run that was interrupted)',
  ])
  expect(modes(w2, observed)).not.toContain('remove')
})

test('a guard that has stopped must be removed: another one takes its name', () => {
  const guard = container(w1, undefined, 9, { service: GUARD, ...exited })
  expect(modes(w2, world(w1, [container(w1, 'blue', 1), guard]))[0]).toBe('remove')
})

test('a slot that was left draining must be given back', () => {
  const observed = world(v1, [container(v1, 'blue', 1)], { draining: ['p-app-1'] })
  expect(text(v1, observed)).toEqual(['reopen the slots p-app-1 (left draining by a run that was interrupted)'])
})

test('a slot that was left draining must stay so where its member is about to leave', () => {
  const members = [container(v1, 'blue', 1), container(v1, 'blue', 2)]
  expect(modes(v1, world(v1, members, { draining: ['p-app-2'] }))).toEqual(['drain', 'stop'])
})

test('a proxy that runs as another configuration says must be given its own, and the application left alone', () => {
  const { containers, proxy } = world(v1, [container(v1, 'blue', 1)])
  const observed = { containers, proxy: proxy && { ...proxy, config: 'another' } }
  expect(text(v1, observed)).toEqual(['start or reload the proxy (not running as configured)'])
})

test('a proxy of another image or definition must be replaced by one beside it, which then serves alone', () => {
  const { containers, proxy } = world(v1, [container(v1, 'blue', 1)])
  const other = containers.map((one) => (one.service === PROXY ? { ...one, labels: {} } : one))
  expect(text(v1, { containers: other, proxy })).toEqual([
    'start a new proxy beside the old one (the one that runs has another image or definition than this toolkit)',
    'let the old proxy end (the new one has the listening socket)',
  ])
  const successor = container(v1, undefined, 101, { service: PROXY })
  const newest = { ...successor, labels: { ...successor.labels, [SUCCESSOR_LABEL]: '1' } }
  const both = [...other, newest]
  // As a run leaves it that was killed between the two steps.
  expect(modes(v1, { containers: both, proxy: proxy && { ...proxy, alone: false } })).toEqual(['retire'])
  expect(modes(v1, { containers: both, proxy: proxy && { ...proxy, alone: true } })).toEqual([])
})

test('a proxy whose port moves must be started anew, and the plan must say that the port is closed', () => {
  const ports = [{ target: 8080, host_ip: '0.0.0.0', published: '80' }]
  const moved = make('1.0.0', { services: { proxy: { image: 'proxy', ports } } })
  const observed = world(v1, [container(v1, 'blue', 1)])
  expect(text(moved, observed)).toContain('start or reload the proxy (its port moves, and is closed meanwhile)')
})

test.each(['blue', 'green'] as const)('a proxy that has gone must come back, and be told that %s serves', (live) => {
  const observed = { containers: [container(v1, live, 1)], proxy: undefined }
  expect(modes(v1, observed)).toEqual(['ready', 'proxy', 'await-route', 'switch'])
  expect(find(v1, observed, 'switch').sets).toEqual({ app: live })
})

test('a version that runs without a proxy must not be taken away before the next one is ready', () => {
  const observed = { containers: [container(v1, 'green', 1)], proxy: undefined }
  expect(modes(v2, observed)).toEqual(['start', 'ready', 'proxy', 'attach', 'await-route', 'switch', 'drain', 'stop'])
  expect(find(v2, observed, 'switch').sets).toEqual({ app: 'blue' })
})

const shared = {
  app: { 'x-rollout': 'overlap', volumes: [{ type: 'volume', source: 'data', target: '/data' }] },
  volumes: { data: {} },
}

test('an overlap over the same volumes must stay one, and become exclusive over other volumes', () => {
  const [old, next] = [make('1.0.0', shared), make('2.0.0', shared)]
  const [moved, both] = [old, next].map((release) => withVolumes(release, { data: 'p_data.2' })) as [Release, Release]
  const [plain, restored] = [world(old, [container(old, 'blue', 1)]), world(moved, [container(moved, 'blue', 1)])]
  expect(modes(next, plain)).not.toContain('hold')
  expect(modes(both, restored)).not.toContain('hold')
  const steps = ['guard', 'create', 'hold', 'halt', 'start', 'ready', 'await-route', 'switch', 'unhold', 'stop']
  for (const release of [moved, both]) expect(modes(release, plain)).toEqual(steps)
  for (const release of [old, next]) expect(modes(release, restored)).toEqual(steps)
  const again = withVolumes(moved, { data: 'p_data.3' })
  expect(modes(again, restored)).toEqual(steps)
})

test('an overlap must stay one where only volumes that it does not mount are others', () => {
  const [old, next] = ['1.0.0', '2.0.0'].map((version) =>
    withVolumes(make(version, { volumes: { data: {} }, services: { db: { volumes: shared.app.volumes } } }), {}),
  ) as [Release, Release]
  const beside = container(old, undefined, 7, { service: 'db' })
  const steps = modes(withVolumes(next, { data: 'p_data.2' }), world(old, [container(old, 'blue', 1), beside]))
  expect(steps).toContain('recreate')
  expect(steps).not.toContain('hold')
})

const worker = (image: string) => ({ services: { worker: { image } } })
const beside = (of: Release, over: Over = {}) => container(of, undefined, 7, { service: 'worker', ...over })

test('a service without a route must be recreated when its definition changes', () => {
  const [old, wanted] = [make('1.0.0', worker('a')), make('1.0.0', worker('b'))]
  const observed = world(old, [container(old, 'blue', 1), beside(old)])
  expect(text(wanted, observed)).toEqual(['start worker (not running as configured)'])
  expect(text(old, observed)).toEqual([])
})

// nginx looks up its backend when it starts: its old version answered 502 from when that was replaced until the switch.
const looking = (version: string, image: string) =>
  make(version, { app: { depends_on: { worker: { restart: true } } }, ...worker(image) })
const until = [
  'guard',
  'hold',
  'recreate',
  'start',
  'ready',
  'attach',
  'await-route',
  'switch',
  'unhold',
  'drain',
  'stop',
]
test('requests must wait from when a service changes that the application looks up at its start until the next one serves', () => {
  const [old, wanted] = [looking('1.0.0', 'a'), looking('2.0.0', 'b')]
  expect(modes(wanted, world(old, [container(old, 'blue', 1), beside(old)]))).toEqual(until)
  expect(modes(wanted, world(old, [container(old, 'blue', 1), beside(wanted)]))).not.toContain('hold')
})

test('requests must wait from then on also where its versions take turns, as two that write to a volume', () => {
  const of = (version: string, image: string) =>
    make(version, { app: { ...writes.app, depends_on: { worker: { restart: true } } }, ...worker(image) })
  const [old, wanted] = [of('1.0.0', 'a'), of('2.0.0', 'b')]
  const steps = modes(wanted, world(old, [container(old, 'blue', 1), beside(old)]))
  expect(steps.slice(0, 3)).toEqual(['guard', 'hold', 'recreate'])
  expect(steps.slice(3)).toEqual([
    'guard',
    'create',
    'hold',
    'halt',
    'start',
    'ready',
    'await-route',
    'switch',
    'unhold',
    'stop',
  ])
})

// A program that passes requests on looks the other service up for each: it answered 504 while that was replaced.
const passing = (version: string, image: string, more: Record<string, object> = {}) =>
  make(version, {
    ...{ app: { depends_on: { api: {} } } },
    services: { api: { image: 'a', expose: ['80'], depends_on: { worker: {} } }, worker: { image, ...more } },
  })
const reached = (of: Release) => container(of, undefined, 8, { service: 'api' })
const open = { expose: ['80'] }
test('requests must wait while a service changes that the application reaches at an open port, and no longer', () => {
  const [old, wanted] = [passing('1.0.0', 'a', open), passing('2.0.0', 'b', open)]
  const steps = modes(wanted, world(old, [container(old, 'blue', 1), beside(old), reached(old)]))
  expect(steps.slice(0, 5)).toEqual(['guard', 'hold', 'recreate', 'unhold', 'start'])
  // What nothing reaches at a port is a worker: requests do not wait for its last job.
  const [busy, next] = [passing('1.0.0', 'a'), passing('2.0.0', 'b')]
  expect(modes(next, world(busy, [container(busy, 'blue', 1), beside(busy), reached(busy)]))).not.toContain('hold')
})

test('on the way back from such a service, requests that wait must go on waiting until the old one is there', () => {
  const [old, wanted] = [passing('1.0.0', 'a', open), passing('2.0.0', 'b', open)]
  const steps = modes(old, world(old, [container(old, 'blue', 1), beside(wanted), reached(old)], { held: ['app'] }))
  expect(steps).toEqual(['guard', 'hold', 'recreate', 'await-route', 'unhold'])
})

test('requests must wait likewise while the application starts again, where a service goes back to what it looked up', () => {
  const [old, wanted] = [looking('1.0.0', 'a'), looking('2.0.0', 'b')]
  const back = ['guard', 'hold', 'recreate', 'await-route', 'unhold']
  for (const held of [[], ['app']])
    expect(modes(old, world(old, [container(old, 'blue', 1), beside(wanted)], { held }))).toEqual(back)
})

test('where the version that failed has the requests, nothing must wait for its answers', () => {
  const [old, wanted] = [looking('1.0.0', 'a'), looking('2.0.0', 'b')]
  const both = [container(old, 'blue', 1), container(wanted, 'green', 2), beside(wanted)]
  const steps = planRollout(old, world(wanted, both, { live: { app: 'green' } }))
  const asked = steps.flatMap((step) => (step.do === 'await-route' ? [step.sets] : []))
  expect(asked).toEqual([{ app: 'blue' }])
})

test('a plan must name the services whose image changes', () => {
  const [old, wanted] = [make('1.0.0', worker('sha256:a')), make('1.0.0', worker('sha256:b'))]
  const observed = world(old, [container(old, 'blue', 1), beside(old)])
  expect(text(wanted, observed)).toEqual(['start worker (another image: worker)'])
})

test('a service without a route must be started again when it has stopped', () => {
  const release = make('1.0.0', worker('a'))
  expect(modes(release, world(release, [container(release, 'blue', 1), beside(release, exited)]))).toEqual(['recreate'])
})

test('a service without a route must be started where there is none', () => {
  const release = make('1.0.0', worker('a'))
  expect(modes(release, world(release, [container(release, 'blue', 1)]))).toEqual(['recreate'])
})

test('a service that is in the release no more must be stopped', () => {
  const observed = world(v1, [container(v1, 'blue', 1), beside(make('1.0.0', worker('a')))])
  expect(text(v1, observed)).toEqual(['stop and remove p-worker-7 (no service of this release)'])
})

const api = (image: string) => ({
  services: { api: { image, 'x-route': { path: '/api', port: 9000, health: '/' } } },
})

test('two services behind the proxy must be switched in one step, each as it rolls out', () => {
  const [old, wanted] = [make('1.0.0', { ...writes, ...api('a') }), make('2.0.0', { ...writes, ...api('b') })]
  const members = [container(old, 'blue', 1), container(old, 'green', 2, { service: 'api' })]
  const observed = world(old, members, { live: { app: 'blue', api: 'green' } })
  const [before, during, after] = [
    ['start', 'ready', 'attach'],
    ['guard', 'create', 'hold', 'halt', 'start', 'ready', 'await-route', 'switch', 'unhold'],
    ['drain', 'stop'],
  ] as const
  expect(modes(wanted, observed)).toEqual([...before, ...during, ...after])
  expect(find(wanted, observed, 'start').moves).toMatchObject([{ service: 'api' }])
  expect(find(wanted, observed, 'hold').services).toEqual(['app'])
  expect(find(wanted, observed, 'switch').sets).toEqual({ app: 'green', api: 'blue' })
  expect(namesOf(find(wanted, observed, 'drain'))).toEqual(['p-api-2'])
})

test('the reason to start must name the version of the very service that moves', () => {
  const of = (version: string) => make(version, { ...writes, ...api(`sha256:${version}`) })
  const [old, other, wanted] = [of('1.0.0'), of('1.1.0'), make('2.0.0', { ...writes, ...api('b') })]
  const members = [container(old, 'blue', 1), container(other, 'blue', 2, { service: 'api' })]
  const observed = world(old, members, { live: { app: 'blue', api: 'blue' } })
  expect(find(wanted, observed, 'start').because).toBe('1.1.0 serves')
  expect(find(wanted, observed, 'create').because).toBe('1.0.0 serves')
})

test('a service behind the proxy that has not changed must be left alone', () => {
  const [old, wanted] = [make('1.0.0', api('a')), make('2.0.0', api('a'))]
  const members = [container(old, 'blue', 1), container(old, 'blue', 2, { service: 'api' })]
  const observed = world(old, members, { live: { app: 'blue', api: 'blue' } })
  expect(find(wanted, observed, 'switch').sets).toEqual({ app: 'green' })
  expect(namesOf(find(wanted, observed, 'stop'))).toEqual(['p-app-1'])
})

test.each<[string, Color, Endpoint]>([
  ['port', 'blue', { port: 9000 }],
  ['health path', 'green', { health: '/ok' }],
])('another %s alone must start new containers, and leave the endpoint of the live set as it is', (_, live, over) => {
  const changed = make('1.0.0', over)
  const observed = world(v1, [container(v1, live, 1)], { live: { app: live } })
  const old = { port: 8000, health: '/healthz' }
  const sets = { blue: { ...old, ...over }, green: { ...old, ...over }, [live]: old }
  expect(modes(changed, observed)).toEqual([
    'start',
    'ready',
    'proxy',
    'attach',
    'await-route',
    'switch',
    'drain',
    'stop',
  ])
  expect(find(changed, observed, 'proxy').sets).toEqual({ app: sets })
})

test('the way back to nothing must be one step, and none where there is nothing', () => {
  expect(planNothing(nothing)).toEqual([])
  expect(planNothing(world(v1, [])).map((step) => step.do)).toEqual(['down'])
})

test('the way back to nothing must remove the volumes that a first deploy has made, also where its containers are gone', () => {
  for (const observed of [nothing, world(v1, [])])
    expect(planNothing(observed, ['p_db']).map((step) => describeStep(step, v1))).toEqual([
      'remove what the first deploy had begun, p_db',
    ])
})

test.each([
  ['unhealthy', container(v1, 'blue', 1, unhealthy)],
  ['not healthy yet', container(v1, 'blue', 1, starting)],
  ['in the other set', container(v1, 'green', 1)],
  ['of another release', container(v2, 'blue', 1)],
  ['stopped', container(v1, 'blue', 1, exited)],
])('a release must not be said to serve where its only container is %s', (_, only) => {
  expect(isServing(v1, world(v1, [only]))).toBe(false)
})

test('a release must be said to serve once all its replicas and services do, through the proxy', () => {
  const observed = world(v1, [container(v1, 'blue', 1)])
  expect(isServing(v1, observed)).toBe(true)
  expect(isServing(make('1.0.0', { replicas: 2 }), observed)).toBe(false)
  expect(isServing(make('1.0.0', api('a')), observed)).toBe(false)
  expect(isServing(v1, { ...observed, proxy: undefined })).toBe(false)
})

const print = (release: Release, observed: Observed, bake = 0) => planRelease(release, observed, { bake }).fingerprint
const member = container(v1, 'blue', 1)
const extra = container(v1, 'blue', 2)
const both = world(v1, [member, extra])

test.each<[string, Observed]>([
  ['a container has gone', world(v1, [member])],
  ['a container is another one', world(v1, [member, container(v1, 'blue', 3)])],
  ['a container has stopped', world(v1, [member, container(v1, 'blue', 2, exited)])],
  ['a container is ill', world(v1, [container(v1, 'blue', 1, unhealthy), extra])],
  ['another set is live', world(v1, [member, extra], { live: { app: 'green' } })],
  ['requests are held', world(v1, [member, extra], { held: ['app'] })],
  ['a slot drains', world(v1, [member, extra], { draining: ['p-app-1'] })],
  ['the proxy is configured for another', world(make('1.0.0', { port: 9000 }), [member, extra])],
  ['the proxy is gone', { ...both, proxy: undefined }],
])('the fingerprint must be another where %s', (_, observed) => {
  expect(print(v1, observed)).not.toBe(print(v1, both))
})

test('the fingerprint must be another for another release, and for another time to watch it', () => {
  const change = world(w1, [container(w1, 'blue', 1)])
  const [one, other] = [world(v1, [member]), world(v2, [container(v2, 'blue', 1)])]
  expect([planRollout(v1, one), planRollout(v2, other)]).toEqual([[], []])
  expect(print(v1, one)).not.toBe(print(v2, other))
  expect(print(v2, change, 5)).not.toBe(print(v2, change, 6))
})

test('the fingerprint must stay the same while the plan does', () => {
  const { containers, proxy } = world(v1, [member, container(v1, 'blue', 2, { startedAt: '2026', restarts: 1 })])
  const servers = proxy?.servers.map((server) => ({ ...server, inFlight: 7, answers: 9 })) ?? []
  expect(print(v1, { containers, proxy: proxy && { ...proxy, servers } })).toBe(print(v1, both))
})

const well: Over = {}
const dead = [exited, { ...exited, exitCode: 1 }, outOfMemory, { status: 'created' }]
const kind = fc.constantFrom<Over>(well, unhealthy, starting, ...dead)
const color = fc.constantFrom<Color | undefined>('blue', 'green', undefined)
const rollout = fc.constantFrom('overlap', 'exclusive')
const anyWorld = fc.record({
  rollouts: fc.tuple(rollout, rollout),
  replicas: fc.integer({ min: 1, max: 3 }),
  members: fc.array(fc.record({ old: fc.boolean(), color, kind }), { maxLength: 6 }),
  live: fc.constantFrom<Color>('blue', 'green'),
  held: fc.boolean(),
  back: fc.boolean(),
})
type AnyWorld = typeof anyWorld extends fc.Arbitrary<infer T> ? T : never

/** A release that serves as wanted, except that one member may be anything, or missing. */
const almost = anyWorld.map((any) => {
  const rest = Array.from({ length: any.replicas - 1 }, () => ({ old: any.back, color: any.live, kind: well }))
  return { ...any, held: false, members: [...any.members.slice(0, 1), ...rest] }
})

function build({ rollouts, replicas, members, live, held, back }: AnyWorld) {
  const old = make('1.0.0', { app: { 'x-rollout': rollouts[0] }, replicas })
  const young = make('2.0.0', { app: { 'x-rollout': rollouts[1] }, replicas })
  const containers = members.map((one, index) => container(one.old ? old : young, one.color, index + 1, one.kind))
  const observed = world(old, containers, { live: { app: live }, held: held ? ['app'] : [] })
  const up = (observed.proxy?.servers ?? []).filter((server) => server.up)
  const first = up.filter((server) => server.color === live)
  // As the proxy's rules have it: the other set answers where the live one cannot.
  const answering = (first.length > 0 ? first : up).map((server) => server.name)
  const wanted = members.filter((one) => one.old === back && one.color === live && one.kind === well)
  return { release: back ? old : young, observed, held, answering, serves: wanted.length >= replicas }
}

/** Whether these steps take all of those away before another version serves, while requests do not wait. */
function takesAll(steps: readonly Step[], names: readonly string[]): boolean {
  const left = new Set(names)
  const end = steps.some((step) => step.do === 'switch') ? 'switch' : 'await-route'
  for (const step of steps) {
    if (step.do === 'hold' || step.do === end) return false
    if (step.do === 'remove' || step.do === 'halt' || step.do === 'stop')
      for (const name of namesOf(step)) left.delete(name)
    if (left.size === 0) return true
  }
  return false
}

test('whatever was left behind, something must answer until the next version does, or requests must wait', () => {
  fc.assert(
    fc.property(anyWorld.map(build), ({ release, observed, answering }) => {
      fc.pre(answering.length > 0)
      return !takesAll(planRollout(release, observed, { bake: 5 }), answering)
    }),
  )
})

test('whatever was left behind, requests that wait must do so until something can answer them', () => {
  fc.assert(
    fc.property(anyWorld.map(build), ({ release, observed, held, answering }) => {
      fc.pre(held && answering.length === 0)
      const steps = modes(release, observed, 5)
      return steps.indexOf('unhold') > steps.indexOf('await-route') && steps.includes('await-route')
    }),
  )
})

test('whatever was left behind, there must be something to do unless the release serves', () => {
  fc.assert(
    fc.property(fc.oneof(anyWorld, almost).map(build), ({ release, observed, serves }) => {
      expect(isServing(release, observed)).toBe(serves)
      return serves || planRollout(release, observed, { bake: 5 }).length > 0
    }),
    { numRuns: 1000 },
  )
})

test('data outside of volumes must move when nobody writes, and before anything replaces the container', () => {
  const options = { app: { 'x-rollout': 'exclusive' }, services: { worker: { image: 'w' } } }
  const [old, next] = [
    make('1', options),
    make('1', { ...options, services: { worker: { image: 'w', init: true } } as never }),
  ]
  const [app, worker] = [container(old, 'blue', 1), container(old, undefined, 2, { service: 'worker' })]
  const paths = [{ path: '/app/db.sqlite3', key: 'app-files', isFile: true }]
  const strays = [app, worker].map(({ id, name, service }) => ({ id, name, service, paths }))
  const changed = {
    ...next,
    routes: next.routes,
    compose: {
      ...next.compose,
      services: {
        ...next.compose.services,
        app: { ...next.compose.services['app'], labels: { 'org.dartagnan.definition': 'x' } },
      },
    },
  }
  const steps = planRollout(changed, world(old, [app, worker]), { strays, hold: true })
  const kinds = steps.map((step) =>
    step.do === 'carry' || step.do === 'halt'
      ? `${step.do} ${'strays' in step ? step.strays.map(({ service }) => service) : step.targets.map(({ name }) => name)}`
      : step.do,
  )
  expect(kinds.filter((one) => /^(hold|halt|carry|recreate|start|stop)/.test(one))).toEqual([
    'hold',
    'halt p-worker-2',
    'carry worker',
    'recreate',
    'hold',
    'halt p-app-1',
    'carry app',
    'start',
    'stop',
  ])
})
