import { expect, test } from 'vitest'
import { adopt, bind, composed, ROOT, said, WEB } from '../../testing/adoption.ts'
import { type ImageFacts, mapValues, type Service, type SourceTree } from '../source-tree.ts'

// Where a database server's data lie: fault 1 and 3 of the judges of 29 November.

const lock: SourceTree['lock'] = {
  postgres: { upstream: 'postgres:17-trixie', source: 'stand-in', reference: 'r', id: 'i' },
}
const facts = (volume: string): ImageFacts => ({
  ...{ isHere: true, volumes: [volume], environment: { PG_MAJOR: '1' }, ports: [5432], user: '' },
  ...{ entrypoint: ['docker-entrypoint.sh'], cmd: ['postgres'] },
})

test.each([
  ['postgres', { lock }, '/var/lib/postgresql'],
  ['postgres:18-alpine', { lock }, '/var/lib/postgresql'],
  ['postgres:17-alpine', { lock }, '/var/lib/postgresql/data'],
  ['pgvector/pgvector:0.8.1-pg18', {}, '/var/lib/postgresql'],
  ['postgis/postgis:17-3.5', {}, '/var/lib/postgresql/data'],
  ['postgres:latest', {}, '/var/lib/postgresql'],
  ['postgres:latest', { lock, images: { 'postgres:latest': facts('/var/lib/postgresql') } }, '/var/lib/postgresql'],
  ['postgres', { images: { postgres: facts('/var/lib/postgresql/data') } }, '/var/lib/postgresql/data'],
])(
  '%s must have its volume where that image keeps its data, also where a stand-in will run: %j',
  (image, tree, folder) => {
    const volumes = [{ type: 'volume', source: 'db', target: '/var/lib/postgres' }]
    const db = { image, volumes, environment: { POSTGRES_PASSWORD: 'x' } }
    const proposed = composed(adopt({ web: WEB, db }, { tree })).services['db']?.['volumes']
    expect(proposed).toEqual(['db:/var/lib/postgres', expect.stringMatching(new RegExp(`^[\\w-]+:${folder}$`))])
  },
)

test.each([
  ['postgres:18', '/var/lib/postgresql'],
  ['postgres:18', '/var/lib/postgresql/data'],
  ['postgres:17', '/var/lib/postgresql/data'],
])('%s with a volume at %s must get no second one, by whatever stand-in', (image, target) => {
  const db = { image, volumes: [{ type: 'volume', source: 'db', target }] }
  const adoption = adopt({ web: WEB, db }, { project: { volumes: { db: null } }, tree: { lock } })
  expect(composed(adoption).services['db']?.['volumes']).toEqual([`db:${target}`])
})

test.each([
  ['postgres:latest', '/var/lib/postgresql/data', {}, true],
  ['postgres:18', '/var/lib/postgresql', {}, false],
  ['postgres:17', '/var/lib/postgresql/data', {}, false],
  ['postgres', '/var/lib/postgresql/data', { images: { postgres: facts('/var/lib/postgresql/data') } }, false],
  ['postgres', '/var/lib/postgresql/data', { images: { postgres: { ...facts(''), volumes: [] } } }, false],
])('%s with a volume at %s must be said to refuse it: %j %s', (image, target, tree, refuses) => {
  const db = { image, volumes: [{ type: 'volume', source: 'db', target }] }
  const adoption = adopt({ web: WEB, db }, { project: { volumes: { db: null } }, tree })
  expect(said(adoption, 'db').join().includes('refuses to start')).toBe(refuses)
})

test.each([
  ['postgres:17', { POSTGRES_PASSWORD: '' }, true],
  ['postgres:17', { POSTGRES_PASSWORD: '', POSTGRES_HOST_AUTH_METHOD: 'trust' }, false],
  ['team/postgres:17', {}, false],
  ['mysql:8', { MYSQL_ROOT_PASSWORD: '', MYSQL_PASSWORD: 'x' }, true],
  ['mysql:8', { MYSQL_ROOT_PASSWORD: '', MYSQL_ALLOW_EMPTY_PASSWORD: 'yes' }, false],
])('%s with %j must be missing where it sets up no database so: %s', (image, environment, refuses) => {
  const project = { raw: { db: { environment: mapValues(environment, () => `\${DB_SECRET}`) } } }
  const adoption = adopt({ web: WEB, db: { image, environment } }, { project })
  const found = adoption.findings.filter((one) => one.found.includes('refuses to set up'))
  expect(found.map(({ mend = '' }) => mend.includes('DB_SECRET=…'))).toEqual(refuses ? [true] : [])
})

test('MySQL that is to make root must be missing: its first start ends', () => {
  const found = (user: string) => {
    const db = { image: 'mysql:8', environment: { MYSQL_USER: user, MYSQL_PASSWORD: 'x', MYSQL_ROOT_PASSWORD: 'x' } }
    return said(adopt({ web: WEB, db }), 'db').filter((line) => line.includes('MYSQL_USER'))
  }
  expect(found('root')).toEqual(['missing: MYSQL_USER is root, whom no image makes: its first start ends'])
  expect(found('shop')).toEqual([])
})

test.each([
  [{}, 'give it POSTGRES_PASSWORD in its environment'],
  [{ env_file: [{ path: `${ROOT}/db.env` }] }, 'write POSTGRES_PASSWORD=… to db.env'],
])('a database that nothing gives a password must be missing: %j', (raw, mend) => {
  const adoption = adopt({ web: WEB, db: { image: 'postgres:17' } }, { project: { raw: { db: raw } } })
  const found = adoption.findings.filter((one) => one.found.includes('refuses to set up'))
  expect(found).toEqual([expect.objectContaining({ verdict: 'missing', mend: expect.stringContaining(mend) })])
})

test.each([
  ['postgres', bind('pgdata', '/var/lib/postgresql/data'), ['PG_VERSION', 'base/1/112', 'global/pg_control']],
  ['postgres:17', bind('pgdata', '/var/lib/postgresql'), ['data/PG_VERSION']],
  ['team/db', bind('pgdata', '/elsewhere'), ['PG_VERSION', 'pg_hba.conf']],
  ['redis:8', bind('pgdata', '/data'), ['dump.rdb']],
])(
  'a database that git keeps, mounted into %s, must be data and never a COPY, and that must be said',
  (image, mount, names) => {
    const files = Object.fromEntries(names.map((name) => [`pgdata/${name}`, '17']))
    const adoption = adopt(
      { web: WEB, db: { image, volumes: [mount] } },
      { sources: files, tree: { binds: { [mount.source]: 'folder' } } },
    )
    expect(adoption.files.map(({ text }) => text).join()).not.toContain('COPY pgdata')
    expect(composed(adoption).services['db']?.['volumes']).toContainEqual(
      expect.stringMatching(`^[\\w-]+:${mount.target}$`),
    )
    expect(said(adoption, 'db').join()).toMatch(
      new RegExp(`missing: ${mount.target} is the folder pgdata, and git keeps its data: [\\w-]+ begins empty`),
    )
  },
)

test('a job that others wait for is a client, whatever image it has', () => {
  const mariadb = facts('/var/lib/mysql')
  const job: Service = { image: 'mariadb:11', entrypoint: ['bash', '/db/migrate.sh'], restart: 'no' }
  const web = { ...WEB, depends_on: { job: { condition: 'service_completed_successfully' } } }
  const images = { 'mariadb:11': { ...mariadb, environment: { MARIADB_VERSION: '11' }, ports: [3306] } }
  const proposed = composed(adopt({ web, job }, { tree: { images } })).services['job']
  expect(proposed).not.toHaveProperty('volumes')
  expect(proposed).not.toHaveProperty('x-snapshot')
})

test('PGDATA in the environment of a client, as from a common env_file, must give it no volume', () => {
  const adoption = adopt({ web: WEB, worker: { image: 'team/worker', environment: { PGDATA: '/pg' } } })
  expect(composed(adoption).services['worker']).not.toHaveProperty('volumes')
})

test('a script that git keeps for a database goes into its image, as before', () => {
  const mount = bind('init', '/docker-entrypoint-initdb.d')
  const adoption = adopt(
    { web: WEB, db: { image: 'postgres:17', volumes: [mount] } },
    { sources: { 'init/a.sql': '' }, tree: { binds: { [mount.source]: 'folder' } } },
  )
  expect(adoption.files.map(({ text }) => text).join()).toContain('COPY init')
})

test.each([
  ['missing', undefined, 'note: init does not exist: the database begins without scripts'],
  [
    'folder',
    [expect.objectContaining({ type: 'bind', read_only: true })],
    'note: init at /docker-entrypoint-initdb.d stays',
  ],
] as const)('scripts for a database that git does not keep must be in no volume: %s', (kind, volumes, says) => {
  const mount = bind('init', '/docker-entrypoint-initdb.d')
  const db = { image: 'mysql:8', volumes: [mount] }
  const adoption = adopt({ web: WEB, db }, { tree: { binds: { [mount.source]: kind } } })
  const all = composed(adoption).services['db']?.['volumes'] as { target: string }[] | undefined
  const held = all?.filter((one) => JSON.stringify(one).includes('initdb'))
  expect(held?.length ? held : undefined).toEqual(volumes)
  expect(said(adoption, 'db').join()).toContain(says)
  expect(said(adoption, 'db').join()).not.toContain('missing: init')
})

test('the default of a variable that a service sets must name no folder: no request goes there', () => {
  const line = (name: string) => `MEDIA_ROOT = environ.get('${name}', join(_BASE_DIR, 'media'))\n`
  const of = (name: string) =>
    said(
      adopt(
        { web: { ...WEB, environment: { MEDIA_ROOT: '/srv/media' } }, worker: { image: 'w' } },
        { sources: { 'settings.py': line(name), 'manage.py': '' } },
      ),
      'data',
    ).join()
  expect(of('OTHER_ROOT')).toContain('/app/media in a volume')
  expect(of('MEDIA_ROOT')).not.toContain('/app/media in a volume')
  expect(of('MEDIA_ROOT')).toContain('/srv/media in a volume')
})

test.each([
  ['/var/lib/postgresql/data', [], ['db-data:/var/lib/postgresql/data']],
  ['/pg', [], ['db-data:/var/lib/postgresql/data', 'db-pg:/pg']],
  ['/var/lib/postgresql/data/pgdata', [], ['db-data:/var/lib/postgresql/data']],
  ['/var/lib/postgresql/data/pgdata', ['/var/lib/postgresql/data'], ['x:/var/lib/postgresql/data']],
])(
  'PGDATA=%s must lie in a volume also where the image declares another folder, mounted at %j',
  (PGDATA, mounts, volumes) => {
    const own = mounts.map((target) => ({ type: 'volume', source: 'x', target }))
    const db = { image: 'postgres:17', environment: { PGDATA }, volumes: own }
    const images = { 'postgres:17': facts('/var/lib/postgresql/data') }
    expect(composed(adopt({ web: WEB, db }, { tree: { images } })).services['db']?.['volumes']).toEqual(volumes)
  },
)

test.each([
  ['rabbitmq:4', '/var/lib/rabbitmq'],
  ['redis:8', '/data'],
  ['grafana/grafana', undefined],
])('what a common env_file says of PostgreSQL must make %s no server of it', (image, folder) => {
  const environment = { POSTGRES_PASSWORD: 'x', PGDATA: '/var/lib/postgresql/data/pgdata' }
  const { other } = composed(adopt({ web: WEB, other: { image, environment } })).services
  expect(other?.['x-snapshot']).not.toBe('postgresql')
  expect(other?.['volumes']).toEqual(folder && [expect.stringMatching(`:${folder}$`)])
})

test.each([
  ['minio/minio', ['server', '/export'], '/export'],
  ['bitnami/minio', undefined, '/bitnami/minio/data'],
])('a server without a hook must get no second volume, wherever %s keeps its data', (image, command, target) => {
  const store = { image, volumes: [{ type: 'volume', source: 'kept', target }], ...(command && { command }) }
  const adoption = adopt({ web: WEB, store }, { project: { volumes: { kept: null } } })
  expect(composed(adoption).services['store']?.['volumes']).toEqual([`kept:${target}`])
})

test('a VOLUME of a Dockerfile on top of an official image must come beside that of its server', () => {
  const sources = { 'db/Dockerfile': 'FROM mysql:8.0\nVOLUME /fixtures\n' }
  const db = { build: { context: `${ROOT}/db` }, environment: { MYSQL_ROOT_PASSWORD: 'x' } }
  const { volumes } = composed(adopt({ web: WEB, db }, { sources })).services['db'] ?? {}
  expect(volumes).toEqual(['db-data:/fixtures', 'db-mysql:/var/lib/mysql'])
})

test('the folder that the command of MinIO names must be a volume, also where git keeps files of it', () => {
  const store = { image: 'minio/minio', command: ['server', '/export'], volumes: [bind('minio', '/export')] }
  const tree = { binds: { [`${ROOT}/minio`]: 'folder' as const } }
  const adoption = adopt({ web: WEB, store }, { sources: { 'minio/.minio.sys/format.json': '{}' }, tree })
  expect(composed(adoption).services['store']?.['volumes']).toEqual(['store-export:/export'])
  expect(adoption.files.map(({ path }) => path).join()).not.toContain('Dockerfile')
})

test('two servers that have their data in one volume must be said', () => {
  const volumes = [{ type: 'volume', source: 'pg', target: '/var/lib/postgresql/data' }]
  const services = { web: WEB, db: { image: 'postgres:13', volumes }, postgres: { image: 'postgres:16', volumes } }
  expect(said(adopt(services), 'db').join()).toContain('missing: it has its data in the same volume as postgres')
  for (const more of [{ command: ['pg_dumpall'] }, { entrypoint: ['/backup.sh'] }]) {
    const backup = { image: 'postgres:13', volumes, ...more }
    const { findings } = adopt({ web: WEB, db: services.db, backup })
    expect(findings.map(({ found }) => found).join()).not.toContain('same volume')
  }
})
const DONE = { condition: 'service_completed_successfully', required: true }
test.each<[string, Service, Service, boolean]>([
  ['an image that another service builds', { image: 'shop-api:1' }, {}, false],
  ['a ready image beside a PostgreSQL', { image: 'team/api' }, { image: 'postgres:17' }, false],
  ['one that is called as a database', { image: 'team/shop-postgres' }, { image: 'postgres:17' }, true],
  ['one that is alone with it', { image: 'team/store' }, { image: 'redis:8' }, true],
])('POSTGRES_PASSWORD makes a server of %s: %j, %j', (_, one, other, isServer) => {
  const environment = { POSTGRES_PASSWORD: 'x' }
  const build = { context: ROOT, dockerfile: 'Dockerfile.api' }
  const migrate = { build, image: 'shop-api:1', environment, command: ['alembic', 'upgrade', 'head'], restart: 'no' }
  const image = 'FROM python:3.13\nEXPOSE 8000\nCMD ["uvicorn", "a:app", "--port", "8000"]\n'
  const adoption = adopt(
    {
      ...{ web: { ...WEB, depends_on: { one: { condition: 'service_started', required: true } } } },
      ...{ one: { ...one, environment, depends_on: { migrate: DONE } }, migrate },
      ...(other.image ? { other: { ...other, environment } } : {}),
    },
    { sources: { 'Dockerfile.api': image } },
  )
  const { services } = composed(adoption)
  expect(services['one']?.['x-snapshot']).toBe(isServer ? 'postgresql' : undefined)
  expect(services['one']?.['volumes'] !== undefined).toBe(isServer)
  if (one.image === 'shop-api:1') expect(services['one']?.['expose']).toEqual(['8000'])
  expect(services['migrate']).not.toHaveProperty('expose')
})

test.each<[string, Service, string[], string | undefined, string | undefined]>([
  ['without a name', {}, [], 'queue', 'ok'],
  [
    'with old data',
    { volumes: [{ type: 'volume', source: 'q', target: '/var/lib/rabbitmq' }] },
    ['q'],
    'queue',
    'note',
  ],
  ['with a name', { hostname: 'rabbit' }, [], 'rabbit', undefined],
  ['whose node has a name', { environment: { RABBITMQ_NODENAME: 'rabbit@localhost' } }, [], undefined, undefined],
])(
  'RabbitMQ finds its data again in a new container only by a lasting name of its host: %s',
  (_, more, live, name, says) => {
    const over = { project: { volumes: { q: { name: 'q' } } }, tree: { live } }
    const adoption = adopt({ web: WEB, queue: { image: 'rabbitmq:4', ...more } }, over)
    expect(composed(adoption).services['queue']?.['hostname']).toBe(name)
    expect(/(\w+): hostname: queue/.exec(said(adoption, 'queue').join('\n'))?.[1]).toBe(says)
  },
)

test('RabbitMQ under another name must keep its data, and who calls it must not', () => {
  const image = 'acme/rabbitmq-delayed:1'
  const user = { RABBITMQ_DEFAULT_USER: 'shop', RABBITMQ_DEFAULT_PASS: 'x' }
  const services = {
    ...{ web: WEB, queue: { image, environment: user } },
    reader: { image: 'acme/rabbitmq-reader', environment: { ...user, RABBITMQ_HOST: 'queue' } },
  }
  const { queue, reader } = composed(adopt(services)).services
  expect(queue).toMatchObject({ hostname: 'queue', volumes: ['queue-data:/var/lib/rabbitmq'] })
  expect(reader).not.toHaveProperty('volumes')
})

test('a folder of a database in which git keeps nothing but a placeholder must have no data of git', () => {
  const db = { image: 'mysql:8', volumes: [bind('mysql', '/var/lib/mysql')] }
  const over = { sources: { 'mysql/.folder': '' }, tree: { binds: { [`${ROOT}/mysql`]: 'folder' as const } } }
  expect(said(adopt({ web: WEB, db }, over), 'db').join()).not.toContain('git keeps its data')
})
test.each([
  ['what builds it', ['Dockerfile', 'sql/a.sql'], false],
  ['its data', ['Dockerfile', 'data/PG_VERSION'], true],
])(
  'a folder mounted around the data of a server must be data of git only where it has some: %s',
  (_, names, isData) => {
    const build = { context: ROOT, dockerfile: 'pg/Dockerfile' }
    const files = Object.fromEntries(
      names.map((name) => [`pg/${name}`, name === 'Dockerfile' ? 'FROM postgres:12\n' : '']),
    )
    const db = { build, volumes: [bind('pg', '/var/lib/postgresql')] }
    const over = { sources: files, tree: { binds: { [`${ROOT}/pg`]: 'folder' as const } } }
    const adoption = adopt({ web: WEB, db }, over)
    expect(said(adoption, 'db').join().includes('git keeps its data')).toBe(isData)
    expect(composed(adoption).services['db']?.['volumes']).toContain('db-data:/var/lib/postgresql/data')
  },
)

test.each<[string, Service, boolean]>([
  ['/rabbitmq', {}, true],
  ['/var/log/rabbitmq', {}, true],
  ['/var/lib/rabbit', {}, false],
  ['/queue', { environment: { RABBITMQ_MNESIA_BASE: '/queue' } }, false],
])('RabbitMQ with a volume at %s alone, %j, must keep its data: %s', (target, more, isAdded) => {
  const queue = { image: 'rabbitmq:4', hostname: 'q', volumes: [{ type: 'volume', source: 'q', target }], ...more }
  const { volumes } =
    composed(adopt({ web: WEB, queue }, { project: { volumes: { q: null } } })).services['queue'] ?? {}
  expect(volumes).toEqual([`q:${target}`, ...(isAdded ? ['queue-data:/var/lib/rabbitmq'] : [])])
})
