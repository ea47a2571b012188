import { expect, test } from 'vitest'
import type { ComposeService } from '../docker/compose-model.ts'
import { readVolumes } from '../release/volumes.ts'
import { fatesOf, isSavedIn, sayNew } from './volumes.ts'

test('a volume in which nothing ever was must not be said to have lost its data: the snapshot has none', () => {
  const listing = 'snapshot 9e6eb494 of [/volumes /copies]:\n/volumes\n/volumes/db\n/volumes/other\n/volumes/other/a\n'
  expect(isSavedIn(listing, 'db')).toBe(false)
  expect(isSavedIn(listing, 'other')).toBe(true)
  expect(isSavedIn('/copies/db/dump.sql\n/volumes/dbs/a\n', 'db')).toBe(true)
})

test.each<[string, ComposeService, { driver?: string; driver_opts?: Record<string, string> }, boolean, string]>([
  ['of a first deploy', {}, {}, true, 'discard'],
  ['beside a release that serves, or beside its data', {}, {}, false, 'keep'],
  ['that others reach by a port of its service', { ports: [{ published: '1883' }] }, {}, true, 'keep'],
  ["that others reach in the host's network", { network_mode: 'host' }, {}, true, 'keep'],
  ['whose driver may have had data before', {}, { driver: 'rexray' }, true, 'keep'],
  ['that is a folder of the host', {}, { driver_opts: { o: 'bind', device: '/srv' } }, true, 'keep'],
])('a new volume %s must have its fate where the deploy fails', (_, service, spec, isFirst, fate) => {
  const db = { ...service, volumes: [{ type: 'volume', source: 'db', target: '/data' }] }
  const compose = { name: 'p', services: { db }, volumes: { db: spec, other: null } }
  expect(fatesOf({ compose, volumes: readVolumes(compose) }, ['p_db'], isFirst)).toEqual({ p_db: fate })
  expect(fatesOf({ compose, volumes: readVolumes(compose) }, [], isFirst)).toEqual({})
})

test('a volume that a failed deploy has left must be told with the command that begins anew', () => {
  expect(sayNew('p_db')).toMatch(/docker volume rm p_db$/)
})
