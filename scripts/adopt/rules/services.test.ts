import { expect, test } from 'vitest'
import { adopt, bind, composed, IMAGE, ROOT, said, WEB } from '../../testing/adoption.ts'
import { renderAdoption } from '../report.ts'
import type { Project, Service } from '../source-tree.ts'

// Which services a release has, which of them is the application, and how many of each run, when, and how often.

const adding = (line: string) => `printf '\\n%s\\n' ${line} >> .env`
const mends = (adoption: ReturnType<typeof adopt>) => adoption.findings.map(({ mend }) => mend)
const ALL: Project['profiled'] = { web: ['dev'], 'web-prod': ['prod'], pytest: ['test'], redis: ['dev', 'prod'] }

test('where each service needs a profile, nothing must be proposed, and the profiles be named, not the services', () => {
  const adoption = adopt({}, { project: { profiled: ALL } })
  expect(adoption).toMatchObject({ files: [], settings: {} })
  expect(mends(adoption)).toContain(
    `${adding('COMPOSE_PROFILES=prod')}   (of dev, prod, test, those that production needs), then run this again`,
  )
  expect(said(adoption, 'compose')).toContain('missing: every service of compose.yaml needs a profile')
})

test('what is left out for its profile must be said with that, and profiles that are asked for stay so', () => {
  const project = { profiled: { search: ['search'], pytest: ['test'] }, given: { COMPOSE_PROFILES: 'prod' } }
  const adoption = adopt({ web: WEB }, { project })
  expect(said(adoption, 'compose')).toContain(
    'note: left out, because Compose starts them only with a profile: search (search), pytest (test)',
  )
  expect(mends(adoption).join()).toContain(adding("'COMPOSE_PROFILES=prod,search'"))
})

test('a service of a profile for tests or tools must not be the application, unless the user says so', () => {
  const test: Service = { build: { context: ROOT }, ports: [{ target: 80, published: '80' }], profiles: ['test'] }
  const plain = { build: { context: ROOT } }
  expect(said(adopt({ test, plain }), 'web')[0]).toContain('service plain becomes service app')
  expect(said(adopt({ test, plain }, { tree: { service: 'test' } }), 'web')[0]).toContain('service test becomes')
})

test('a file that only adds to another must be offered together with that', () => {
  const project = { others: ['compose.prod.yml', 'whole.yml'], partial: ['compose.prod.yml'] }
  expect(mends(adopt({ web: WEB }, { project })).join()).toContain(adding('COMPOSE_FILE=compose.yaml:compose.prod.yml'))
  expect(mends(adopt({ web: WEB }, { project: { ...project, partial: [] } })).join()).toContain(
    adding('COMPOSE_FILE=compose.prod.yml'),
  )
  const base = { others: ['compose.prod.yml'], partial: ['compose.yaml'] }
  expect(mends(adopt({ web: WEB }, { project: base })).join()).toContain(
    adding('COMPOSE_FILE=compose.yaml:compose.prod.yml'),
  )
  const other = { file: 'compose.prod.yml', others: ['compose.yaml'], partial: ['compose.yaml'] }
  expect(mends(adopt({ web: WEB }, { project: other })).join()).toContain(
    adding('COMPOSE_FILE=compose.yaml:compose.prod.yml'),
  )
})

test.each([
  [
    'base and production are read',
    'compose.yaml',
    ['compose.prod.yml'],
    'compose.dev.yml',
    'compose.yaml:compose.dev.yml',
  ],
  [
    'base and development are read',
    'compose.yaml',
    ['compose.dev.yml'],
    'compose.prod.yml',
    'compose.yaml:compose.prod.yml',
  ],
  ['production alone is read', 'compose.prod.yml', [], 'compose.dev.yml', undefined],
  ['one is for both', 'compose.prod.yml', [], 'compose.base.yml', 'compose.base.yml:compose.prod.yml'],
  [
    'one for neither is read as well',
    'compose.yaml',
    ['compose.prod.yml'],
    'compose.log.yml',
    'compose.yaml:compose.prod.yml:compose.log.yml',
  ],
])(
  'files for production and for development must never be offered together, where %s',
  (_, file, joined, one, files) => {
    const project = { file, joined, others: [one], only: {} }
    const [mend = '', ...more] = mends(adopt({ web: WEB }, { project })).filter((each = '') =>
      each.includes('COMPOSE_FILE'),
    )
    expect(more).toEqual([])
    expect(mend).toContain(adding(`COMPOSE_FILE=${one}`))
    if (files) expect(mend).toContain(`where both belong together: ${adding(`COMPOSE_FILE=${files}`)}`)
    else expect(mend).not.toContain('together')
  },
)

test('a file that adds to another, alone in COMPOSE_FILE, must be refused with both', () => {
  const problem = 'service "a" has neither an image nor a build context specified: invalid compose project'
  const project = { problem, unset: ['A'], file: 'compose.prod.yml', others: ['compose.yml'] }
  expect(adopt({}, { project }).findings[0]?.mend).toBe(
    `${adding('COMPOSE_FILE=compose.yml:compose.prod.yml')}, then run this again`,
  )
})

test.each<[string, Service, string | undefined]>([
  ['a job of Swarm', { deploy: { mode: 'replicated-job' } }, 'no'],
  ['a global one', { deploy: { mode: 'global-job', restart_policy: { condition: 'none' } } }, 'no'],
  ['what is never restarted', { deploy: { mode: 'replicated', restart_policy: { condition: 'none' } } }, 'no'],
  ['what is always restarted', { deploy: { restart_policy: { condition: 'any' } }, command: 'migrate' }, undefined],
])('%s must run once, or not', (_, spec, restart) => {
  const adoption = adopt({ web: WEB, work: { image: 'a', ...spec } })
  expect(composed(adoption).services['work']?.['restart']).toBe(restart)
  expect(adoption.findings.filter(({ found }) => /^deploy\./.test(found))).toEqual([])
})

test.each<[string, string, Service, Service?]>([
  ['a cache', 'cache', { image: 'redis:7' }],
  ['a queue', 'queue', { image: 'rabbitmq:3' }],
  ['a database with options', 'data', { image: 'postgres:16', command: ['postgres', '-c', 'max_connections=200'] }],
  ['a store', 'store', { image: 'minio/minio', command: ['server', '/data'] }],
  ['a web server', 'pages', { image: 'nginx:1' }],
  ['what its image opens a port for', 'api', { build: { context: `${ROOT}/api` } }],
  [
    'what another one names',
    'search',
    { image: 'team/search', hostname: 'a(b' },
    { environment: { SEARCH: 'http://search:80' } },
  ],
  ['what starts before another', 'work', { image: 'x' }, { depends_on: { work: {} } }],
  ['what is led to', 'api', { build: { context: `${ROOT}/job` } }, { image: 'nginx', ports: [{ target: 80 }] }],
])('%s must go on running, though Compose starts it never again', (_, name, spec, other = {}) => {
  const sources = {
    'api/Dockerfile': IMAGE,
    'job/Dockerfile': 'FROM a\n',
    'nginx.conf': 'server { add_header A b; location /api { proxy_pass http://api:1; } }\n',
  }
  const volumes = other.image ? [bind('nginx.conf', '/etc/nginx/conf.d/a.conf')] : []
  const tree = { service: 'web', binds: { [`${ROOT}/nginx.conf`]: 'file' as const } }
  const services = { web: WEB, [name]: { ...spec, restart: 'no' }, other: { image: 'a', ...other, volumes } }
  expect(composed(adopt(services, { sources, tree })).services[name]).not.toHaveProperty('restart')
})

test("a port of the host that only root may open must be said to be the proxy's no more", () => {
  const open = (published: string) => said(adopt({ web: { ...WEB, ports: [{ target: 8081, published }] } }), 'port')
  expect(open('80')).toEqual(['ok: 8081', 'note: port 80 of this host led to it: the proxy has the one that PORT says'])
  expect(open('5000')).toEqual(['ok: 8081'])
})

test('the application must get no PORT that its Compose file does not give it', () => {
  const textOf = (environment: Record<string, string>) => adopt({ web: { ...WEB, environment } }).files[0]?.text
  expect(textOf({})).toContain('environment:\n      PORT: !reset null\n')
  expect(textOf({ PORT: '81' })).not.toContain('reset')
})

test('a database whose image a migration only uses must stay a job', () => {
  const dump: Service = { image: 'postgres:16', command: ['psql', '-f', 'a.sql'], restart: 'no' }
  expect(composed(adopt({ web: WEB, dump })).services['dump']).toMatchObject({ restart: 'no' })
})

test('a service that is started again only by the release must be said, and so must one that starts before what it waited for', () => {
  const worker = { image: 'a', depends_on: { web: { condition: 'service_healthy', required: true } } }
  const adoption = adopt({ web: WEB, worker })
  expect(said(adoption, 'worker')).toContain('note: no restart policy: a release starts it again when it ends')
  expect(said(adoption, 'worker').join()).toContain('it waited for the application')
  const started = { ...worker, depends_on: { web: { condition: 'service_started' } } }
  expect(said(adopt({ web: WEB, worker: started }), 'worker').join()).not.toContain('waited for the application')
  const linked = { ...worker, depends_on: { web: { ...worker.depends_on.web, restart: true } } }
  expect(said(adopt({ web: WEB, worker: linked }), 'worker').join(), 'Compose makes that of links').not.toContain(
    'depends_on.app.restart',
  )
})

test.each([
  ['service_healthy', true],
  ['service_started', false],
])('a job that asks for the application to answer cannot run before it: %s', (condition, isEarly) => {
  const setup: Service = { image: 'a', restart: 'no', depends_on: { web: { condition } } }
  const found = said(adopt({ web: WEB, setup }), 'setup')
  expect(found.some((one) => one.startsWith('missing: it waits for the application'))).toBe(isEarly)
  expect(found.join()).not.toContain('it waited')
  expect(found.some((one) => one.includes('does its work and exits'))).toBe(!isEarly)
})

test.each<[string, Service, string[]]>([
  [
    'that says nothing of init',
    {},
    ['note: git keeps web.pid: a release has init: true, so that process 1 always runs'],
  ],
  ['that does not have it', { build: { context: ROOT, dockerfile_inline: 'FROM node\nCOPY a.js .\n' } }, []],
  ['that had an init before', { init: true }, []],
  ['that wants none', { init: false }, []],
])(
  'a file of git with the number of a process stops a server where another one has it: for a service %s',
  (_, more, says) => {
    const adoption = adopt({ web: { ...WEB, ...more } }, { sources: { 'web.pid': '1' } })
    expect(said(adoption, 'command').filter((one) => one.includes('init'))).toEqual(says)
  },
)

test.each<[string, string | undefined, Service]>([
  ['on-failure', 'worker', { restart: 'on-failure:5' }],
  ['no', 'worker', { restart: 'no', command: 'celery worker' }],
  ['on-failure, on a server', undefined, { restart: 'on-failure', ports: [{ target: 9000, published: '9000' }] }],
  ['always', undefined, { restart: 'always' }],
  ['on-failure, on a job', undefined, { restart: 'on-failure', command: 'migrate' }],
])('a restart policy that the release replaces by one that does something else must be said: %s', (_, check, spec) => {
  const services = { web: WEB, worker: { image: 'a', ...spec } }
  const found = adopt(services).findings.filter((one) => one.found.includes('becomes unless-stopped'))
  expect(found.map((one) => one.check)).toEqual(check ? [check] : [])
})

test.each<[string, Service, string[]]>([
  [
    'on all addresses',
    { ports: [{ target: 90, published: '91' }] },
    ['ok: port 91 is on BIND alone (by default 127.0.0.1), no longer on all addresses of this host'],
  ],
  ['on one', { ports: [{ target: 90, published: '91', host_ip: '127.0.0.1' }] }, []],
  ['nowhere', {}, []],
])('a port of another service that was open to the world must be said to be on BIND: %s', (_, spec, says) => {
  const all = said(adopt({ web: WEB, worker: { image: 'a', restart: 'always', ...spec } }), 'worker')
  expect(all.filter((one) => one.includes('BIND'))).toEqual(says)
})

test.each([
  [['theirs'], 'the volume theirs is external', 'it stays external'],
  [[], 'the volume theirs is external, and not on this engine', 'docker volume create theirs; it stays'],
])('a volume that another makes must be made before the first deploy: of %j', (live, found, mend) => {
  const volumes = [{ type: 'volume', source: 'data', target: '/data' }]
  const project = { volumes: { data: { name: 'theirs', external: true } } }
  const { findings } = adopt({ web: { ...WEB, volumes } }, { project, tree: { live } })
  const own = findings.filter((one) => one.found.includes('external'))
  expect(own.map((one) => [one.found, one.mend?.startsWith(mend)])).toEqual([[found, true]])
})

test('a service must have as many containers as it asks for, and the proxy says what it has no room for', () => {
  const many = (replicas: number): Service => ({ image: 'a', restart: 'always', deploy: { replicas } })
  const adoption = adopt({ web: { ...WEB, deploy: { replicas: 40 } }, worker: many(45) })
  expect(composed(adoption).services['worker']).toMatchObject({ scale: 45 })
  expect(said(adoption, 'worker')).toContain('ok: 45 containers share its load')
  expect(adoption.settings['REPLICAS']).toBe('30')
  expect(said(adoption, 'web')).toContain('note: 30 of its 40 containers')
  expect(said(adopt({ web: { ...WEB, deploy: { replicas: 20 } } }), 'web')).toContain(
    'ok: 20 containers share its load',
  )
})

test('a server of data must get one container, whatever was asked for: several would write to the same files', () => {
  const volumes = [{ type: 'volume', source: 'data', target: '/data' }]
  const three: Service = { image: 'redis:7', deploy: { replicas: 3 }, volumes }
  const adoption = adopt({ web: WEB, cache: three, queue: { image: 'rabbitmq:3', deploy: { replicas: 2 } } })
  for (const name of ['cache', 'queue']) expect(composed(adoption).services[name]).not.toHaveProperty('scale')
  expect(said(adoption, 'cache')).toContain('note: 1 of its 3 containers')
  expect(said(adoption, 'queue')).toContain('note: 1 of its 2 containers')
})

test('a service that is never started by itself must not run in a release, and be said', () => {
  const adoption = adopt({ web: WEB, restore: { image: 'a', deploy: { mode: 'replicated', replicas: 0 } } })
  expect(Object.keys(composed(adoption).services)).not.toContain('restore')
  expect(said(adoption, 'compose').join()).toContain('left out, because the Compose file starts no container of it')
})

test('that no service publishes a port must be said only where none does', () => {
  const adminer: Service = { image: 'adminer', ports: [{ target: 8080, published: '8000' }] }
  const plain = { build: { context: ROOT } }
  expect(said(adopt({ one: plain, adminer }), 'web')).toEqual([
    'ok: service one becomes service app; the others still reach it as one',
  ])
  const text = said(adopt({ one: plain, two: plain, adminer }), 'web').join()
  expect(text).toBe('missing: one publishes no port, and becomes service app, as two could')
})

test('a service whose health check asks for a page is the application, though nobody publishes it', () => {
  const checked: Service = {
    image: 'shop/shop',
    healthcheck: { test: 'curl -f http://localhost:8080/login/ || exit 1' },
  }
  const adoption = adopt({ worker: { image: 'shop/shop' }, shop: checked }, { sources: { Dockerfile: IMAGE } })
  expect(said(adoption, 'web')[0]).toContain('service shop becomes service app')
  expect(adoption.settings['APP_PORT']).toBe('8080')
})

test('where a Dockerfile that no service builds becomes the application, the services that could be it must be offered', () => {
  const adoption = adopt({ shop: { image: 'shop' }, ui: { image: 'ui' }, db: { image: 'postgres:17' } })
  expect(mends(adoption).join()).toContain('if it is shop or ui: the same command with SERVICE=shop before it; else')
})

test('a secret must not get into an .env that git keeps, unless it is there already', () => {
  const environment = { DB_PASSWORD: 'for tests', API_TOKEN: 'from-elsewhere' }
  const tree = { tracked: ['.env'], given: { PW: 'for tests' } }
  const over = { tree, project: { text: `\${PW}`, given: { PW: 'for tests' } } }
  const adoption = adopt({ web: { ...WEB, environment } }, over)
  expect(adoption.secrets).toEqual({ APP_DB_PASSWORD: "'for tests'" })
  expect(said(adoption, 'secrets')).toContain('missing: git keeps .env, so these are not written to it: APP_API_TOKEN')
  const known = adopt({ web: { ...WEB, environment: { DB_PASSWORD: 'for tests' } } }, over)
  expect(said(known, 'secrets').join()).toContain('note: git keeps .env with APP_DB_PASSWORD, so COPY may bring them')
  expect(said(adopt({ web: WEB }, over), 'secrets')).toEqual([])
  const unread = { ...tree, envValues: { '.env': { DB_PASSWORD: 'x', DB_NAME: 'shop' } } }
  expect(said(adopt({ web: WEB }, { tree: unread }), 'secrets')).toEqual([
    'note: git keeps .env with DB_PASSWORD, so COPY may bring them into an image',
  ])
  const apart = { Dockerfile: IMAGE, '.dockerignore': '.env' }
  expect(said(adopt({ web: WEB }, { tree: unread, sources: apart }), 'secrets')).toEqual([])
})

test('where a program reads an .env that git keeps, nothing that the Compose file says must be added to that', () => {
  const environment = { DB_PASSWORD: 'plain', DB_HOST: 'shop-db' }
  const tree = { tracked: ['.env'], given: { NAME: 'shop' } }
  const project = { text: `DB_PASSWORD: plain\nDB_HOST: \${NAME}-db` }
  const adoption = adopt({ web: { ...WEB, environment } }, { tree, project, sources: { 'a.js': "require('dotenv')" } })
  expect([adoption.secrets, said(adoption, 'secrets')]).toEqual([{}, []])
  expect(composed(adoption).services['app']).toMatchObject({ environment })
})

const SUB = { ...WEB, build: { context: `${ROOT}/web` } }
test.each<readonly [string, Record<string, Service>, Record<string, string>, boolean]>([
  ['of the folder', { web: WEB }, { Dockerfile: IMAGE }, true],
  ['that names it', { web: WEB }, { Dockerfile: 'FROM node:24\nCOPY .env ./\n' }, true],
  ['of the folder above', { web: SUB, api: WEB }, { Dockerfile: IMAGE, 'web/Dockerfile': IMAGE }, true],
  [
    'of a mounted folder, as proposed',
    { web: { ...SUB, volumes: [bind('.', '/app')] } },
    { 'web/Dockerfile': IMAGE },
    true,
  ],
  ['of what Compose does not build', { web: { image: 'node' } }, { Dockerfile: IMAGE }, true],
  ['of a folder below', { web: SUB }, { 'web/Dockerfile': IMAGE }, false],
  ['of one folder of it', { web: WEB }, { Dockerfile: 'FROM node:24\nCOPY ./src .\n' }, false],
  ['whose build does not see it', { web: WEB }, { Dockerfile: IMAGE, '.dockerignore': '.env' }, false],
])(
  'that COPY may bring an .env of git into an image is said only where one does: %s',
  (_, services, sources, isSaid) => {
    const environment = { DB_PASSWORD: 'for tests' }
    const given = { PW: 'for tests' }
    const [[name, web] = ['web', WEB], ...others] = Object.entries(services)
    const all = { [name]: { ...web, environment }, ...Object.fromEntries(others) }
    const tree = { tracked: ['.env', 'web/a.js'], given, binds: { [ROOT]: 'folder' as const } }
    const adoption = adopt(all, { sources: { Dockerfile: '', ...sources }, project: { text: `\${PW}`, given }, tree })
    const found = said(adoption, 'secrets').join()
    expect(found).toContain('note: git keeps .env with APP_DB_PASSWORD')
    expect(found.includes('so COPY may bring')).toBe(isSaid)
  },
)

// `git add -A` would commit what init has just written there, and `COPY . .` bring it into the image: GET /.env answered 200.
test.each([
  ['that Compose alone reads', { 'a.js': 'process.env.DB' }, 'git rm --cached .env && git add -A && make ship'],
  ['that the code reads', { 'a.js': "require('dotenv').config()" }, 'git add -A && make ship'],
  ['that Vite reads', { 'src/a.js': 'import.meta.env.VITE_A' }, 'git add -A && make ship'],
  ['that the Dockerfile copies', { Dockerfile: `${IMAGE}COPY .env /srv/` }, 'git add -A && make ship'],
])('the next step takes an .env out of git that got secrets, but none that may be needed: one %s', (_, more, next) => {
  const environment = { DB_PASSWORD: 'for tests' }
  const sources = { '.env': '', ...more }
  const tracked = ['.env', 'Dockerfile', 'a.js']
  const project = { text: `\${PW}`, given: { PW: 'for tests' } }
  const adoption = adopt({ web: { ...WEB, environment } }, { sources, project, tree: { tracked } })
  const after = 'git add -A && make ship'
  const applied = { files: {}, lines: {}, settings: {} }
  const shown = renderAdoption({ ...adoption, findings: [] }, applied, { write: 'WRITE=1 make init', after })
  expect(shown.split('\n').at(-1)).toBe(`  next: ${next}`)
  const untracked = { sources, project, tree: { tracked: ['Dockerfile', 'a.js'] } }
  expect(adopt({ web: { ...WEB, environment } }, untracked).first).toBeUndefined()
  const open = { ...project, given: { ...project.given, OTHER: 'x' } }
  expect(adopt({ web: { ...WEB, environment } }, { sources, project: open, tree: { tracked } }).first).toBeUndefined()
})

test.each([
  ['other', `APP_REDIS_PASSWORD_WEB`],
  ['usual', 'APP_REDIS_PASSWORD'],
])(
  'two values must not have one name in .env, also where a command has one of them by a variable: %s',
  (value, name) => {
    const web = { ...WEB, environment: { REDIS_PASSWORD: value } }
    const redis: Service = { image: 'redis', command: ['redis-server', '--requirepass', 'usual'] }
    const leftOut = `\${REDIS_PASSWORD:-left out}`
    const command = `redis-server --requirepass \${REDIS_PASSWORD:-usual}`
    const raw = { redis: { command, labels: [leftOut], build: { args: { PAGE: leftOut } } } }
    const adoption = adopt({ web, redis }, { project: { raw } })
    expect(adoption.secrets).toEqual({ [name]: value })
    expect(composed(adoption).services).toMatchObject({
      app: { environment: { REDIS_PASSWORD: `\${${name}:?}` } },
      redis: { command: `redis-server --requirepass \${APP_REDIS_PASSWORD:-usual}` },
    })
  },
)

test('PORT in the environment must be the port, unless a web server runs or the code says its own', () => {
  const web: Service = { build: { context: ROOT }, environment: { PORT: '4000' } }
  const port = (text: string, Dockerfile = 'FROM debian\nCMD ["x"]\n') =>
    said(adopt({ web }, { sources: { Dockerfile, 'a.js': text } }), 'port').join()
  expect(port("app.listen(config.get('port'))")).toBe('ok: 4000')
  expect(port('app.listen(process.env.PORT || 3000)')).toBe('ok: 4000')
  expect(port('app.listen(5000)')).toMatch(/^ok: 5000/)
  expect(port('', 'FROM nginx\n')).toMatch(/^ok: 80/)
})

const DEBUGS = ['python', '-m', 'debugpy', '--listen', '0.0.0.0:7200', 'main.py']
test.each<[string, Partial<Service>, string, string]>([
  ['its command', { command: DEBUGS }, '', 'ok: 8080'],
  ['a comment', {}, "ports:\n  - '7200:7200' # debug port\n", 'ok: 8080'],
  ['a comment on something else', {}, "ports:\n  - '7200:7200' # web, debug mode\n", 'note: 7200, or 8080'],
  ['its command alone', { command: DEBUGS, ports: [] }, '', 'ok: 3000'],
])('the port of a debugger, by %s, is not the application’s', (_, more, text, says) => {
  const ports = [7200, 8080].map((target) => ({ target, published: `${target}` }))
  expect(said(adopt({ web: { ...WEB, ports, ...more } }, { project: { text } }), 'port').join()).toContain(says)
})

test('a service beside the application must start after the database whose host its code names: a server for development would not come back', () => {
  const api: Service = { build: { context: `${ROOT}/api` }, command: ['nodemon', 'a.js'] }
  const db: Service = { image: 'postgres:17' }
  const needsOf = (text: string) => {
    const sources = { 'api/Dockerfile': IMAGE, 'api/a.js': text }
    return composed(adopt({ web: WEB, api, db }, { sources })).services['api']?.['depends_on']
  }
  for (const text of ["host: 'db'", 'fetch("pg://u:p@db:5432/x")'])
    expect(needsOf(text)).toEqual({ db: { condition: 'service_healthy', restart: true } })
  for (const text of ["get('/db')", 'dbs = 1', '']) expect(needsOf(text)).toBeUndefined()
})

test.each<[string, Service, unknown, string[] | undefined]>([
  ['a build of MinIO', { build: { context: `${ROOT}/files` } }, undefined, [`\${BIND:?}:9000:9000`]],
  [
    'a store whose port pages are built with',
    { image: 'getmeili/meilisearch' },
    [`\${VITE_PORT}:9000`],
    [`\${BIND:?}:9000:9000`],
  ],
  ['another one', { image: 'getmeili/meilisearch' }, [`\${FILES_PORT}:9000`], undefined],
])('a browser must reach the port of %s as before', (_, spec, ports, open) => {
  const files = { ...spec, ports: [{ target: 9000, published: '9000' }] }
  const over = { sources: { 'files/Dockerfile': 'FROM minio/minio\n' }, project: { raw: { files: { ports } } } }
  expect(composed(adopt({ web: WEB, files }, over)).services['files']?.['ports']).toEqual(open)
})

test('of two web servers, the one that passes requests to the other must be the application: the other one would be its address of before', () => {
  const conf = (name: string) => bind(`${name}.conf`, '/etc/nginx/conf.d/default.conf')
  const php: Service = { build: { context: `${ROOT}/php` } }
  const server = (name: string, port: string): Service => ({
    ...{ image: 'nginx', ports: [{ target: 80, published: port }], volumes: [conf(name)] },
  })
  const sources = {
    'php/Dockerfile': 'FROM php:8-fpm\n',
    'back.conf': 'server { root /srv; location ~ \\.php$ { fastcgi_pass php:9000; } }',
    'site.conf': 'server { root /site; location /api/ { proxy_pass http://back; } }',
  }
  const binds = { [`${ROOT}/back.conf`]: 'file', [`${ROOT}/site.conf`]: 'file' } as const
  const all = { back: server('back', '81'), php, site: server('site', '82') }
  const adoption = adopt(all, { sources, tree: { binds } })
  expect(said(adoption, 'web').join()).toContain('service site becomes service app')
  expect(composed(adoption).services['app']?.['depends_on']).toMatchObject({ back: { restart: true } })
})

test.each([
  ['["nodemon", "a.js"]', {}, true],
  ['["npm", "run", "dev"]', { 'back/package.json': '{"scripts": {"dev": "nodemon a.js"}}' }, true],
  ['["node", "a.js"]', {}, undefined],
])(
  'what starts no program again that has lost its database must be replaced with that: %s',
  (command, more, restart) => {
    const sources = { 'back/Dockerfile': IMAGE.replace(/CMD.*/, `CMD ${command}`), 'back/a.js': '', ...more }
    const back = { build: { context: `${ROOT}/back` }, depends_on: { db: { condition: 'service_started' } } }
    const adoption = adopt({ web: WEB, back, db: { image: 'postgres:17' } }, { sources })
    expect(composed(adoption).services['back']?.['depends_on']).toEqual({
      db: { condition: 'service_healthy', ...(restart ? { restart } : {}) },
    })
  },
)
