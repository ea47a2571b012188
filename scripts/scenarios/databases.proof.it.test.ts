import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { exec } from '../cli/io/exec.ts'
import { inside } from '../testing/image.ts'
import { readLines } from '../testing/load.ts'
import { TestProject } from '../testing/test-project.ts'
import { edit } from './strangers.ts'

const FILE = 'compose/app.yaml'
const PASSWORD = `it's "quoted" \\ $HOME`
let project: TestProject

const redis = (...words: string[]) =>
  inside(project, 'cache', ['sh', '-c', 'export REDISCLI_AUTH="$PASS"; exec redis-cli "$@"', 'redis-cli', ...words])
const postgres = (sql: string, database = 'shop') =>
  inside(project, 'db', ['psql', '-qtA', '-v', 'ON_ERROR_STOP=1', '-U', 'boss', database], sql)
const mariadb = (sql: string) =>
  inside(project, 'maria', ['sh', '-c', 'MYSQL_PWD=$MYSQL_ROOT_PASSWORD exec mariadb -BN'], sql)
// Nobody knows its root, and its user may not see all that it holds.
const closed = (sql: string) => inside(project, 'closed', ['mariadb', '-BN', '-uother', '-pp'], sql)
const post = async (text: string) => {
  const headers = { 'content-type': 'application/json' }
  const { status } = await fetch(`${project.url}/entries`, { method: 'POST', headers, body: JSON.stringify({ text }) })
  expect(status).toBe(201)
}

/** Writes rows everywhere: `n` tells them apart. */
async function write(n: number): Promise<void> {
  await post(`line ${n}`)
  await redis('MSET', `a${n}`, '1', `b${n}`, '2')
  await redis('SET', `soon${n}`, 'gone', 'EX', '600')
  await postgres(`INSERT INTO entries VALUES (${n})`)
  await postgres(`INSERT INTO "Second one" VALUES (${n}, E'two\\nlines')`, 'other one')
  await mariadb(`INSERT INTO shop.entries VALUES (${n}, 'two\nlines'), (${n + 100}, 'x'), (${n + 200}, NULL)`)
  await closed(`INSERT INTO stats.hits VALUES (${n})`)
}
const counts = async () => ({
  sqlite: await readLines(project.url),
  redis: await redis('DBSIZE'),
  postgres: await postgres('SELECT count(*) FROM entries'),
  other: await postgres('SELECT count(*), current_user FROM "Second one"', 'other one'),
  owner: await postgres("SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'other one'"),
  mariadb: await mariadb('SELECT COUNT(*) FROM shop.entries; SELECT COUNT(*) FROM shop.nothing'),
  closed: await closed('SELECT COUNT(*) FROM stats.hits'),
  user: await mariadb("SHOW GRANTS FOR reader@'%'"),
})

beforeAll(async () => {
  project = await TestProject.create({ own: true })
  const { services, volumes, ...rest } = parse(readFileSync(join(project.folder, FILE), 'utf8'), { merge: true })
  const beside = { networks: ['default'], restart: 'unless-stopped' }
  const check = (test: string) => ({ test, interval: '5s', start_period: '60s', start_interval: '250ms' })
  const secret = PASSWORD.replaceAll('$', '$$$$')
  const maria = {
    ...{
      ...beside,
      image: 'mariadb:11',
      'x-snapshot': 'mariadb',
      // Without a password it makes no user, as upstream: root is there already.
      environment: { MYSQL_ROOT_PASSWORD: secret, MARIADB_DATABASE: 'shop', MYSQL_USER: 'root' },
    },
    ...{
      volumes: ['maria:/var/lib/mysql', 'logs:/var/log/mysql', '../init/maria:/docker-entrypoint-initdb.d:ro'],
      healthcheck: check('mariadb-admin ping -h127.0.0.1'),
    },
  }
  Object.assign(services, {
    app: { ...services.app, 'x-snapshot': 'sqlite' },
    cache: {
      ...{ ...beside, image: 'redis:8', 'x-snapshot': 'redis', environment: { PASS: secret } },
      ...{
        command: ['sh', '-c', 'exec redis-server --appendonly yes --requirepass "$$PASS"'],
        volumes: ['cache:/data'],
      },
    },
    db: {
      ...{ ...beside, image: 'postgres:17', 'x-snapshot': 'postgresql', secrets: ['db'] },
      environment: { POSTGRES_USER: 'boss', POSTGRES_DB: 'shop', POSTGRES_PASSWORD_FILE: '/run/secrets/db' },
      ...{
        volumes: ['db:/var/lib/postgresql/data', '../init/db:/docker-entrypoint-initdb.d:ro'],
        healthcheck: check('pg_isready -qh 127.0.0.1 -U boss'),
      },
    },
    plain: { ...beside, image: 'redis:8', volumes: ['plain:/data', '../uploads:/uploads'] },
    maria,
    closed: {
      ...{ ...beside, image: 'mariadb:11', healthcheck: maria.healthcheck },
      environment: { MYSQL_RANDOM_ROOT_PASSWORD: '1', MYSQL_DATABASE: 'shop', MYSQL_USER: 'a', MYSQL_PASSWORD: 'b' },
      volumes: ['closed:/var/lib/mysql', '../init/closed:/docker-entrypoint-initdb.d:ro'],
    },
  })
  const secrets = { db: { file: '../secrets/db' } }
  project.write(
    FILE,
    JSON.stringify({
      ...rest,
      services,
      secrets,
      volumes: { ...volumes, cache: {}, plain: {}, db: {}, maria: {}, logs: {}, closed: {} },
    }),
  )
  project.write('secrets/db', PASSWORD)
  project.write('init/db/1-tables.sql', 'CREATE TABLE entries (n int);\n')
  project.write('init/maria/1-tables.sql', 'CREATE TABLE entries (n int, text text);\n')
  project.write(
    'init/closed/1.sql',
    "CREATE DATABASE stats; CREATE TABLE stats.hits (n int); CREATE USER other@'%' IDENTIFIED BY 'p'; GRANT ALL ON stats.* TO other@'%';\n",
  )
  await exec(['chmod', '-R', 'go-rwx', join(project.folder, 'secrets')], { quiet: true })
  await project.must('build tag deploy', { FORCE: 'untested' })
})
afterAll(async () => await project[Symbol.asyncDispose]())

test('a restore must bring back the rows that the snapshot of a deploy holds, in every kind of database', async () => {
  await postgres('CREATE ROLE keeper; CREATE DATABASE "other one" OWNER keeper')
  await postgres('CREATE TABLE "Second one" (n int, text text)', 'other one')
  await mariadb('CREATE TABLE shop.nothing (n int)')
  await mariadb("CREATE USER reader@'%' IDENTIFIED BY 'r'; GRANT SELECT ON shop.* TO reader@'%'")
  await write(1)
  const before = await counts()
  await project.release('1.1.0', 'sample-app/src/journal/wsgi.py', (text) => `${text}# another version\n`)
  const deployed = await project.must('deploy', { DEPLOY_SNAPSHOT: '1' })
  expect(deployed.stderr).toContain('verified')
  expect(deployed.stderr).toMatch(/! plain: a Redis server without a hook: .*its last save.*x-snapshot: redis/)
  expect(deployed.stderr).toMatch(/! no snapshot holds .* folders of the host: plain: \S+\/uploads\n/)
  await write(2)
  expect(await counts()).not.toEqual(before)
  const restored = await project.must('restore', { FORCE: 'no-snapshot' })
  expect(await counts()).toEqual(before)
  expect(`${deployed.stderr}${restored.stderr}`).not.toContain('quoted')
  // These images write nothing that anybody would miss.
  expect(`${deployed.stderr}${restored.stderr}`).not.toContain('outside of its volumes')
})

test('after make down a new version must be deployed all the same, and restore bring back what the files held', async () => {
  await write(3)
  const before = await counts()
  await project.must('down')
  await project.release('1.1.1')
  await project.must('deploy', { DEPLOY_SNAPSHOT: '1' })
  expect(await counts()).toEqual(before)
  await write(4)
  await project.must('restore', { FORCE: 'no-snapshot' })
  expect(await counts()).toEqual(before)
})

test('a server whose root nobody knows must be refused a dump, for that would lack databases', async () => {
  edit(project, FILE, (text) => text.replace('"image":"mariadb:11","healthcheck"', '"x-snapshot":"mariadb",$&'))
  await project.release('1.2.0')
  await project.must('deploy')
  const { stderr, exitCode } = await project.make('backup')
  expect(exitCode).not.toBe(0)
  expect(stderr).toMatch(
    /nobody knows the password of root .*say x-snapshot: files on closed, .* with DEPLOY_SNAPSHOT=0/,
  )
  edit(project, FILE, (text) =>
    text.replace(
      '"x-snapshot":"mariadb","image":"mariadb:11","healthcheck"',
      '"x-snapshot":"files","image":"mariadb:11","healthcheck"',
    ),
  )
  await project.release('1.2.1')
  await project.must('deploy', { DEPLOY_SNAPSHOT: '0' })
  await project.must('backup')
})
