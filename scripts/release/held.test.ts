import { expect, test } from 'vitest'
import type { ComposeService } from '../docker/compose-model.ts'
import { requireHeld, unheldPaths } from './held.ts'

// Each deploy of such a release would have kept its data in a volume without a name, and every restore would have lost them.

const postgres = (folder: string, data = folder) => ({
  ...{ Entrypoint: ['docker-entrypoint.sh'], Cmd: ['postgres'], Env: ['PG_MAJOR=17', `PGDATA=${data}`] },
  ...{ Volumes: { [folder]: {} }, ExposedPorts: { '5432/tcp': {} } },
})
const [OLD, NEW] = [
  postgres('/var/lib/postgresql/data'),
  postgres('/var/lib/postgresql', '/var/lib/postgresql/18/docker'),
]
const MYSQL = { Cmd: ['mysqld'], Env: ['MYSQL_VERSION=9'], Volumes: { '/var/lib/mysql': {} } }
const REDIS = { Cmd: ['redis-server'], Env: ['REDIS_VERSION=8'], Volumes: { '/data': {} } }
const at = (target: string, source = 'db') => ({ volumes: [{ type: 'volume', source, target }] })
const problem = (definition: ComposeService, config: object): string => {
  try {
    requireHeld('db', definition, config)
    return ''
  } catch (error) {
    return `${(error as Error).message}; ${(error as { next: string }).next}`
  }
}

test.each<[string, ComposeService, object, string]>([
  ['no mount', {}, OLD, 'volumes: ["db-data:/var/lib/postgresql/data"] in service "db"'],
  [
    'a mount above its VOLUME',
    at('/var/lib/postgresql'),
    OLD,
    'db:/var/lib/postgresql/data takes the place of db:/var/lib/postgresql',
  ],
  ['a mount beside it', at('/var/lib/postgres'), OLD, 'volumes: ["db-data:/var/lib/postgresql/data"]'],
  [
    'the folder of version 17 under 18',
    at('/var/lib/postgresql/data'),
    NEW,
    'db:/var/lib/postgresql takes the place of db:/var/lib/postgresql/data',
  ],
  ['PGDATA in no mount', { ...at('/var/lib/postgresql/data'), environment: { PGDATA: '/pg' } }, OLD, '"db-pg:/pg"'],
  [
    'another folder of its command',
    { ...at('/var/lib/mysql'), command: ['--datadir=/other'] },
    MYSQL,
    '"db-other:/other"',
  ],
  ['Redis with a hook', { 'x-snapshot': 'redis' }, REDIS, '"db-data:/data"'],
])(
  'a database with %s must be refused before anything is deployed, with the line to write',
  (_, definition, config, line) => {
    expect(problem(definition, config)).toContain(
      'which no volume of the Compose file holds: they would go with its container',
    )
    expect(problem(definition, config)).toContain(line)
  },
)

test.each<[string, ComposeService, object]>([
  ['its VOLUME mounted', at('/var/lib/postgresql/data/'), OLD],
  ['the VOLUME of version 18 mounted', at('/var/lib/postgresql'), NEW],
  ['the very folder of version 18 mounted', at('/var/lib/postgresql/18/docker'), NEW],
  ['PGDATA in a mount further up', { ...at('/pg'), environment: { PGDATA: '/pg/17' } }, OLD],
  ['its data in memory', { tmpfs: ['/var/lib/postgresql/data:size=1g'] }, OLD],
  ['a folder of the host', { volumes: [{ type: 'bind', source: '/a', target: '/var/lib/mysql' }] }, MYSQL],
  ['a client as its command', { command: ['psql', '-h', 'db'] }, OLD],
  ['no snapshot wanted', { 'x-snapshot': false }, OLD],
])('a database with %s must be taken', (_, definition, config) => {
  expect(problem(definition, config)).toBe('')
})

test.each<[string, ComposeService, object, string[]]>([
  ['Redis without a hook', {}, REDIS, ['/data']],
  ['a service of its own', {}, { Volumes: { '/srv': {}, '/tmp': {}, '/kept': {} } }, ['/srv', '/kept']],
  ['a mount at the path', at('/srv'), { Volumes: { '/srv': {} } }, []],
  ['a VOLUME without a slash before it', at('/srv'), { Volumes: { 'srv/': {}, 'app/kept': {} } }, ['/app/kept']],
  ['a job', { restart: 'no' }, { Volumes: { '/srv': {} } }, []],
  ['a database, which is refused instead', {}, OLD, []],
])('of %s, the paths must be said that nothing holds', (_, definition, config, paths) => {
  expect(unheldPaths(definition, config)).toEqual(paths)
})
