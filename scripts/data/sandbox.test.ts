import { expect, test } from 'vitest'
import { type ComposeModel, type ComposeService, PROXY } from '../docker/compose-model.ts'
import { makeRelease } from '../release/make-release.ts'
import { withVolumes } from '../release/over-volumes.ts'
import { readVolumes } from '../release/volumes.ts'
import { makeOneOffs, makeSandbox, type Setting } from './sandbox.ts'

const mount = (source: string, over: object = {}) => ({ type: 'volume', source, target: `/${source}`, ...over })
const folder = { type: 'bind', source: '/srv/files', target: '/files' }
const compose = {
  name: 'p',
  services: {
    app: {
      image: 'sha256:a',
      volumes: [mount('data'), mount('media', { read_only: true }), mount('shared'), folder],
      environment: { MODE: 'x' },
      networks: { default: null },
      secrets: [{ source: 'password' }],
      ports: [{ target: 8000, published: '8000' }],
      container_name: 'the-app',
      hostname: 'app',
      depends_on: { db: { condition: 'service_healthy' } },
      restart: 'unless-stopped',
      deploy: { replicas: 3 },
      scale: 3,
      labels: { mine: 'yes' },
    },
    db: { image: 'db', volumes: [mount('db')], networks: { back: null } },
    proxy: { image: 'proxy', volumes: [mount('proxy')], networks: { edge: null } },
  } as Record<string, ComposeService>,
  volumes: {
    data: { name: 'p_data' },
    media: { name: 'p_media', driver: 'nfs', driver_opts: { device: ':/real' } },
    db: { name: 'p_db' },
    shared: { name: 'theirs', external: true },
    proxy: { name: 'p_proxy' },
  },
  networks: { default: { name: 'p_default' }, edge: { name: 'p_edge' }, back: null, theirs: { external: true } },
  secrets: { password: { file: '/secrets/password' } },
} satisfies ComposeModel & { secrets: object }
const release = makeRelease(
  compose,
  { id: 'sha256:a', version: '1.0.0', revision: 'r', volumes: [] },
  { port: 8000, health: '/', replicas: 3 },
  { template: '', hold: 10 },
)
const stage = (over: Partial<Setting> = {}, of = release) =>
  makeSandbox(of, { live: false, volumes: {}, snapshots: {}, ...over })

test.each([true, false])('a stage must be a project of its own, out of reach (live: %s)', (live) => {
  const { name, services } = stage({ live })
  expect(name).toBe('p-stage')
  expect(Object.keys(services)).toEqual(['app', 'db'])
  for (const definition of Object.values(services)) {
    const left = ['ports', 'container_name', 'hostname', 'depends_on', 'deploy', 'scale']
    expect(Object.keys(definition).filter((key) => left.includes(key))).toEqual([])
    expect(definition).toMatchObject({ restart: 'no' })
  }
})

test('a service on a stage must be the same in all else, and labelled as of the stage alone', () => {
  const labels = { 'org.dartagnan': 'stage', 'org.dartagnan.project': 'p' }
  const { image, environment, networks, secrets } = compose.services['app'] as Record<string, unknown>
  expect(stage().services['app']).toMatchObject({ image, environment, networks, secrets })
  expect(stage().services['app']?.labels).toEqual(labels)
  expect(stage()).toMatchObject({ secrets: compose.secrets })
})

test('away from the running services every network must be a new one that leads nowhere', () => {
  const { networks = {} } = stage()
  expect(Object.keys(networks)).toEqual(['default', 'edge', 'back', 'theirs'])
  for (const network of Object.values(networks)) {
    expect(network).toMatchObject({
      internal: true,
      driver_opts: { 'com.docker.network.bridge.inhibit_ipv4': 'true' },
    })
    expect(network).not.toHaveProperty('name')
    expect(network).not.toHaveProperty('external')
  }
})

test('beside the running services the networks must be the real ones', () => {
  expect(stage({ live: true }).networks).toEqual({
    default: { name: 'p_default', external: true },
    edge: { name: 'p_edge', external: true },
    back: { name: 'p_back', external: true },
    theirs: { name: 'p_theirs', external: true },
  })
})

test('beside the running services the volumes must be those of the release, wherever they lie', () => {
  const moved = withVolumes(release, { data: 'p_data.2' })
  expect(stage({ live: true }, moved).volumes).toMatchObject({
    data: { name: 'p_data.2', external: true },
    media: { name: 'p_media', external: true },
    db: { name: 'p_db', external: true },
    shared: { name: 'theirs', external: true },
  })
})

test('a volume must be the one that stands for it, live or not', () => {
  const volumes = { data: 'p.clone.data' }
  for (const live of [true, false])
    expect(stage({ live, volumes }).volumes).toMatchObject({ data: { name: 'p.clone.data', external: true } })
})

test('away from the running services nothing that they write to must be within reach', () => {
  const { volumes = {}, services } = stage({ volumes: { data: 'p.clone.data' } })
  const { data, ...fresh } = volumes
  expect(data).toEqual({ name: 'p.clone.data', external: true })
  // With its options a new volume would be the real one by another name.
  for (const volume of Object.values(fresh)) expect(Object.keys(volume ?? {})).toEqual(['labels'])
  const mounts = Object.values(services).flatMap((definition) => definition.volumes ?? [])
  expect(mounts.filter(({ type }) => type === 'bind')).toEqual([{ ...folder, read_only: true }])
  const keys = mounts.flatMap(({ type, source = '' }) => (type === 'volume' ? [source] : []))
  expect(Object.keys(volumes)).toEqual(expect.arrayContaining(keys))
})

test('beside the running services a folder of the host must be mounted as they have it', () => {
  expect(stage({ live: true }).services['app']?.volumes).toContainEqual(folder)
})

test('a service must have the volume for its copy at /snapshot, and no other service', () => {
  const { services, volumes } = stage({ snapshots: { db: 'p.copy.db' } })
  expect(services['db']?.volumes).toEqual([mount('db'), { type: 'volume', source: 'stage-db', target: '/snapshot' }])
  expect(services['app']?.volumes?.map(({ target }) => target)).not.toContain('/snapshot')
  expect(volumes).toMatchObject({ 'stage-db': { name: 'p.copy.db', external: true } })
})

test('the proxy must not be on a stage', () => {
  expect(stage({ live: true }).services).not.toHaveProperty(PROXY)
})

const oneOffsOf = (preset: string, over: object = {}) => {
  const volumes = [{ type: 'volume', source: 'data', target: '/data' }]
  const app = { image: 'sha256:a', volumes, 'x-snapshot': preset, ...over }
  const compose = { name: 'p', services: { app, proxy: {} }, volumes: { data: {} } }
  return makeOneOffs(compose, readVolumes(compose), { [preset]: 'echo "$0"' }, 'toolkit').services['app']
}

test("a preset's commands must run its script in an image of the service, which is told what the server's command says", () => {
  expect(oneOffsOf('redis', { command: ['redis-server', '--requirepass', 'v$$w'] })).toEqual({
    healthcheck: { disable: true },
    entrypoint: ['sh', '-c', 'echo "$$0"', 'app'],
    environment: { DARTAGNAN_AUTH: 'v$$w', DARTAGNAN_DATA: '/data' },
  })
})

test("SQLite's must run in the toolkit's image, with the folder of the volume", () => {
  const found = oneOffsOf('sqlite', { environment: { NODE_OPTIONS: '--require=x' } })
  expect(found).toMatchObject({ image: 'toolkit', user: '0:0', environment: { NODE_OPTIONS: '' } })
  expect(found).toMatchObject({ entrypoint: expect.arrayContaining(['node', 'echo "$$0"', '/data']) })
})

test('other services must have no health check, and stay as they are', () => {
  expect(oneOffsOf('redis', { 'x-snapshot': undefined })).toEqual({ healthcheck: { disable: true } })
})
