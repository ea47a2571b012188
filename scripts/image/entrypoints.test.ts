import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'

// The entrypoints of the stand-ins for databases, with programs that only write down how and where they were called.
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'entrypoint-'))
  for (const name of ['bin', 'init', 'data']) mkdirSync(join(folder, name))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const PLACES = [
  ['/docker-entrypoint-initdb.d', 'init'],
  ['/var/lib/mysql', 'data'],
] as const
const SOCKET = '$' + '{PGPORT:-$' + '{MYSQL_UNIX_PORT:-default}}'

function run(image: string, environment: object, script = 'docker-entrypoint.sh') {
  const program = (body: string) => ({ text: `#!/bin/sh\ncat > /dev/null\n${body}\n`, mode: 0o755 })
  const called = program(`echo "$(basename "$0") $* @${SOCKET}" >> ${folder}/calls`)
  writeFileSync(join(folder, 'calls'), '')
  for (const name of PROGRAMS) writeFileSync(join(folder, 'bin', name), called.text, called)
  writeFileSync(join(folder, 'bin/id'), '#!/bin/sh\necho 999\n', called)
  const text = PLACES.reduce(
    (all, [place, name]) => all.replaceAll(place, join(folder, name)),
    readFileSync(`compose/images/${image}/${script}`, 'utf8'),
  )
  writeFileSync(join(folder, 'script.sh'), text)
  const env = { PATH: `${folder}/bin:${process.env['PATH']}`, PGDATA: join(folder, 'data'), ...environment }
  const { status, stderr } = spawnSync('sh', [join(folder, 'script.sh'), SERVERS[image] ?? ''], { env, input: '' })
  return { status, stderr: String(stderr), calls: lines('calls') }
}
const lines = (name: string) => readFileSync(join(folder, name), 'utf8').trim().split('\n')
const SERVERS: Readonly<Record<string, string>> = { mariadb: 'mariadbd', postgres: 'postgres' }
const PROGRAMS = 'mariadb mariadbd mariadb-admin mariadb-install-db postgres initdb pg_ctl psql'.split(' ')

test.each([
  ['mariadb', { MYSQL_ROOT_PASSWORD: 'p' }],
  ['postgres', { POSTGRES_PASSWORD: 'p' }],
])('%s must not answer a check at its own socket before the scripts of its first start have run', (image, password) => {
  writeFileSync(join(folder, 'init/1.sh'), `echo "1.sh @${SOCKET}" >> ${folder}/calls\n`)
  writeFileSync(join(folder, 'init/2.sql'), '')
  const { status, stderr, calls } = run(image, password)
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  const ofSetUp = calls.slice(0, -1).filter((call) => !/^initdb|install-db|--bootstrap/.test(call))
  expect(ofSetUp.join('\n')).toMatch(/mariadbd --skip-networking|pg_ctl .* start/)
  expect(ofSetUp.join('\n')).toMatch(/^1.sh/m)
  expect(ofSetUp.filter((call) => call.endsWith('@default'))).toEqual([])
  expect(calls.at(-1)).toBe(`${SERVERS[image]}  @default`)
})

test('a failing script of the first start must end the container', () => {
  writeFileSync(join(folder, 'init/1.sh'), 'exit 3\n')
  expect(run('mariadb', { MYSQL_ROOT_PASSWORD: 'p' }).status).toBe(3)
  expect(run('postgres', { POSTGRES_PASSWORD: 'p' }).status).toBe(3)
})

test("MariaDB's own check must ask over TCP", () => {
  const { calls } = run('mariadb', {}, 'healthcheck.sh')
  expect(calls).toEqual(['mariadb-admin --host=127.0.0.1 --silent ping @default'])
})

test.each([
  ['mariadb', {}, 1],
  ['mariadb', { MARIADB_ALLOW_EMPTY_ROOT_PASSWORD: '1' }, 0],
  ['mariadb', { MYSQL_ALLOW_EMPTY_PASSWORD: 'yes' }, 0],
  ['mariadb', { MYSQL_RANDOM_ROOT_PASSWORD: '1' }, 0],
  ['postgres', {}, 1],
  ['postgres', { POSTGRES_HOST_AUTH_METHOD: 'md5' }, 1],
  ['postgres', { POSTGRES_HOST_AUTH_METHOD: 'trust' }, 0],
])('%s without a password must start only where its settings say so, as upstream (%j)', (...given) => {
  const [image, environment, expected] = given
  writeFileSync(join(folder, 'init/1.sql'), '')
  const { status, stderr } = run(image, environment)
  expect({ status, stderr }).toEqual({ status: expected, stderr: expected ? expect.stringContaining('_PASSWORD') : '' })
})

test('PostgreSQL must ask other hosts as POSTGRES_HOST_AUTH_METHOD says', () => {
  const { calls } = run('postgres', { POSTGRES_HOST_AUTH_METHOD: 'trust' })
  expect(calls[0]).toContain('--auth-host=trust')
  expect(readFileSync(join(folder, 'data/pg_hba.conf'), 'utf8')).toBe('host all all all trust\n')
})
