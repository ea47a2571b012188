import { expect, test } from 'vitest'
import type { ComposeService } from '../docker/compose-model.ts'
import { FILES, keptOf, keptPath, mountFiles, withKept } from './kept-paths.ts'
import { makeRelease } from './make-release.ts'
import { definitionOf, fromFile, isReleaseFile, toFile } from './model.ts'
import { withVolumes } from './over-volumes.ts'

const release = (app: ComposeService = {}, worker: ComposeService = {}) =>
  makeRelease(
    {
      name: 'p',
      services: { app: { image: 'sha256:a', ...app }, worker: { image: 'w', ...worker }, proxy: { image: 'proxy' } },
    },
    { id: 'sha256:a', version: '1.0.0', revision: 'r', volumes: [] },
    { port: 8000, health: '/healthz', replicas: 1 },
    { template: 'text', hold: 10 },
  )
const [uploads, database] = [keptPath('app', '/app/uploads', false), keptPath('app', '/app/db.sqlite3', true)]
const mountsOf = ({ compose }: ReturnType<typeof release>, service: string) =>
  (compose.services[service]?.volumes ?? []).map(({ source, target }) => `${source}:${target}`)

test('a release over kept paths must mount volumes there, hold them in snapshots, and let two versions take turns', () => {
  const kept = withKept(release(), { app: [uploads, database] })
  expect(mountsOf(kept, 'app')).toEqual(['app-app-uploads:/app/uploads', `app-files:${FILES}`])
  expect(mountsOf(kept, 'worker')).toEqual([])
  expect(kept.volumes.map(({ name, writers, kept }) => [name, writers, kept])).toEqual([
    ['p_app-app-uploads', ['app'], true],
    ['p_app-files', ['app'], true],
  ])
  expect(kept.routes[0]?.rollout).toBe('exclusive')
  expect(withKept(release({ 'x-rollout': 'overlap' }), { app: [uploads] }).routes[0]?.rollout).toBe('overlap')
  expect(withKept(release({}, { 'x-snapshot': false }), { worker: [{ ...uploads, key: 'w' }] }).volumes[0]?.kept).toBe(
    false,
  )
  const file = JSON.parse(JSON.stringify(toFile(kept))) as unknown
  expect(isReleaseFile(file) && fromFile(file)).toEqual(kept)
})

test('the same paths must make the same release, however they came together', () => {
  const once = withVolumes(withKept(release(), { app: [uploads, database] }), {})
  const apart = withVolumes(
    withKept(withVolumes(withKept(release(), { app: [uploads] }), {}), { app: [uploads, database] }),
    {},
  )
  expect(apart.id).toBe(once.id)
  expect(definitionOf(apart, 'app')).toBe(definitionOf(once, 'app'))
  expect(once.id).not.toBe(release().id)
  expect(once.base).toBe(release().base)
  expect(definitionOf(once, 'worker')).toBe(definitionOf(release(), 'worker'))
  const moved = withVolumes(once, { 'app-files': 'p_app-files.2' })
  expect(definitionOf(moved, 'app')).not.toBe(definitionOf(once, 'app'))
})

test.each([
  ['there', { type: 'volume', source: 'own', target: '/app/uploads' }],
  ['above', { type: 'bind', source: '/x', target: '/app' }],
  ['below', { type: 'volume', source: 'own', target: '/app/uploads/small' }],
])('where the Compose file mounts something %s by now, that must decide', (_, mount) => {
  const own = release({ volumes: [mount] })
  expect(withKept(own, { app: [uploads] })).toBe(own)
})

test('files that the Compose file names must be kept from the start, and only single paths inside of the container', () => {
  const named = release({ 'x-files': ['/app/db.sqlite3'] })
  expect(mountsOf(named, 'app')).toEqual([`app-files:${FILES}`])
  expect(keptOf(named.compose)).toEqual({ app: [database] })
  expect(withKept(named, { app: [database] })).toBe(named)
  expect(named.volumes.map(({ name }) => name)).toEqual(['p_app-files'])
})

test('services that mount one volume for their files must have the same ones', () => {
  const shared = { 'x-files': ['/app/a.db'], volumes: [{ type: 'volume', source: 'one', target: FILES }] }
  const services = { app: shared, worker: shared, other: { 'x-files': ['/app/b.db'] } }
  const { volumes, services: mounted } = mountFiles({ name: 'p', services } as never)
  expect(Object.keys(volumes ?? {})).toEqual(['one', 'other-files'])
  expect(mounted['worker']?.['x-kept']).toEqual([{ path: '/app/a.db', key: 'one', isFile: true }])
  expect(mounted['worker']?.volumes).toEqual(shared.volumes)
})
