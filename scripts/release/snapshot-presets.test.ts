import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import {
  commandVariables,
  type DatabaseServer,
  recognizeServer,
  type ServerFacts,
  SNAPSHOT_PRESETS,
  sayNoHook,
  scriptOf,
  writesEachChange,
} from './snapshot-presets.ts'

const pg = { env: ['PATH=/x', 'PG_MAJOR=17', 'PGDATA=/var/lib/postgresql/data'], exposedPorts: ['5432/tcp'] }
test.each<[string, ServerFacts, DatabaseServer | undefined]>([
  ['the official image', { entrypoint: ['docker-entrypoint.sh'], cmd: ['redis-server'] }, 'redis'],
  ['an image of another name', { image: 'acme/fast-store', cmd: ['redis-server', '/etc/store.conf'] }, 'redis'],
  ["a shell's text", { cmd: ['sh', '-c', 'exec /usr/bin/redis-server --save 60 1'] }, 'redis'],
  [
    'a server behind another program',
    { entrypoint: ['tini', '--', 'docker-entrypoint.sh'], cmd: 'mongod --auth' },
    'mongodb',
  ],
  [
    'valkey',
    { env: ['VALKEY_VERSION=8'], volumes: ['/data'], exposedPorts: ['6379/tcp'], cmd: ['valkey-server'] },
    'valkey',
  ],
  ["valkey by redis's name", { env: ['VALKEY_VERSION=8'], volumes: ['/data'], cmd: ['redis-server'] }, 'valkey'],
  ['a wrapped entrypoint', { ...pg, entrypoint: ['/start.sh'] }, 'postgresql'],
  ['port and folder', { exposedPorts: ['3306/tcp'], volumes: ['/var/lib/mysql'], entrypoint: ['/start'] }, 'mysql'],
  ["MariaDB's mysqld", { env: ['MARIADB_VERSION=11'], volumes: ['/var/lib/mysql'], cmd: ['mysqld'] }, 'mariadb'],
  [
    'Bitnami',
    { env: ['BITNAMI_APP_NAME=postgresql'], entrypoint: ['/opt/bitnami/scripts/postgresql/entrypoint.sh'] },
    'postgresql',
  ],
  ['a name alone', { image: 'registry.example.com:5000/team/postgres:17@sha256:0' }, 'postgresql'],
  [
    'an application that waits for a server',
    { cmd: ['sh', '-c', 'wait-for postgres 5432 && gunicorn app'] },
    undefined,
  ],
  ['an application with a client', { env: ['PG_MAJOR=17'], exposedPorts: ['8000/tcp'], cmd: ['gunicorn'] }, undefined],
  ['an exporter', { image: 'oliver006/redis_exporter', env: ['REDIS_VERSION=8'], cmd: ['/redis_exporter'] }, undefined],
  ['a name that what runs refutes', { image: 'acme/redis', entrypoint: ['/app'], exposedPorts: ['80/tcp'] }, undefined],
  ['nothing', {}, undefined],
])('%s must be recognized by what it says', (_, facts, preset) => {
  expect(recognizeServer(facts)).toBe(preset)
})

test.each(SNAPSHOT_PRESETS)('the hooks of %s must have a script', (preset) => {
  expect(existsSync(`compose/hooks/${scriptOf(preset)}`)).toBe(true)
})

test.each<[string[], Record<string, string>]>([
  [['redis-server', '--requirepass', 'a b$$c', '--port', '6380'], { AUTH: 'a b$$c', PORT: '6380' }],
  [['sh', '-c', 'exec redis-server --requirepass "$$PASS" --port 7'], { AUTH_WORD: '"$$PASS"', PORT: '7' }],
  [
    ['sh', '-c', 'redis-server --requirepass $$(cat /run/secrets/a) --save ""'],
    { AUTH_WORD: '$$(cat /run/secrets/a)' },
  ],
  [['redis-server', '/etc/cache.conf'], { CONF: '/etc/cache.conf' }],
  [['postgres', '-p', '5433', '-c', 'fsync=off'], { PORT: '5433' }],
  [['mariadbd', '--port=3307'], { PORT: '3307' }],
  [['redis-server', '--requirepass'], {}],
  [[], {}],
])('of the command %j the hooks must be told %j', (command, told) => {
  const named = Object.entries(told).map(([name, value]) => [`DARTAGNAN_${name}`, value])
  expect(commandVariables(command)).toEqual(Object.fromEntries(named))
})

test('a missing hook must be told with what it means and the line that mends it', () => {
  expect(sayNoHook('cache', 'redis')).toMatch(/^cache: .*its last save.*x-snapshot: redis\b/)
  expect(sayNoHook('db', 'postgresql')).toMatch(/^db: a PostgreSQL server .*power cut.*x-snapshot: postgresql\b/)
})

test.each<[DatabaseServer, readonly string[] | string, boolean]>([
  ['redis', ['redis-server', '--appendonly', 'yes'], true],
  ['valkey', 'exec valkey-server --appendonly "yes"', true],
  ['redis', 'save 60 1\nappendonly yes', true],
  ['redis', '# appendonly yes', false],
  ['redis', ['redis-server', '--appendonly', 'no'], false],
  ['redis', ['redis-server'], false],
  ['postgresql', 'appendonly yes', false],
])('%s with %j must be asked for a hook unless it writes each change to its volume', (server, told, writes) => {
  expect(writesEachChange(server, told)).toBe(writes)
})
