import { expect, test } from 'vitest'
import type { ComposeService } from '../docker/compose-model.ts'
import { DEFINITION_LABEL, ROLLOUT_LABEL, VERSION_LABEL } from '../docker/labels.ts'
import { makeRelease } from './make-release.ts'
import {
  definitionOf,
  fromFile,
  type Image,
  isReleaseFile,
  parseChosen,
  type ReleaseFile,
  renderChosen,
  toFile,
  unroutedServices,
} from './model.ts'
import { withVolumes } from './over-volumes.ts'

const image: Image = { id: 'sha256:a', version: '1.0.0', revision: 'r', volumes: [] }
const app = { port: 8000, health: '/healthz', replicas: 1 }
const proxy = { template: 'text', hold: 10 }
const data = { type: 'volume', target: '/data' }
const compose = (over: ComposeService = {}, services: Record<string, ComposeService> = {}) => ({
  name: 'p',
  services: { app: { image: 'sha256:a', ...over }, proxy: { image: 'proxy' }, ...services },
})
const release = (over: ComposeService = {}, services: Record<string, ComposeService> = {}) =>
  makeRelease(compose(over, services), image, app, proxy)
const appRollout = (over: ComposeService) => release(over).routes[0]?.rollout

test('the same input must be the same release', () => {
  expect(release({ volumes: [data] })).toEqual(release({ volumes: [data] }))
})

test.each([
  ['image', makeRelease(compose({ image: 'sha256:b' }), { ...image, id: 'sha256:b' }, app, proxy)],
  ['version', makeRelease(compose(), { ...image, version: '1.0.1' }, app, proxy)],
  ['port', makeRelease(compose(), image, { ...app, port: 9000 }, proxy)],
  ['health path', makeRelease(compose(), image, { ...app, health: '/' }, proxy)],
  ['number of replicas', makeRelease(compose(), image, { ...app, replicas: 2 }, proxy)],
  ['template of the proxy', makeRelease(compose(), image, app, { ...proxy, template: 'other' })],
  ['longest hold', makeRelease(compose(), image, app, { ...proxy, hold: 11 })],
  ['definition of the application', release({ stop_grace_period: '9s' })],
  ['definition of another service', release({}, { worker: {} })],
])('another %s must be another release', (_, other) => {
  expect(other.id).not.toBe(release().id)
})

test("only what a service's own definition says must change its definition label", () => {
  const services = { worker: { image: 'worker' } }
  const before = release({}, services)
  const after = makeRelease(
    compose({ image: 'sha256:b' }, services),
    { ...image, id: 'sha256:b' },
    { ...app, replicas: 2 },
    { ...proxy, template: 'other' },
  )
  expect(definitionOf(after, 'app')).not.toBe(definitionOf(before, 'app'))
  for (const name of ['proxy', 'worker']) expect(after.compose.services[name]).toEqual(before.compose.services[name])
})

test('a service that looks another one up only when it starts must be replaced with it', () => {
  const of = (worker: ComposeService, restart: boolean) =>
    definitionOf(release({ depends_on: { worker: { restart } } }, { worker }), 'app')
  expect(of({ image: 'b' }, true)).not.toBe(of({ image: 'a' }, true))
  expect(of({ image: 'b' }, false)).toBe(of({ image: 'a' }, false))
  const worker = { image: 'b', volumes: [{ ...data, source: 'data' }] }
  const looking = compose({ depends_on: { worker: { restart: true } } }, { worker })
  const over = makeRelease({ ...looking, volumes: { data: {} } }, image, app, proxy)
  expect(definitionOf(withVolumes(over, { data: 'other' }), 'app')).not.toBe(definitionOf(over, 'app'))
})

test('a service that exits when its work is done must be known by its container', () => {
  expect(release({}, { job: { restart: 'no' } }).compose.services['job']?.labels?.[ROLLOUT_LABEL]).toBe('once')
})

test.each([{ port: 9000 }, { health: '/' }])('%o must be part of the definition of the application alone', (over) => {
  const [before, after] = [release(), makeRelease(compose(), image, { ...app, ...over }, proxy)]
  expect(definitionOf(after, 'app')).not.toBe(definitionOf(before, 'app'))
  expect(definitionOf(after, 'proxy')).toBe(definitionOf(before, 'proxy'))
})

test('a version must be part of the definition of every service that runs the image, and of no other', () => {
  const services = { worker: { image: 'sha256:a' } }
  const [before, after] = ['1.0.0', '1.0.1'].map((version) =>
    makeRelease(compose({}, services), { ...image, version }, app, proxy),
  )
  const labels = (name: string) => [before, after].map((one) => one?.compose.services[name]?.labels?.[VERSION_LABEL])
  expect(labels('worker')).toEqual(['1.0.0', '1.0.1'])
  expect(labels('proxy')).toEqual([undefined, undefined])
  expect(after?.compose.services['proxy']).toEqual(before?.compose.services['proxy'])
  expect(after && definitionOf(after, 'worker')).not.toBe(before && definitionOf(before, 'worker'))
})

test('a service must keep the labels of its own', () => {
  expect(release({ labels: { mine: 'yes' } }).compose.services['app']?.labels).toMatchObject({
    mine: 'yes',
    [DEFINITION_LABEL]: expect.any(String),
    [ROLLOUT_LABEL]: 'overlap',
  })
})

test.each([
  ['no volume', [], 'overlap'],
  ['a writable volume', [data], 'exclusive'],
  ['a writable mount of the host', [{ type: 'bind', target: '/data' }], 'exclusive'],
  ['a read-only volume', [{ ...data, read_only: true }], 'overlap'],
  ['a tmpfs', [{ type: 'tmpfs', target: '/tmp' }], 'overlap'],
])('an application with %s must roll out as fits it', (_, volumes, rollout) => {
  expect(appRollout({ volumes })).toBe(rollout)
})

test.each([
  ['always', 'unless-stopped'],
  ['on-failure', 'unless-stopped'],
  ['no', 'no'],
])(
  'with restart %s it must be %s behind the proxy: a stopped writer must not come back with the engine',
  (restart, expected) => {
    const { services } = release({ restart }, { db: { restart } }).compose
    expect(services['app']?.restart).toBe(expected)
    expect(services['db']?.restart).toBe(restart)
  },
)

test('x-rollout must be honoured', () => {
  expect(appRollout({ volumes: [data], 'x-rollout': 'overlap' })).toBe('overlap')
  // Two versions cannot have one port of the host.
  expect(appRollout({ ports: [{ target: 9000, published: '9000' }] })).toBe('exclusive')
  expect(appRollout({ ports: [{ target: 9000 }] })).toBe('overlap')
  expect(appRollout({ 'x-rollout': 'exclusive' })).toBe('exclusive')
})

test.each([
  ['recreate on the application', { 'x-rollout': 'recreate' }, {}, /"recreate" of service "app".*overlap or exclusive/],
  ['overlap on a worker', {}, { worker: { 'x-rollout': 'overlap' } }, /"overlap" of service "worker".*takes recreate/],
  ['a word that is none', { 'x-rollout': 'blue green' }, {}, /"blue green" of service "app"/],
])('x-rollout with %s must be refused, with the value quoted', (_, over, services, says) => {
  expect(() => release(over, services)).toThrow(says)
})

const route = { path: '/api', port: 9000, health: '/ok' }
const routed = (over: object, name = 'api') => release({}, { [name]: { 'x-route': { ...route, ...over } } })

test('x-route must put a service behind the proxy, beside the application', () => {
  const api = { 'x-route': route, deploy: { replicas: 2 }, volumes: [data] }
  expect(release({}, { api }).routes).toEqual([
    { service: 'app', path: '/', port: 8000, health: '/healthz', rollout: 'overlap', replicas: 1 },
    { service: 'api', ...route, rollout: 'exclusive', replicas: 2 },
  ])
})

test.each([
  ['a relative path', { path: 'api' }],
  ['a path that would end a rule', { path: '/api }\n  http-request deny' }],
  ['a health path with quotes', { health: '/"' }],
  ['no port', { port: undefined }],
  ['a port out of range', { port: 65536 }],
  ['a port as text', { port: '9000' }],
])('x-route with %s must be refused, with the value quoted', (_, over) => {
  const values = JSON.stringify({ ...route, ...over, replicas: 1 })
  expect(() => routed(over)).toThrow(`service "api" cannot be behind the proxy as ${values}`)
})

test.each([0, 1.5, 31])('%d replicas behind the proxy must be refused: it has slots for 1 to 30', (replicas) => {
  const says = `"replicas":${replicas}}`
  expect(() => release({}, { api: { 'x-route': route, deploy: { replicas } } })).toThrow(says)
  expect(() => release({}, { api: { 'x-route': route, scale: replicas } })).toThrow(says)
  expect(() => makeRelease(compose(), image, { ...app, replicas }, proxy)).toThrow(says)
})

test.each([1, 10])('%d replicas behind the proxy must be taken', (replicas) => {
  expect(release({}, { api: { 'x-route': route, deploy: { replicas } } }).routes[1]?.replicas).toBe(replicas)
})

test.each([0, -1, 1.5, '8 }'])('x-threads of %j must be refused', (threads) => {
  expect(() => release({}, { api: { 'x-route': route, 'x-threads': threads as number } })).toThrow('cannot be behind')
})

test('another network must be another definition: a container keeps the networks that it was made with', () => {
  const labelOf = (internal: boolean) => {
    const networks = { back: { internal } }
    const made = makeRelease({ ...compose({ networks: { back: null } }), networks }, image, app, proxy)
    return definitionOf(made, 'app')
  }
  expect(labelOf(true)).not.toBe(labelOf(false))
})

test('an x-route of nothing must be none', () => {
  const empty = release({}, { api: { 'x-route': null as never, 'x-rollout': 'recreate' } })
  expect(empty.routes.map(({ service }) => service)).toEqual(['app'])
  expect(unroutedServices(empty)).toEqual(['api'])
})

test('the proxy must be refused behind itself', () => {
  expect(() => routed({}, 'proxy')).toThrow('service "proxy" cannot be behind the proxy')
})

test('two services on one path must be refused', () => {
  const again = { 'x-route': route }
  expect(() => release({}, { api: again, web: again })).toThrow('two services are routed to "/api"')
  expect(() => routed({ path: '/' })).toThrow('two services are routed to "/"')
})

test('a service whose name the proxy cannot take must be refused behind it', () => {
  expect(() => routed({}, 'My.Api')).toThrow('"My.Api"')
})

test('a volume of the image that nothing is mounted at must be refused: its data would not outlive a deploy', () => {
  const keeps = { ...image, volumes: ['/data', '/cache'] }
  expect(() => makeRelease(compose({ volumes: [data] }), keeps, app, proxy)).toThrow('/cache')
  expect(makeRelease(compose({ volumes: [data] }), { ...image, volumes: ['/data'] }, app, proxy).image.volumes).toEqual(
    ['/data'],
  )
})

test("the same must hold for the image of another service's build", () => {
  const built = { jobs: { id: 'sha256:j', volumes: ['/spool'] } }
  const jobs = (volumes: readonly object[]) => compose({}, { jobs: { image: 'sha256:j', volumes: volumes as never } })
  expect(() => makeRelease(jobs([]), { ...image, built }, app, proxy)).toThrow('/spool (VOLUME), but service "jobs"')
  const spool = { ...data, target: '/spool' }
  const made = makeRelease(jobs([spool]), { ...image, built }, app, proxy)
  expect(fromFile(JSON.parse(JSON.stringify(toFile(made))) as ReleaseFile)).toEqual(made)
  expect(isReleaseFile(toFile(made))).toBe(true)
})

test.each([
  ['no application', { proxy: {} }, 'no service "app" with image'],
  ['an application of another image', { app: { image: 'other' }, proxy: {} }, 'no service "app" with image'],
  ['no proxy', { app: { image: 'sha256:a' } }, 'no service "proxy"'],
  ['a service of a name that is taken', { app: { image: 'sha256:a' }, proxy: {}, guard: {} }, '"guard" is taken'],
])('a compose file with %s must be refused', (_, services, says) => {
  expect(() => makeRelease({ name: 'p', services }, image, app, proxy)).toThrow(says)
})

test('a release must come back from its file as it was', () => {
  const whole = release({ volumes: [data] }, { api: { 'x-route': route } })
  expect(fromFile(JSON.parse(JSON.stringify(toFile(whole))) as ReleaseFile)).toEqual(whole)
})

test('a file that is no release, or has no route that the proxy can have, must be refused', () => {
  const file = toFile(release())
  const over = (own: object) => ({ ...file, 'x-release': { ...file['x-release'], ...own } })
  expect([file, over({ base: undefined, volumes: undefined })].map(isReleaseFile)).toEqual([true, true])
  const path = "/' | sh"
  const wrong = [compose(), over({ id: '../../x' }), over({ routes: [{ ...file['x-release'].routes[0], path }] })]
  expect(wrong.map(isReleaseFile)).toEqual([false, false, false])
})

test('companions must be the services that the proxy does not stand before', () => {
  expect(unroutedServices(release({}, { db: {}, api: { 'x-route': route }, worker: {} }))).toEqual(['db', 'worker'])
})

test('chosen images must be read as they were written', () => {
  const chosen = { ...image, digest: 'sha256:d', built: { jobs: { id: 'sha256:j', volumes: [] } } }
  expect(parseChosen(renderChosen(chosen))).toEqual({ '': 'sha256:a@sha256:d', jobs: 'sha256:j' })
  expect(parseChosen(renderChosen({ ...chosen, built: {} }))).toEqual({ '': 'sha256:a@sha256:d' })
})
