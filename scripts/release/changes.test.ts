import { expect, test } from 'vitest'
import type { ComposeModel } from '../docker/compose-model.ts'
import { describeChanges } from './changes.ts'
import { makeRelease } from './make-release.ts'
import type { Release } from './model.ts'
import { withVolumes } from './over-volumes.ts'

const make = (services: ComposeModel['services'], hold = 10) =>
  makeRelease(
    { name: 'p', services: { app: { image: 'sha256:1' }, proxy: {}, ...services } },
    { id: 'sha256:1', version: '1.0.0', revision: 'r', volumes: [] },
    { port: 8000, health: '/healthz', replicas: 1 },
    { template: '', hold },
  )
const with_ = (over: Partial<Release>): Release => ({ ...make({}), ...over })
const volume = (name: string) => ({
  key: 'data',
  name,
  driver: 'local',
  options: {},
  writers: ['app'],
  kept: true,
  hook: undefined,
})

test('the commits between must be counted, where there are any', () => {
  expect([1, 3, 0, undefined].map((commits) => describeChanges(make({}), make({}), commits))).toEqual([
    ['1 commit'],
    ['3 commits'],
    [],
    [],
  ])
})

test.each<[string, Release, Release, string[]]>([
  ['nothing', make({}), make({}), []],
  ['nothing, where the release before is read back', JSON.parse(JSON.stringify(make({}))) as Release, make({}), []],
  ['an image', make({}), with_({ image: { ...make({}).image, id: 'sha256:2' } }), ['image 1 → 2']],
  [
    'the image of another build',
    with_({ image: { ...make({}).image, built: { worker: { id: 'sha256:3', volumes: [] } } } }),
    with_({ image: { ...make({}).image, built: { worker: { id: 'sha256:4', volumes: [] } } } }),
    ['worker 3 → 4'],
  ],
  [
    'the keys of a service',
    make({ db: { image: 'a' } }),
    make({ db: { image: 'a', container_name: 'x' } }),
    ['db: container_name'],
  ],
  ['a new service', make({}), make({ db: { image: 'a' } }), ['db: new']],
  ['a service that is gone', make({ db: { image: 'a' } }), make({}), ['db: gone']],
  ['what the proxy does', make({}), make({}, 20), ['proxy settings']],
  [
    'other volumes',
    with_({ volumes: [volume('p_data')] }),
    with_({ volumes: [volume('p_data.2')] }),
    ['volume data: p_data → p_data.2'],
  ],
])('what differs must be told: %s', (_, from, to, says) => expect(describeChanges(from, to)).toEqual(says))

test('where a service changes by its volume alone, the volume must be told, and nothing besides', () => {
  const data = { volumes: [{ type: 'volume', source: 'data', target: '/data' }] }
  const release = makeRelease(
    { name: 'p', services: { app: { image: 'sha256:1', ...data }, proxy: {} }, volumes: { data: {} } },
    { id: 'sha256:1', version: '1.0.0', revision: 'r', volumes: [] },
    { port: 8000, health: '/healthz', replicas: 1 },
    { template: '', hold: 10 },
  )
  expect(describeChanges(release, withVolumes(release, { data: 'p_data.2' }))).toEqual([
    'volume data: p_data → p_data.2',
  ])
})
