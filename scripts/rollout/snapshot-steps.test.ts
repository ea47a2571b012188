import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ComposeService } from '../docker/compose-model.ts'
import type { ContainerState } from '../docker/container.ts'
import { renderConfig } from '../proxy/haproxy.ts'
import { aliasOf, type Color } from '../proxy/sets.ts'
import { makeRelease } from '../release/make-release.ts'
import type { Release } from '../release/model.ts'
import { withVolumes } from '../release/over-volumes.ts'
import { planRollout } from './plan.ts'
import type { Observed } from './situation.ts'
import { chooseSafety, snapshotSteps } from './snapshot-steps.ts'
import type { Step } from './step.ts'
import { describeStep } from './step-table.ts'

type Services = Record<string, ComposeService>
const mount = (source: string, over: object = {}) => ({ type: 'volume', source, target: `/${source}`, ...over })
const hook = { copy: ['copy'], describe: ['describe'] }
const make = (version: string, app: ComposeService, services: Services = {}): Release =>
  makeRelease(
    {
      name: 'p',
      services: { app: { image: `sha256:${version}`, ...app }, proxy: { image: 'proxy' }, ...services },
      volumes: { data: {}, db: {} },
    },
    { id: `sha256:${version}`, version, revision: `r${version}`, volumes: [] },
    { port: 8000, health: '/healthz', replicas: 1 },
    { template: '  # @VARIABLES\n  # @RULES\n', hold: 10 },
  )

let count = 0
function container(of: Release, service: string, color?: Color, over: Partial<ContainerState> = {}): ContainerState {
  const number = ++count
  const edge = { address: `10.0.0.${number}`, aliases: color ? [aliasOf(service, color)] : [] }
  return {
    id: `id-${number}`,
    name: `p-${service}`,
    service,
    image: '',
    labels: of.compose.services[service]?.labels ?? {},
    status: 'running',
    health: 'healthy',
    exitCode: 0,
    outOfMemory: false,
    restarts: 0,
    startedAt: '',
    networks: color ? { p_edge: edge } : {},
    ports: [],
    ...over,
  }
}

/** A release that serves from the set blue, with those containers beside its own. */
function world(of: Release, more: readonly ContainerState[] = [], held: readonly string[] = []): Observed {
  const routed = of.routes.map(({ service }) => service)
  const own = Object.keys(of.compose.services).map((name) =>
    container(of, name, routed.includes(name) ? 'blue' : undefined),
  )
  const sets = of.routes.map(({ service, port, health }) => {
    const endpoint = { port, health }
    return [service, { blue: endpoint, green: endpoint }] as const
  })
  const config = renderConfig(of.proxy, of.routes, Object.fromEntries(sets))
  const live = Object.fromEntries(routed.map((name) => [name, 'blue' as const]))
  return { containers: [...own, ...more], proxy: { live, held, servers: [], config } }
}
const nothing: Observed = { containers: [], proxy: undefined }

const plan = (from: Release, to: Release, observed = world(from), rehearse = false) =>
  planRollout(to, observed, { snapshot: { from, rehearse } })
const modes = (steps: readonly Step[]) => steps.map((step) => step.do)
const find = <K extends Step['do']>(steps: readonly Step[], kind: K) =>
  steps.filter((step): step is Extract<Step, { do: K }> => step.do === kind)
const namesOf = (steps: readonly { readonly targets: readonly { readonly name: string }[] }[]) =>
  steps.flatMap(({ targets }) => targets.map(({ name }) => name))

const DATA: readonly Step['do'][] = ['copy', 'pause', 'resume', 'snapshot', 'verify', 'rehearse']
const overlap = { 'x-rollout': 'overlap', volumes: [mount('data')] }
const exclusive = { volumes: [mount('data')] }
const [v1, v2] = [make('1.0.0', { ...overlap, 'x-snapshot': hook }), make('2.0.0', { ...overlap, 'x-snapshot': hook })]
const [w1, w2] = [make('1.0.0', exclusive), make('2.0.0', exclusive)]
const worker = (image: string, over: ComposeService = {}) => ({
  worker: { image, volumes: [mount('data')], ...over },
})

test('an overlap whose hook copies the data must take its snapshot first, without a pause', () => {
  const steps = plan(v1, v2)
  expect(modes(steps)).toEqual([
    ...['copy', 'snapshot', 'verify'],
    ...['start', 'ready', 'attach', 'await-route', 'switch', 'drain', 'stop'],
  ])
  expect(steps.slice(0, 3).map((step) => `${describeStep(step, v2)} (${step.because})`)).toEqual([
    'begin a snapshot of data (the data are part of the release)',
    'finish the snapshot (what is copied is consistent)',
    'read the snapshot back (only what was read back is a snapshot)',
  ])
  expect(find(steps, 'copy')).toMatchObject([{ modes: { data: 'copy' }, pass: false }])
})

const paused = ['copy', 'guard', 'hold', 'pause', 'snapshot', 'resume', 'unhold', 'verify'] as const
test('an overlap without a hook must pause the writers, behind held requests, before anything changes', () => {
  const steps = plan(make('1.0.0', overlap), make('2.0.0', overlap))
  expect(modes(steps)).toEqual([...paused, 'start', 'ready', 'attach', 'await-route', 'switch', 'drain', 'stop'])
  expect(find(steps, 'copy')).toMatchObject([{ modes: { data: 'files' }, pass: true }])
  expect(namesOf(find(steps, 'pause'))).toEqual(['p-app'])
  expect(namesOf(find(steps, 'hold'))).toEqual(['p-app'])
  expect(find(steps, 'unhold')).toMatchObject([{ services: ['app'] }])
})

const during = ['start', 'ready', 'await-route', 'switch', 'unhold', 'verify', 'stop'] as const
test('an exclusive rollout must finish its snapshot where nobody writes: files, whatever the hook', () => {
  for (const [from, to] of [
    [w1, w2],
    [make('1.0.0', { ...exclusive, 'x-snapshot': hook }), w2],
  ] as const) {
    const steps = plan(from, to)
    expect(modes(steps)).toEqual(['copy', 'guard', 'create', 'hold', 'halt', 'snapshot', ...during])
    expect(find(steps, 'copy')).toMatchObject([{ modes: { data: 'files' }, pass: true }])
  }
})

test('a service that an exclusive rollout leaves running must copy its data itself, where it can, and not be paused', () => {
  const cache = { cache: { image: 'c', volumes: [mount('db')], 'x-snapshot': hook } }
  const steps = plan(make('1.0.0', exclusive, cache), make('2.0.0', exclusive, cache))
  expect(modes(steps)).toEqual(['copy', 'guard', 'create', 'hold', 'halt', 'snapshot', ...during])
  expect(find(steps, 'copy')).toMatchObject([{ modes: { data: 'files', db: 'copy' } }])
})

test('an exclusive rollout must pause the other writers only while the snapshot is finished', () => {
  const [from, to] = [make('1.0.0', exclusive, worker('a')), make('2.0.0', exclusive, worker('a'))]
  const steps = plan(from, to)
  expect(modes(steps)).toEqual(['copy', 'guard', 'create', 'hold', 'halt', 'pause', 'snapshot', 'resume', ...during])
  expect(namesOf(find(steps, 'pause'))).toEqual(['p-worker'])
  expect(namesOf(find(steps, 'halt'))).toEqual(['p-app'])
})

test('a writer behind the proxy must not pause while its requests go on: the snapshot is taken before', () => {
  const api = { image: 'a', 'x-route': { path: '/api', port: 9000, health: '/' }, volumes: [mount('data')] }
  const [from, to] = [make('1.0.0', exclusive, { api }), make('2.0.0', exclusive, { api })]
  const steps = plan(from, to)
  expect(modes(steps)).toEqual([
    ...paused,
    'guard',
    'create',
    'hold',
    'halt',
    ...during.filter((it) => it !== 'verify'),
  ])
  expect(find(steps, 'hold').map(({ services }) => services)).toEqual([['app', 'api'], ['app']])
})

test('a container that an earlier step removes must not be paused', () => {
  const observed = world(w1, [container(w2, 'app')])
  const steps = plan(w1, w2, observed)
  expect(modes(steps).slice(0, 3)).toEqual(['remove', 'copy', 'guard'])
  expect(find(steps, 'pause')).toEqual([])
})

test('a snapshot must be read back once it is finished, also where an interrupted run left others waiting', () => {
  const api = { image: 'a', 'x-route': { path: '/api', port: 9000, health: '/' } }
  const [from, to] = [make('1.0.0', exclusive, { api }), make('2.0.0', exclusive, { api })]
  const steps = modes(plan(from, to, world(from, [], ['api'])))
  expect(steps.filter((step) => step === 'unhold')).toHaveLength(2)
  expect(steps.indexOf('verify')).toBeGreaterThan(steps.indexOf('snapshot'))
  expect(steps.filter((step) => step === 'verify')).toHaveLength(1)
})

test('a change of a service without a route must come after a snapshot of what it writes', () => {
  const [from, to] = [make('1.0.0', {}, worker('a')), make('1.0.0', {}, worker('b'))]
  const steps = plan(from, to)
  expect(modes(steps)).toEqual([...paused.filter((step) => step !== 'hold'), 'recreate'])
  expect(namesOf(find(steps, 'pause'))).toEqual(['p-worker'])
})

test('a change of a service whose hook copies and restores must come after a dump, without a pause', () => {
  const db = (image: string) => ({
    db: { image, volumes: [mount('db')], 'x-snapshot': { ...hook, restore: ['restore'] } },
  })
  const steps = plan(make('1.0.0', {}, db('a')), make('1.0.0', {}, db('b')))
  expect(modes(steps)).toEqual(['copy', 'snapshot', 'verify', 'recreate'])
  expect(find(steps, 'copy')).toMatchObject([{ modes: { db: 'dump' }, pass: false }])
})

test('of a server that does not run, its files must be copied: after make down no new version could be deployed', () => {
  const services = (image: string) => ({
    db: { image, volumes: [mount('db')], 'x-snapshot': { ...hook, restore: ['restore'] } },
    cache: { image, volumes: [mount('data')], 'x-snapshot': 'redis' },
  })
  const [from, to] = [make('1.0.0', {}, services('a')), make('1.0.0', {}, services('b'))]
  const ended = { containers: [container(from, 'db', undefined, { status: 'exited' })], proxy: undefined }
  // The hook of Redis reads what a server has left.
  const modes = { db: 'files', data: 'dump' }
  for (const observed of [nothing, ended]) {
    expect(find(plan(from, to, observed), 'copy')).toMatchObject([{ modes }])
    expect(snapshotSteps(observed, { from, rehearse: false })[0]).toMatchObject({ modes })
  }
})

test('a service that is the first to write to a volume must come after a snapshot of it', () => {
  const reads = worker('a', { volumes: [mount('data', { read_only: true })] })
  for (const before of [{}, reads]) {
    const [from, to] = [make('1.0.0', overlap, before), make('1.0.0', overlap, worker('a'))]
    expect(modes(plan(from, to))).toEqual([...paused, 'recreate'])
  }
})

test('what a server without a hook keeps must be in a snapshot before another service changes', () => {
  const files = worker('a', { 'x-snapshot': 'files' })
  const steps = modes(plan(make('1.0.0', {}, files), make('2.0.0', {}, files)))
  expect(steps.slice(0, steps.indexOf('start'))).toEqual(paused.filter((step) => step !== 'hold'))
})

test.each<[string, Release, Release]>([
  ['nothing holds data', make('1.0.0', {}), make('2.0.0', {})],
  ['x-snapshot is false', make('1.0.0', { ...exclusive, 'x-snapshot': false }), make('2.0.0', exclusive)],
  ['what changes writes nothing', make('1.0.0', {}, worker('a')), make('2.0.0', {}, worker('a'))],
  ['what changes only reads', make('1.0.0', overlap, { r: {} }), make('1.0.0', overlap, { r: { image: 'b' } })],
  ['nothing changes', w1, w1],
])('where %s the steps must stay as they are', (_, from, to) => {
  const observed = world(from)
  expect(plan(from, to, observed, true)).toEqual(planRollout(to, observed))
})

test('a rehearsal must come after a snapshot that was read back, and before anything changes', () => {
  expect(modes(plan(v1, v2, undefined, true)).slice(0, 5)).toEqual(['copy', 'snapshot', 'verify', 'rehearse', 'start'])
  const steps = modes(plan(w1, w2, undefined, true))
  expect(steps).toEqual([...paused, 'rehearse', 'copy', 'guard', 'create', 'hold', 'halt', 'snapshot', ...during])
})

test('a backup of a project that does not run must be a plain copy', () => {
  const stopped = { containers: [container(w1, 'app', 'blue', { status: 'exited' })], proxy: undefined }
  for (const observed of [nothing, stopped])
    expect(modes(snapshotSteps(observed, { from: w1, rehearse: false }))).toEqual(['copy', 'snapshot', 'verify'])
})

const asked = { snapshot: true, rehearse: true }
test('a rollout must be safe where a release is known whose data it may change, and rehearsed for another image', () => {
  const same = make('1.0.0', { ...exclusive, stop_grace_period: '9s' })
  expect(chooseSafety(w2, world(w1), w1, asked)).toEqual({ from: w1, rehearse: true })
  expect(chooseSafety(same, world(w1), w1, asked)).toEqual({ from: w1, rehearse: false })
  expect(chooseSafety(w2, world(w1), w1, { ...asked, snapshot: false })).toEqual({ from: w1, rehearse: true })
})

test.each<[string, Release, Observed, Release | undefined, typeof asked]>([
  ['it is not asked for', w2, world(w1), w1, { snapshot: false, rehearse: false }],
  ['a rehearsal alone is asked for, of the same image', w1, world(w1), w1, { snapshot: false, rehearse: true }],
  ['no release is known', w2, nothing, undefined, asked],
  ['the same release comes up again after a stop', w1, nothing, w1, asked],
])('a rollout must take no snapshot where %s', (_, to, observed, from, wanted) => {
  expect(chooseSafety(to, observed, from, wanted)).toBeUndefined()
})

test('volumes must be made or filled before anything else', () => {
  const fill = { snapshot: 'abc', modes: {}, names: { data: 'p_data.2' }, because: '' }
  const options = { missing: ['p_db'], fill, snapshot: { from: w1, rehearse: true } }
  expect(planRollout(w2, world(w1), options).slice(0, 3)).toMatchObject([
    { do: 'volumes', names: ['p_db'] },
    { do: 'fill', ...fill },
    { do: 'copy' },
  ])
})

const db = { db: { image: 'a', volumes: [mount('db')] } }
test('requests must wait while a database goes to other volumes, and not while it is merely started', () => {
  const from = make('1.0.0', {}, db)
  const [to, observed] = [withVolumes(from, { db: 'p_db.2' }), world(from)]
  const steps = planRollout(to, observed, { hold: true })
  expect(modes(steps)).toEqual(['guard', 'hold', 'recreate', 'await-route', 'unhold'])
  const without = { ...observed, containers: observed.containers.filter(({ service }) => service !== 'db') }
  expect(modes(planRollout(from, without, { hold: true }))).toEqual(['recreate'])
})

const service = (names: readonly string[]) =>
  fc.record({
    volumes: fc.subarray(names.flatMap((name) => [mount(name), mount(name, { read_only: true })])),
    rollout: fc.constantFrom('overlap', 'exclusive'),
    hook: fc.constantFrom(undefined, { ...hook, volume: names[0] }, { ...hook, volume: names[0], restore: ['r'] }),
    image: fc.constantFrom('a', 'b'),
  })
type Any = ReturnType<typeof service> extends fc.Arbitrary<infer T> ? T : never
const anyServices = fc.record({ app: service(['data']), api: service(['data', 'db']), worker: service(['db', 'data']) })
const anyChange = fc.record({
  before: anyServices,
  after: anyServices,
  stays: fc.subarray(['app', 'api', 'worker'] as const),
  move: fc.boolean(),
  held: fc.subarray(['app', 'api']),
  stray: fc.boolean(),
  rehearse: fc.boolean(),
})
const of = (version: string, { app, api, worker }: Record<'app' | 'api' | 'worker', Any>) => {
  // A hook needs a volume that its service writes to.
  const offer = ({ volumes, hook }: Any) => {
    const isFit = volumes.some((one) => one.source === hook?.volume && !('read_only' in one))
    return { volumes, ...(hook === undefined || isFit ? { 'x-snapshot': hook } : {}) }
  }
  const route = { path: '/api', port: 9000, health: '/' }
  const others = {
    api: { ...offer(api), image: api.image, 'x-route': route, 'x-rollout': api.rollout },
    worker: { ...offer(worker), image: worker.image },
  }
  return make(version, { ...offer(app), 'x-rollout': app.rollout }, others)
}
const change = anyChange.map(({ before, after, stays, move, held, stray, rehearse }) => {
  const from = of('1.0.0', before)
  const kept = Object.fromEntries(stays.map((name) => [name, before[name]]))
  const next = of(stays.includes('app') ? '1.0.0' : '2.0.0', { ...after, ...kept })
  const to = move ? withVolumes(next, { data: 'p_data.2', db: 'p_db.2' }) : next
  const observed = world(from, stray ? [container(to, 'app')] : [], held)
  const bare = planRollout(to, observed, { hold: true })
  return { from, to, observed, bare, steps: planRollout(to, observed, { hold: true, snapshot: { from, rehearse } }) }
})
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never
const always = (name: string, check: (change: Change) => void) =>
  test(`whatever changes, ${name}`, () => fc.assert(fc.property(change, check), { numRuns: 500 }))

always('the data must be in a snapshot before a service starts that may change them, and only then', (made) => {
  const { from, to, steps } = made
  // What a server keeps, any service may change through it.
  const isServed = from.volumes.some(({ kept, hook: offered }) => kept && offered?.restore)
  const safe = from.volumes.filter(({ kept }) => kept).map(({ key }) => key)
  const writers = [...from.volumes, ...to.volumes].flatMap(({ key, writers: all }) => (safe.includes(key) ? all : []))
  const starting = (step: Step) =>
    step.do === 'recreate' ? step.services : step.do === 'start' ? step.moves.map((one) => one.service) : []
  const first = steps.findIndex((step) => starting(step).some((name) => isServed || writers.includes(name)))
  const taken = modes(steps).indexOf('snapshot')
  expect(taken >= 0).toBe(first >= 0)
  expect(taken).toBeLessThanOrEqual(first)
})

always(
  'a container that pauses must be there, have a guard, have no request sent to it, and be resumed',
  ({ observed, steps }) => {
    for (const [index, step] of steps.entries()) {
      if (step.do !== 'pause') continue
      const sofar = steps.slice(0, index)
      expect(modes(sofar).findLast((one) => one === 'guard' || one === 'unhold')).toBe('guard')
      expect(modes(steps.slice(index, index + 3))).toEqual(['pause', 'snapshot', 'resume'])
      expect(steps[index + 2]).toMatchObject({ targets: step.targets })
      const ids = step.targets.map(({ id }) => id)
      const gone = [...find(sofar, 'remove'), ...find(sofar, 'halt')].flatMap(({ targets }) => targets)
      expect(gone.filter(({ id }) => ids.includes(id))).toEqual([])
      const services = observed.containers.filter(({ id }) => ids.includes(id)).map((one) => one.service)
      const held = sofar.findLast((one) => one.do === 'hold')?.services ?? []
      expect([...held, 'worker']).toEqual(expect.arrayContaining(services))
    }
  },
)

always('each snapshot must be begun, finished, and read back, in this order', ({ steps }) => {
  const about = modes(steps).filter((step) => step === 'copy' || step === 'snapshot' || step === 'verify')
  for (let rest = about; rest.length > 0; rest = rest.slice(3))
    expect(rest.slice(0, 3)).toEqual(['copy', 'snapshot', 'verify'])
})

always('the steps of the rollout must stay as they are, in their order', ({ steps, bare }) => {
  const left = [...bare]
  const more = steps.filter((step) => !(isDeepStrictEqual(step, left[0]) && left.shift()))
  expect(left).toEqual([])
  const added = modes(more.filter((step) => !DATA.includes(step.do)))
  // Who pauses has a guard, and requests that wait for it.
  expect([[], ['guard', 'unhold'], ['guard', 'hold', 'unhold']]).toContainEqual(added)
})
