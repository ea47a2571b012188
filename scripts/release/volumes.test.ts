import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Forced, forceWords } from '../config/options.ts'
import { planVolumes } from '../data/volumes.ts'
import type { ComposeModel, ComposeService } from '../docker/compose-model.ts'
import { COMPOSE_PROJECT, PROJECT_LABEL } from '../docker/labels.ts'
import { makeRelease } from './make-release.ts'
import { definitionOf } from './model.ts'
import { volumeNames, withVolumes } from './over-volumes.ts'
import { type DataVolume, ownVolumes, readVolumes } from './volumes.ts'

type Services = Record<string, ComposeService>
const mount = (source: string, over: object = {}) => ({ type: 'volume', source, target: `/${source}`, ...over })
const hook = { copy: ['copy'], describe: ['describe'] }
const volume = (over: Partial<DataVolume> = {}): DataVolume => ({
  key: 'data',
  name: 'p_data',
  driver: 'local',
  options: {},
  writers: ['app'],
  kept: true,
  hook: undefined,
  ...over,
})
const read = (services: Services, volumes: ComposeModel['volumes'] = { data: {} }) =>
  readVolumes({ name: 'p', services, volumes })

test('a volume that a service has mounted must be read with who writes to it, and with what the engine is told', () => {
  const volumes = { data: null, media: { name: 'mine', driver: 'nfs', driver_opts: { o: 'x' } } }
  const both = read(
    { app: { volumes: [mount('data')] }, worker: { volumes: [mount('data'), mount('media')] } },
    volumes,
  )
  expect(both).toEqual([
    volume({ writers: ['app', 'worker'] }),
    volume({ key: 'media', name: 'mine', driver: 'nfs', options: { o: 'x' }, writers: ['worker'] }),
  ])
})

test.each<[string, Services, ComposeModel['volumes']?]>([
  ["the proxy's", { proxy: { volumes: [mount('data')] } }],
  ['one that is made elsewhere', { app: { volumes: [mount('data')] } }, { data: { external: true } }],
  ['one that nothing mounts', { app: {} }],
  ['a folder of the host', { app: { volumes: [mount('data', { type: 'bind' })] } }],
  ['memory', { app: { volumes: [mount('data', { type: 'tmpfs' })] } }],
])('%s must be no volume of the release', (_, services, volumes) => {
  expect(read(services, volumes)).toEqual([])
})

test.each<[string, boolean, string[], Services]>([
  ['somebody writes', true, ['app'], { app: { volumes: [mount('data')] } }],
  ['all only read', false, [], { app: { volumes: [mount('data', { read_only: true })] } }],
  ['who writes says false', false, ['app'], { app: { volumes: [mount('data')], 'x-snapshot': false } }],
  [
    'not all who write say false',
    true,
    ['app', 'worker'],
    { app: { volumes: [mount('data')], 'x-snapshot': false }, worker: { volumes: [mount('data')] } },
  ],
])(
  'where %s it must be %j that snapshots hold the volume, and all who write be known',
  (_, kept, writers, services) => {
    expect(read(services)).toEqual([volume({ kept, writers })])
  },
)

// `docker compose config` writes the $ of APP_X='v$w', and that of a $$ in the file, as $$.
test('what a hook runs and a driver is told must be what Compose would make of it: each $$ is a $', () => {
  const say = ['sh', '-c', 'echo "$$HOME" v$$w $$$$']
  const offer = { copy: say, describe: ['a$$b'], restore: ['$$c'] }
  const [only] = read(
    { app: { volumes: [mount('data')], 'x-snapshot': offer } },
    { data: { driver_opts: { o: 'p$$q' } } },
  )
  expect(only?.hook).toEqual({
    service: 'app',
    copy: ['sh', '-c', 'echo "$HOME" v$w $$'],
    describe: ['a$b'],
    restore: ['$c'],
  })
  expect(only?.options).toEqual({ o: 'p$q' })
})

test('a hook must be of the only volume that its service writes to, wherever that is mounted, or of the one it names', () => {
  const twice = { volumes: [mount('data'), mount('data', { target: '/again' })], 'x-snapshot': hook }
  const found = { service: 'app', ...hook, restore: undefined }
  expect(read({ app: twice })).toEqual([volume({ hook: found })])
  const two = { volumes: [mount('data'), mount('media')], 'x-snapshot': { ...hook, volume: 'media', restore: ['r'] } }
  const hooks = read({ app: two }, { data: {}, media: {} }).map((one) => one.hook)
  expect(hooks).toEqual([undefined, { ...found, restore: ['r'] }])
})

const argv = { copy: ['copy'], describe: ['describe'] }
test.each<[unknown, object]>([
  ['redis', { ...argv, preset: 'redis', restore: ['restore'] }],
  ['sqlite', { ...argv, preset: 'sqlite', restore: undefined }],
  [
    { preset: 'sqlite', volume: 'data' },
    { ...argv, preset: 'sqlite', restore: undefined },
  ],
])('x-snapshot: %j must be hooks that are ready to use', (offer, found) => {
  const [only] = read({ app: { volumes: [mount('data')], 'x-snapshot': offer } })
  expect(only?.hook).toEqual({ service: 'app', ...found })
})

test("of several volumes a preset's must be the one where the official image keeps its data", () => {
  const volumes = [mount('logs'), mount('db', { target: '/var/lib/mysql' })]
  const of = (offer: unknown) =>
    read({ app: { volumes, 'x-snapshot': offer } }, { logs: {}, db: {} }).map(({ hook: of }) => of?.preset)
  expect(of('mariadb')).toEqual([undefined, 'mariadb'])
  expect(of({ preset: 'sqlite', volume: 'logs' })).toEqual(['sqlite', undefined])
  expect(() => of('sqlite')).toThrow(expect.objectContaining({ next: 'x-snapshot: {preset: sqlite, volume: …}' }))
})

test('files must be no hook, and say of the volumes of its service alone that others change them through it', () => {
  const services = { db: { volumes: [mount('data')], 'x-snapshot': 'files' }, app: { volumes: [mount('media')] } }
  expect(read(services, { data: {}, media: {} })).toEqual([
    volume({ writers: ['db'], shared: true }),
    volume({ key: 'media', name: 'p_media' }),
  ])
})

test('a hook must be of no volume that is made elsewhere, for no snapshot holds that', () => {
  const mounts = [mount('other', { target: '/var/lib/postgresql/data' }), mount('data', { target: '/pgdata' })]
  const services = { db: { volumes: mounts, 'x-snapshot': 'postgresql' } }
  const [only, ...more] = read(services, { other: { external: true }, data: {} })
  expect(only).toMatchObject({ key: 'data', hook: { preset: 'postgresql' } })
  expect(more).toEqual([])
  expect(
    read({ db: { volumes: mounts.slice(0, 1), 'x-snapshot': 'postgresql' } }, { other: { external: true } }),
  ).toEqual([])
})

test('a hook of nothing must be none', () => {
  expect(read({ app: { volumes: [mount('data')], 'x-snapshot': null } })).toEqual([volume()])
})

const malformed = [
  true,
  'yes',
  7,
  [],
  {},
  { copy: ['copy'] },
  { ...hook, copy: 'copy' },
  { ...hook, copy: [] },
  { ...hook, describe: [1] },
  { ...hook, restore: 'restore' },
  { ...hook, restart: ['x'] },
  'Redis',
  { preset: 'oracle' },
  { ...hook, preset: 'redis' },
]
test.each(malformed.flatMap((value) => [0, 1, 2].map((count) => ({ value, count }))))(
  'x-snapshot: $value of a service with $count volumes must be refused, with the value quoted',
  ({ value, count }) => {
    const volumes = [mount('data'), mount('media')].slice(0, count)
    const says = `x-snapshot of service "app" is ${JSON.stringify(value)}`
    expect(() => read({ app: { volumes, 'x-snapshot': value } }, { data: {}, media: {} })).toThrow(says)
  },
)

test.each([undefined, 'other', 'cache', 7])('of several volumes x-snapshot must name one: %j is none', (named) => {
  const volumes = [mount('data'), mount('media'), mount('cache', { read_only: true })]
  const offer = named === undefined ? hook : { ...hook, volume: named }
  const says = 'does not say which of its volumes (data, media)'
  expect(() => read({ app: { volumes, 'x-snapshot': offer } }, { data: {}, media: {} })).toThrow(says)
})

test('volumes of a release must be none that Compose makes or removes, and all others stay as they are', () => {
  const compose = { name: 'p', services: {}, volumes: { data: { driver: 'x' }, proxy: null } }
  expect(ownVolumes(compose, [volume({ name: 'p_data.2' })]).volumes).toEqual({
    data: { name: 'p_data.2', external: true },
    proxy: null,
  })
})

const image = { id: 'sha256:a', version: '1.0.0', revision: 'r', volumes: [] }
const services: Services = {
  app: { image: 'sha256:a', volumes: [mount('data')] },
  db: { volumes: [mount('db')] },
  reader: { volumes: [mount('data', { read_only: true })] },
  both: { volumes: [mount('data'), mount('db')] },
  idle: {},
  proxy: { volumes: [mount('proxy')] },
}
const of = (volumes: ComposeModel['volumes'], some = services) =>
  makeRelease(
    { name: 'p', services: some, volumes: { ...volumes, proxy: {} } },
    image,
    { port: 8000, health: '/', replicas: 1 },
    { template: '', hold: 10 },
  )
const release = of({ data: {}, db: {} })
const named = of({ data: {}, db: { name: 'mine' } })

test('another volume must be another release, and change the definition of those services alone that mount it', () => {
  const moved = withVolumes(release, { data: 'p_data.2' })
  expect(moved).toMatchObject({ base: release.base, volumes: [{ name: 'p_data.2' }, { name: 'p_db' }] })
  expect(moved.id).not.toBe(release.id)
  expect(moved.compose.volumes).toMatchObject({ data: { name: 'p_data.2', external: true }, proxy: {} })
  const names = Object.keys(services)
  const changed = names.filter((name) => definitionOf(moved, name) !== definitionOf(release, name))
  expect(changed).toEqual(['app', 'reader', 'both'])
})

test('a volume that is moved with another one must not be told apart by its name alone', () => {
  const one = withVolumes(release, { data: 'x' })
  expect(definitionOf(withVolumes(release, { db: 'x' }), 'both')).not.toBe(definitionOf(one, 'both'))
})

const names = fc.record(
  { data: fc.constantFrom('p_data', 'p_data.2', 'x'), db: fc.constantFrom('p_db', 'p_db.2', 'x', 'mine') },
  { requiredKeys: [] },
)
test('over volumes of their plain names a release must be named as it is whatever they are called', () => {
  expect(release.id).toBe(release.base)
  expect(named.id).not.toBe(named.base)
})

test('the same names must make the same release again, wherever it was meanwhile', () => {
  const start = fc.constantFrom(release, named)
  fc.assert(
    fc.property(start, names, names, (first, there, elsewhere) => {
      expect(withVolumes(first, volumeNames(first))).toEqual(first)
      const moved = withVolumes(first, there)
      const again = withVolumes(withVolumes(moved, elsewhere), volumeNames(moved))
      expect(again).toEqual(moved)
      expect(withVolumes(moved, volumeNames(first))).toEqual(first)
      const same = JSON.stringify(volumeNames(moved)) === JSON.stringify(volumeNames(first))
      return (moved.id === first.id) === same
    }),
  )
})

const state = (name: string, labels: Record<string, string> = { [PROJECT_LABEL]: 'p' }, createdAt = 'then') => ({
  name,
  createdAt,
  labels,
})
const here = [state('p_data'), state('p_db')]
const none: Forced = new Set()
const everything: Forced = new Set(forceWords)
const known = { p_data: 'then', p_db: 'then' }

test('what has never held data and is not there must be made, and nothing else', () => {
  expect(planVolumes(release, [], {}, undefined, none)).toEqual(['p_data', 'p_db'])
  expect(planVolumes(release, here, known, release, none)).toEqual([])
  expect(planVolumes(release, [state('p_data')], { p_data: 'then' }, undefined, none)).toEqual(['p_db'])
})

test('a volume that somebody has made by hand must be taken', () => {
  expect(planVolumes(release, [state('p_data', {}), state('p_db')], {}, undefined, none)).toEqual([])
})

test('a volume that docker compose has made must be refused until a release has served from it, unless by force', () => {
  const states = [state('p_data', { [COMPOSE_PROJECT]: 'p' }), state('p_db')]
  expect(() => planVolumes(release, states, {}, undefined, none)).toThrow('p_data was made by docker compose')
  expect(planVolumes(release, states, known, release, none)).toEqual([])
  expect(planVolumes(release, states, {}, undefined, new Set(['compose-volume']))).toEqual([])
})

test('a volume that held data must be refused where it is missing or made anew; force goes on with an empty one', () => {
  expect(() => planVolumes(release, here.slice(1), known, release, none)).toThrow(
    'the volume p_data, which holds the data, is missing',
  )
  expect(planVolumes(release, here.slice(1), known, release, new Set(['empty-volume']))).toEqual(['p_data'])
  const anew = [state('p_data', undefined, 'now'), state('p_db')]
  expect(() => planVolumes(release, anew, known, release, none)).toThrow('it was made anew at now')
  expect(planVolumes(release, anew, known, release, new Set(['empty-volume']))).toEqual([])
})

test.each([PROJECT_LABEL, COMPOSE_PROJECT])(
  "another project's volume must be refused, by %s, also by force",
  (label) => {
    const states = [state('p_data', { [label]: 'q' }), state('p_db')]
    for (const forced of [none, everything])
      expect(() => planVolumes(release, states, {}, undefined, forced)).toThrow('p_data belongs to the project "q"')
  },
)

test('a volume that the next release no longer mounts must be refused, unless by force or where it is only read', () => {
  const { db, both, ...rest } = services
  const without = of({ data: {}, db: {} }, rest)
  const says = 'this release no longer mounts the volume p_db (db), to which 1.0.0 writes'
  expect(() => planVolumes(without, here, known, release, none)).toThrow(says)
  expect(planVolumes(without, here, known, release, new Set(['left-behind']))).toEqual([])
  expect(planVolumes(without, here, known, undefined, none)).toEqual([])
  expect(planVolumes(without, here.slice(0, 1), known, release, none), 'it is gone already').toEqual([])
  const reads = of({ data: {}, db: {} }, { ...rest, db: { volumes: [mount('db', { read_only: true })] } })
  expect(planVolumes(reads, here, known, release, none)).toEqual([])
})
