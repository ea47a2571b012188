import { parse } from 'dotenv'
import { expect, test } from 'vitest'
import { isOptional } from '../../docker/compose-variables.ts'
import { adopt as adoptAll, bind, composed, EMPTY, projectOf, ROOT, said, WEB } from '../../testing/adoption.ts'
import { planAdoption } from '../plan.ts'
import type { Project, Service, SourceTree } from '../source-tree.ts'

// One case for each thing that strangers' projects have shown: what becomes of it, and what is said.

const SOURCES = {
  'web/Dockerfile': 'FROM python:3\nWORKDIR /srv\nCOPY application application\nEXPOSE 5000\nCMD ["x"]\n',
  'nginx/default.conf': 'server { location / { proxy_pass http://web:5000; } location /static { alias /srv/static; } }',
}
const TRACKED = [
  ...Object.keys(SOURCES),
  ...[
    'web/application/main.py',
    'pages/index.html',
    'conf/my.cnf',
    'data/.gitkeep',
    'mixed/seed.sql',
    'token.txt',
    'keys/tls.key',
  ],
]
const FOLDERS = ['web', 'web/application', 'pages', 'conf', 'data', 'uploads', 'mixed']

type Over = { services?: Record<string, Service>; project?: Partial<Project>; tree?: Partial<SourceTree> }
function adopt({ services = {}, project = {}, tree = {} }: Over) {
  const all = { web: { build: { context: `${ROOT}/web` }, ports: [{ target: 5000, published: '5000' }] }, ...services }
  return planAdoption({
    ...{ ...EMPTY, sources: SOURCES, files: [...TRACKED, 'mixed/today.sql', 'uploads/a.png'], tracked: TRACKED },
    binds: Object.fromEntries(FOLDERS.map((one) => [`${ROOT}/${one}`, 'folder'] as const)),
    compose: { ...projectOf(all), ...project },
    ...tree,
  })
}
const fileOf = (adoption: ReturnType<typeof adopt>, path: string) =>
  adoption.files.find((file) => file.path === path)?.text

test.each([
  [
    'code that the image copies',
    bind('web/application', '/srv/application'),
    undefined,
    'note: the mount of web/application over /srv/application is left out: it is code',
  ],
  [
    'a volume over such code',
    { type: 'volume', source: 'code', target: '/srv/application' },
    undefined,
    'note: the mount of code over /srv/application is left out: it is code',
  ],
  [
    'packages that a build installs',
    { type: 'volume', target: '/srv/node_modules' },
    undefined,
    'ok: /srv/node_modules is a cache or what a build makes: no volume hides what the image has',
  ],
  [
    'an empty folder that git keeps a place for',
    bind('data', '/data'),
    ['web-data:/data'],
    'note: /data is the folder data',
  ],
  [
    'a folder that git does not keep',
    bind('uploads', '/srv/uploads'),
    ['web-uploads:/srv/uploads'],
    'note: /srv/uploads is the folder uploads',
  ],
  [
    'configuration, or data',
    bind('uploads', '/etc/shop'),
    ['web-shop:/etc/shop:nocopy'],
    'note: /etc/shop is the folder uploads: configuration, or data?',
  ],
  [
    'a volume of data',
    { type: 'volume', source: 'db', target: '/var/db' },
    ['db:/var/db'],
    'ok: /var/db in the volume db',
  ],
])('%s must never be taken for something else', (_, mount, volumes, says) => {
  const adoption = adopt({
    services: { web: { build: { context: `${ROOT}/web` }, ports: [{ target: 5000 }], volumes: [mount] } },
  })
  expect(composed(adoption).services?.['app']?.['volumes']).toEqual(volumes)
  expect(said(adoption, 'web')).toContain(says)
})

test('a volume over code that another service relies on must be said to hide the next version', () => {
  const volumes = [{ type: 'volume', source: 'code', target: '/srv/application' }]
  const adoption = adopt({
    services: {
      web: { build: { context: `${ROOT}/web` }, ports: [{ target: 5000 }], volumes },
      other: { image: 'x', volumes },
    },
  })
  expect(said(adoption, 'web')).toContainEqual(
    expect.stringMatching(/^missing: the volume code covers web\/application\/main.py/),
  )
})

test.each([
  [
    ['web/application/site.db'],
    /^take web\/application\/site.db out of git \(git rm --cached web\/application\/site.db && printf /,
  ],
  [
    ['web/application/a b.db', 'web/application/a.html'],
    /^mount the volume where .*; take web.*git rm --cached 'web\/application\/a b.db' &&/,
  ],
])('a database that git keeps where a volume lies must be led out of git: %j', (more, mend) => {
  const volumes = [{ type: 'volume', source: 'data', target: '/srv/application' }]
  const web = { build: { context: `${ROOT}/web` }, ports: [{ target: 5000 }], volumes }
  // Two lines copy it: it is named once.
  const sources = { 'web/Dockerfile': 'FROM python:3\nWORKDIR /srv\nCOPY application application\nCOPY . .\n' }
  const { findings } = adopt({
    services: { web, other: { image: 'x', volumes } },
    tree: { sources, tracked: ['web/Dockerfile', ...more] },
  })
  expect(findings.find(({ found }) => found.startsWith('the volume data covers'))?.mend).toMatch(mend)
})

test('files of the repository that a ready image mounts must go into an image of the release', () => {
  const db: Service = { image: 'mariadb:11', volumes: [bind('conf', '/etc/mysql/conf.d'), bind('mixed', '/seed')] }
  const adoption = adopt({ services: { db } })
  expect(fileOf(adoption, 'dartagnan.db.Dockerfile')).toMatch(
    /\nFROM mariadb:11\n# .*\nRUN .*\nCOPY mixed \/seed\/\nRUN .*\nCOPY conf \/etc\/mysql\/conf.d\/\n$/,
  )
  expect(composed(adoption).services['db']).toMatchObject({
    build: { context: '.', dockerfile: 'dartagnan.db.Dockerfile' },
  })
  // What git does not keep is not in the image, and may be data.
  expect(said(adoption, 'db')).toContain('missing: the image lacks mixed/today.sql of mixed: git does not keep them')
  expect(said(adoption, 'db').join()).not.toContain('of conf: git')
})

test('an image whose code is only mounted must get the code', () => {
  const web: Service = {
    build: { context: `${ROOT}/web`, target: 'base' },
    ports: [{ target: 1 }],
    volumes: [bind('web', '/code')],
  }
  const sources = { 'web/Dockerfile': 'FROM python:3 AS base\nWORKDIR /code\nCMD ["x"]\nFROM base AS dev\n' }
  const adoption = adopt({ services: { web }, tree: { sources } })
  expect(fileOf(adoption, 'web/dartagnan.app.Dockerfile')).toMatch(
    /\nFROM base AS dev\n\n# [^\n]+\nFROM base\nCOPY \. \/code\/\n$/,
  )
  expect(composed(adoption).services['app']?.['build']).toEqual({
    context: 'web',
    dockerfile: 'dartagnan.app.Dockerfile',
  })
})

const PASSWORD = { MYSQL_ROOT_PASSWORD: 'x' }
test.each([
  ['its command', { image: 'team/cache', command: ['redis-server', '--save', ''] }, {}, 'redis'],
  ['its environment', { image: 'team/db' }, { environment: { PGDATA: '/x' }, ports: [5432] }, 'postgresql'],
  ['its VOLUME', { image: 'team/db' }, { volumes: ['/var/lib/mysql'], ports: [3306] }, 'mysql'],
  ['its entrypoint', { image: 'team/db' }, { entrypoint: ['docker-entrypoint.sh'], cmd: ['mongod'] }, 'mongodb'],
  ['its name', { image: 'docker.io/bitnami/mariadb:11' }, {}, 'mariadb'],
  ['its password', { image: 'team/own', command: ['--sql-mode=ANSI'], environment: PASSWORD }, {}, 'mysql'],
])('a database under another name must be known by %s, and get its hook', (because, db, facts, kind) => {
  const bare = { isHere: true, volumes: [], environment: {}, ports: [], user: '', entrypoint: [], cmd: [] }
  const adoption = adopt({ services: { db }, tree: { images: { 'team/db': { ...bare, ...facts } } } })
  expect(composed(adoption).services['db']).toMatchObject({
    'x-snapshot': kind,
    healthcheck: { test: ['CMD-SHELL', expect.any(String)] },
  })
  expect(said(adoption, 'db')).toContainEqual(expect.stringContaining(`ok: ${kind} (`))
  expect(because).toBeTruthy()
})

test.each([
  ['a client', { image: 'redis/redisinsight' }],
  ['an exporter', { image: 'prometheuscommunity/postgres-exporter' }],
  ['a worker of a database', { image: 'x', command: ['celery', 'worker', '--db', 'postgres'] }],
  ['a program of its own', { image: 'x', command: ['/scripts/init', 'bin/a.rb'], environment: PASSWORD }],
  ['its client', { image: 'phpmyadmin', environment: { PMA_HOST: 'db', ...PASSWORD } }],
  ['what is told of a database', { image: 'here', environment: { MYSQL_ROOT_PASSWORD: 'a', PGDATA: 'b' } }],
])('%s must not be taken for a database', (_, db) => {
  const here = { isHere: true, volumes: [], environment: {}, ports: [], user: '', entrypoint: [], cmd: ['node'] }
  const adoption = adopt({ services: { db: { ...db, ports: [] } }, tree: { images: { here } } })
  expect(composed(adoption).services['db']).not.toHaveProperty('x-snapshot')
})

test('a server of data without a ready hook must be said to have none', () => {
  expect(said(adopt({ services: { search: { image: 'elasticsearch:8' } } }), 'search')).toContainEqual(
    expect.stringContaining('without a hook'),
  )
})

test('what several services build must be in one release, with the stage, file and arguments that the Compose file names', () => {
  const build = {
    context: `${ROOT}/jobs`,
    dockerfile: 'Dockerfile.jobs',
    target: 'run',
    args: { LEVEL: 'high', API_TOKEN: 'x' },
  }
  const sources = { ...SOURCES, 'jobs/Dockerfile.jobs': 'FROM x AS run\n' }
  const adoption = adopt({ services: { jobs: { build } }, tree: { sources } })
  expect(composed(adoption).services['jobs']?.['build']).toEqual({ ...build, context: 'jobs' })
  expect(said(adoption, 'jobs')).toContainEqual(
    expect.stringContaining('note: API_TOKEN: a build argument stays in the history'),
  )
})

test.each([
  [{ context: '/elsewhere' }, ROOT, '/elsewhere, outside of this repository', 'bring it into'],
  [{ context: ROOT, dockerfile: '../Dockerfile' }, ROOT, '/Dockerfile, outside of this repository', 'bring it into'],
  [{ context: '/lib' }, '/', '../lib, above this folder', 'cd .., and the same command there'],
  [{ context: ROOT, dockerfile: '../Dockerfile' }, '/', '../Dockerfile, above this folder', 'cd .., and the same'],
])(
  'what a build reads outside must lead to where it is read, and no service be proposed without its image: %j in %s',
  (build, top, found, mend) => {
    const adoption = adopt({ services: { jobs: { build } }, tree: { top } })
    expect(said(adoption, 'jobs')).toEqual([`missing: its build reads ${found}`])
    expect(adoption.findings.find(({ check }) => check === 'jobs')?.mend).toContain(mend)
    expect(said(adoption, 'Dockerfile')).toEqual([])
    expect(adoption.files).toEqual([])
  },
)

test('a build without a Dockerfile must be said, and get none that builds on nothing', () => {
  const jobs: Service = { build: { context: `${ROOT}/pages` }, volumes: [bind('pages', '/srv')] }
  const adoption = adopt({ services: { jobs } })
  expect(said(adoption, 'jobs')).toContain('missing: its build has no pages/Dockerfile')
  expect(said(adoption, 'jobs').join()).not.toContain('undefined')
  expect(JSON.stringify(adoption.files)).not.toContain('undefined')
})

test.each([
  ['FROM node:24 AS dev\n', 'pages/Dockerfile has no stage live'],
  ['# to be written\n', 'pages/Dockerfile has no FROM'],
])('a build must have the stage that it asks for, in each service: %j', (text, found) => {
  const pages: Service = { build: { context: `${ROOT}/pages`, target: 'live' }, ports: [{ target: 80 }] }
  const asked = (service: string) =>
    adopt({ services: { pages }, tree: { sources: { ...SOURCES, 'pages/Dockerfile': text }, service } })
  expect(said(asked('web'), 'pages')).toContain(`missing: ${found}`)
  expect(said(asked('pages'), 'Dockerfile')).toEqual([`missing: ${found}`])
})

test('only the stage that is built must say what runs', () => {
  const sources = {
    'web/Dockerfile': 'FROM node:24 AS one\nEXPOSE 3000\nCMD ["node", "a.js"]\nFROM one AS dev\nCMD ["nodemon"]\n',
  }
  const web: Service = { build: { context: `${ROOT}/web`, target: 'one' }, ports: [{ target: 3000 }] }
  const adoption = adopt({ services: { web }, tree: { sources } })
  expect(said(adoption, 'command').join()).not.toContain('nodemon')
  expect(said(adoption, 'Dockerfile')).toEqual(['ok: web/Dockerfile, stage one, from node:24'])
})

test('a ready image must become the application where no service is built, and a database never', () => {
  const blog: Service = { image: 'wordpress:6', ports: [{ target: 80, published: '8000' }] }
  const services = { db: { image: 'mysql:8', ports: [{ target: 3306, published: '3306' }] }, blog }
  const adoption = adopt({ services: {}, project: { services } })
  expect(fileOf(adoption, 'dartagnan.app.Dockerfile')).toContain('FROM wordpress:6\n')
  expect(adoption.settings).toMatchObject({ APP_DIR: '.', APP_PORT: '80', HEALTH_PATH: '*' })
  expect(adoption.ports).toEqual({ own: 8000, others: [3306] })
  const game: Service = { image: 'game', ports: [{ target: 25_565 }] }
  expect(said(adopt({ project: { services: { game } }, tree: { files: [] } }), 'web')).toEqual([
    'missing: no service answers HTTP requests on a port',
  ])
})

test.each([
  ['awaited by another', { image: 'x' }, { migrate: { condition: 'service_completed_successfully' } }, true],
  ['restarted never, without ports', { image: 'x', restart: 'no' }, {}, true],
  [
    'restarted never, with a port',
    { image: 'x', restart: 'no', ports: [{ target: 9000, published: '9000' }] },
    {},
    false,
  ],
])('a service that is %s must be a service or a job', (_, migrate, dependsOn, isJob) => {
  const adoption = adopt({ services: { migrate, worker: { image: 'y', depends_on: dependsOn } } })
  expect(composed(adoption).services['migrate']?.['restart']).toBe(isJob ? 'no' : undefined)
  if (Object.keys(dependsOn).length > 0)
    expect(composed(adoption).services['worker']).toMatchObject({ depends_on: dependsOn })
})

test.each([
  ['Next.js as a standalone server', { 'next.config.js': "module.exports = { output: 'standalone' }" }, {}, '0.0.0.0'],
  [
    'no server of Python, beside which the pages of another one lie, it',
    {
      Dockerfile: 'FROM python\nCOPY . .\nCMD ["x"]\n',
      'pages/next.config.mjs': "export default { output: 'standalone' }",
    },
    {},
    undefined,
  ],
  ['what listens there', { 'a.js': 'app.listen(3000, process.env.HOSTNAME)' }, {}, '0.0.0.0'],
  ['what only shows it', { 'a.js': 'res.send(process.env.HOSTNAME)' }, {}, undefined],
  [
    'what is told another one',
    { 'a.js': 'app.listen(3000, process.env.HOSTNAME)' },
    { HOSTNAME: '::' },
    `\${APP_HOSTNAME:?}`,
  ],
])(
  '%s must listen at all addresses: the proxy comes to another one than its own name has',
  (_, code, environment, value) => {
    const sources = { Dockerfile: 'FROM node\nCOPY . .\nCMD ["node", "a.js"]\n', 'package.json': '{}', ...code }
    const web: Service = { build: { context: ROOT }, ports: [{ target: 3000 }], environment }
    const { services } = composed(adopt({ services: { web }, tree: { sources } }))
    const own = services['app']?.['environment'] as Record<string, string> | undefined
    expect(own?.['HOSTNAME']).toBe(value)
  },
)

test('a folder that one service writes and another one reads must be read-only there, and no loss', () => {
  const volumes = [bind('certbot/conf', '/etc/letsencrypt', { read_only: true })]
  const web: Service = { build: { context: `${ROOT}/web` }, ports: [{ target: 5000 }], volumes }
  const certbot: Service = { image: 'certbot/certbot', volumes: [bind('certbot/conf', '/etc/letsencrypt')] }
  const adoption = adopt({ services: { web, certbot } })
  expect(composed(adoption).services['app']?.['volumes']).toEqual(['certbot-letsencrypt:/etc/letsencrypt:ro,nocopy'])
  expect(said(adoption, 'web').join()).not.toContain('no rule of adopt looks at it')
})

const FRANKEN = 'FROM dunglas/frankenphp:1-php8.4\nCOPY . /app\n'
test.each([
  ['nothing', FRANKEN, {}, ':80'],
  ['a name of its own', `${FRANKEN}ENV SERVER_NAME=:8080\n`, {}, undefined],
  ['names of HTTPS', `${FRANKEN}ENV SERVER_NAME="localhost, web:80"\n`, {}, ':80'],
  ['a name for HTTP', `${FRANKEN}ENV SERVER_NAME="a.example:80, web:80"\n`, {}, undefined],
  ['a Caddyfile', `${FRANKEN}COPY Caddyfile /etc/frankenphp/Caddyfile\n`, { Caddyfile: ':80 {\n}' }, undefined],
  [
    'a Caddyfile that asks for it',
    `${FRANKEN}COPY Caddyfile /etc/frankenphp/Caddyfile\n`,
    { Caddyfile: '{$SERVER_NAME:localhost} {\n}' },
    ':80',
  ],
  ['another server', `${FRANKEN}CMD ["php", "artisan", "octane:frankenphp"]\n`, {}, undefined],
])('FrankenPHP must serve all names over HTTP where the author says %s', (_, Dockerfile, more, value) => {
  const web: Service = { build: { context: ROOT }, ports: [{ target: 80 }, { target: 443 }] }
  const adoption = adopt({ services: { web }, tree: { sources: { Dockerfile, 'public/index.php': '', ...more } } })
  const own = composed(adoption).services['app']?.['environment'] as Record<string, unknown>
  expect(own?.['SERVER_NAME']).toBe(value)
})

test('the application must wait for the end of a job as its author says, and for nothing else', () => {
  const web: Service = {
    build: { context: ROOT },
    ports: [{ target: 80 }],
    depends_on: { migrate: { condition: 'service_completed_successfully' }, other: { condition: 'service_started' } },
  }
  const { services } = composed(adopt({ services: { web, migrate: { image: 'x' }, other: { image: 'y' } } }))
  expect(services['app']?.['depends_on']).toEqual({ migrate: { condition: 'service_completed_successfully' } })
})

test('the names by which services reach each other must all stay', () => {
  const { services } = composed(
    adopt({
      services: {
        db: {
          image: 'x',
          container_name: 'shop_db',
          hostname: 'data.host',
          networks: { back: { aliases: ['store'] } },
        },
        worker: { image: 'y', links: ['db:database'] },
      },
    }),
  )
  expect(services['db']).toMatchObject({
    networks: { default: { aliases: ['store', 'shop_db', 'data.host', 'database'] } },
  })
})

test('a file that git holds is no secret, and must be said to be none', () => {
  const secrets = { token: { file: `${ROOT}/token.txt` } }
  const worker: Service = { image: 'y', secrets: [{ source: 'token' }] }
  const adoption = adopt({ services: { worker }, project: { secrets } })
  expect(composed(adoption).services['worker']).toMatchObject({
    configs: [{ source: 'token', target: '/run/secrets/token' }],
  })
  expect(said(adoption, 'secrets')).toEqual([
    'note: token: git holds token.txt, so it is no secret, and becomes a config',
  ])
})

test.each([
  ['a port that the release can have', { web: 3 }, undefined],
  ["the proxy's own port", { web: 3, other: 8080 }, '8081'],
])('%s must not be given away twice', (_, { other }: { web: number; other?: number }, port) => {
  const services = other ? { other: { image: 'x', ports: [{ target: 80, published: String(other) }] } } : {}
  expect(adopt({ services }).settings['PORT']).toBe(port)
})

const health = (sources: Record<string, string>, check?: object, files: string[] = []) => {
  const web: Service = {
    build: { context: `${ROOT}/web` },
    ports: [{ target: 5000 }],
    ...(check ? { healthcheck: check } : {}),
  }
  const own = Object.fromEntries(Object.entries(sources).map(([file, text]) => [`web/${file}`, text]))
  const adoption = adopt({
    services: { web },
    tree: { sources: { ...SOURCES, ...own }, files: files.map((file) => `web/${file}`) },
  })
  const finding = adoption.findings.find(({ check: name }) => name === 'health path')
  return [adoption.settings['HEALTH_PATH'], finding?.verdict, finding?.confidence, finding?.where]
}
test.each([
  [
    'the health check of the Compose file',
    [{}, { test: ['CMD', 'curl', 'http://localhost:5000/up'] }],
    ['/up', 'ok', 'stated', 'its health check'],
  ],
  ['no check of another port', [{}, { test: 'curl http://localhost:9090/metrics' }], ['*', 'note', 'guess', undefined]],
  ['a route as it is named', [{ 'a.js': "app.get('/_/_/health', f)" }], ['/_/_/health', 'ok', 'stated', 'web/a.js:1']],
  ['Spring', [{ 'A.java': '@GetMapping("/api/status")' }], ['/api/status', 'ok', 'stated', 'web/A.java:1']],
  ['Rust', [{ 'a.rs': '#[get("/")]' }], ['/', 'ok', 'likely', 'web/a.rs:1']],
  ['a page', [{}, undefined, ['index.html']], ['/', 'ok', 'likely', 'index.html']],
  [
    'no pages for readers that lie elsewhere',
    [{ 'a.py': "app = FastAPI(\n  docs_url='/',\n)" }],
    ['*', 'note', 'guess', undefined],
  ],
  ['no page that is a program', [{}, undefined, ['index.php']], ['*', 'note', 'guess', undefined]],
  [
    'a page that counts',
    [{ 'a.py': '@app.route("/")\ndef a():\n  db.incr("hits")' }],
    ['*', 'note', 'guess', undefined],
  ],
  [
    'a page that counts in a field',
    [{ 'a.js': "app.get('/', (req, res) => {\n  store['hits']++" }],
    ['*', 'note', 'guess', undefined],
  ],
  [
    'an API without a home',
    [{ 'a.js': "app.get('/items', f)\napp.get('/items/:id', f)" }],
    ['*', 'note', 'guess', undefined],
  ],
  ['no request to others', [{ 'a.js': "axios.get('/health')" }], ['*', 'note', 'guess', undefined]],
] as const)('the health path must come from %s', (_, args, expected) => {
  expect(health(...(args as unknown as Parameters<typeof health>))).toEqual(expected)
})

test('a folder that one service writes and another one reads must be one volume, and two folders never one', () => {
  const volumes = [bind('uploads', '/srv/uploads'), { type: 'bind', source: '/logs', target: '/var/uploads' }]
  const adoption = adopt({
    services: {
      web: { build: { context: `${ROOT}/web` }, ports: [{ target: 5000 }], volumes },
      files: { image: 'nginx', volumes: [bind('uploads', '/usr/share/files', { read_only: true })] },
    },
  })
  expect(composed(adoption).services['app']?.['volumes']).toEqual([
    'web-srv-uploads:/srv/uploads',
    'web-var-uploads:/var/uploads',
  ])
  expect(composed(adoption).services['files']?.['volumes']).toEqual(['web-srv-uploads:/usr/share/files:ro'])
})

test.each(['/', '/var/run', '/var/run/docker.sock'])(
  'the folder %s of the host must never become a volume',
  (source) => {
    const agent: Service = { image: 'x', volumes: [{ type: 'bind', source, target: '/host' }] }
    const adoption = adopt({ services: { agent } })
    expect(composed(adoption).services['agent']).not.toHaveProperty('volumes')
    expect(said(adoption, 'agent')).toContain(`missing: ${source} is left out: it gives access to this host`)
  },
)

test.each([
  [['--requirepass', 'x'], 'redis:8', 'redis'],
  [['--transaction-isolation=READ-COMMITTED'], 'mariadb:11', 'mariadb'],
  [['sh', '-c', 'redis-server --save ""'], 'team/cache', 'redis'],
])('a database whose command is %j must stay one', (command, image, kind) => {
  expect(composed(adopt({ services: { db: { image, command } } })).services['db']).toMatchObject({ 'x-snapshot': kind })
})

test('what Compose fills in must not go into the file for git, and what has no value must be said', () => {
  const command = ['redis-server', '--requirepass', 'hunter2', '--port', '$$1']
  const raw = { cache: { command: ['redis-server', '--requirepass', `\${CACHE_PASSWORD:?}`, '--port', '$$1'] } }
  const project = { raw, given: { CACHE_PASSWORD: 'hunter2' }, unset: ['MISSED'] }
  const adoption = adopt({ services: { cache: { image: 'redis:8', command } }, project })
  expect(composed(adoption).services['cache']?.['command']).toEqual(
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Compose's own
    ['redis-server', '--requirepass', '${APP_CACHE_PASSWORD:?}', '--port', '$$1'],
  )
  expect(adoption.secrets).toEqual({ APP_CACHE_PASSWORD: 'hunter2' })
  expect(said(adoption, 'compose')).toContain('note: variables without a value: MISSED')
})

test('what a variable without a value leaves empty, and Compose leaves out, is no loss', () => {
  const project = { raw: { cache: { hostname: `\${CACHE_HOST}` } }, unset: ['CACHE_HOST'] }
  const adoption = adopt({ services: { cache: { image: 'redis:8' } }, project })
  expect(said(adoption, 'cache').join()).not.toContain('no rule of adopt looks at it')
})

test.each([
  ['redis-server', `redis-server \${CACHE_PASSWORD:+--requirepass $CACHE_PASSWORD}`, {}],
  [
    'redis-server --requirepass x',
    `redis-server \${CACHE_PASSWORD:+--requirepass \${CACHE_PASSWORD:-y}}`,
    { CACHE_PASSWORD: 'x' },
  ],
  ['redis-server --requirepass', `redis-server --requirepass \${CACHE_PASSWORD}`, {}],
])('a command that the proposal has in the words of its author is not lost: %s', (command, words, given) => {
  const cache: Service = { image: 'redis:8', command: command.split(' '), environment: { CACHE_PASSWORD: 'x' } }
  const adoption = adopt({ services: { cache }, project: { raw: { cache: { command: words } }, given } })
  expect(said(adoption, 'cache').filter((one) => one.startsWith('missing: command'))).toEqual([])
})

test('a variable must need no value where the Compose file takes it only if it has one', () => {
  const isOpen = (text: string) => !isOptional(text, 'A')
  expect(isOpen(`command: x \${A:+--pass $A}`)).toBe(false)
  expect(isOpen(`command: x \${A:+--pass \${A}} \${A:-1}`)).toBe(true)
  expect(isOpen(`command: x \${B:+--pass $A}`)).toBe(true)
})

test('a key of several lines must be one line of .env, as dotenv and Compose read it', () => {
  const cache: Service = { image: 'team/cache', environment: { CLOUD_PRIVATE_KEY: '-----A-----\nb+/=\n' } }
  const adoption = adopt({ services: { cache } })
  expect(adoption.secrets).toEqual({ APP_CLOUD_PRIVATE_KEY: String.raw`"-----A-----\nb+/=\n"` })
  expect(parse(`A=${adoption.secrets['APP_CLOUD_PRIVATE_KEY']}`)['A']).toBe('-----A-----\nb+/=\n')
  expect(said(adoption, 'secrets').join()).not.toContain('cannot hold')
  expect(said(adoption, 'cache').filter((one) => one.startsWith('missing'))).toEqual([])
})

test('a value of several lines stays in the words of its author, where .env cannot hold it', () => {
  const text = (password: string) => `redis:\n  at: 'redis'\n  password: ${password}\n`
  const cache: Service = { image: 'team/cache', environment: { CONFIG: text('hunter2') } }
  const raw = { cache: { environment: { CONFIG: text(`\${CACHE_PASSWORD:?}`) } } }
  const adoption = adopt({ services: { cache }, project: { raw, given: { CACHE_PASSWORD: 'hunter2' } } })
  expect(composed(adoption).services['cache']).toMatchObject({
    environment: { CONFIG: text(`\${APP_CACHE_PASSWORD:?}`) },
  })
  expect(adoption.secrets).toEqual({ APP_CACHE_PASSWORD: 'hunter2' })
  expect(said(adoption, 'secrets').join()).not.toContain('cannot hold')
  expect(said(adoption, 'cache').join()).not.toContain('no rule')
})

const TOLD = ' has a password, which git keeps with the proposed file'
test.each([
  ['healthcheck', { healthcheck: { test: ['CMD', 'mysqladmin', 'ping', '-h', 'localhost', '-phunter2'] } }],
  ['healthcheck', { healthcheck: { test: ['CMD-SHELL', 'mariadb -u root --password="hunter2" -e "SELECT 1"'] } }],
  ['healthcheck', { healthcheck: { test: ['CMD-SHELL', 'PGPASSWORD=hunter2 psql -U boss -c "SELECT 1"'] } }],
  ['healthcheck', { healthcheck: { test: ['CMD', 'curl', '-fu', 'elastic:hunter2', 'http://localhost:9200'] } }],
  ['healthcheck', { healthcheck: { test: ['CMD', 'redis-cli', '-a', 'hunter2', 'ping'] } }],
  ['command', { command: ['sh', '-c', 'work amqp://user:hunter2@queue'] }],
  ['command', { command: ['redis-server', '--requirepass', 'hunter2'] }],
])('a password that its author wrote into its %s must be said (%j)', (key, over) => {
  const adoption = adopt({ services: { cache: { image: 'other', ...over } } })
  expect(said(adoption, 'cache')).toContain(`note: its ${key}${TOLD}`)
})

test.each([
  { healthcheck: { test: ['CMD-SHELL', 'mysqladmin ping -h localhost -P 3306 -p"$$MYSQL_ROOT_PASSWORD"'] } },
  { healthcheck: { test: ['CMD-SHELL', 'mysqladmin ping --password=$$(cat /run/secrets/db) --protocol tcp'] } },
  { healthcheck: { test: ['CMD', 'pg_isready', '-h', '127.0.0.1', '-p', '5432', '-U', 'boss'] } },
  { healthcheck: { test: ['CMD-SHELL', 'curl -fu "elastic:$$ELASTIC_PASSWORD" http://localhost:9200'] } },
  { command: ['sh', '-c', 'redis-server --requirepass "$$PASS"'] },
  { healthcheck: { test: ['CMD-SHELL', "mysqladmin ping -p'$$MYSQL_ROOT_PASSWORD'"] } },
  { healthcheck: { test: ['CMD', 'curl', 'http://localhost:8080/@me'] } },
  { command: ['mysqld', '--port=3307', '--default-authentication-plugin=mysql_native_password'] },
])('a command without a password must not be said to have one (%j)', (over) => {
  const adoption = adopt({ services: { cache: { image: 'other', ...over } } })
  expect(said(adoption, 'cache').join()).not.toContain(TOLD)
})

test("an application's variable must not take the name of a setting, and one that the host would pass on must be said", () => {
  const environment = { PORT: '3000', DEBUG: null, NAME: '' }
  const web: Service = { build: { context: `${ROOT}/web` }, ports: [{ target: 5000 }], environment }
  const adoption = adopt({ services: { web }, project: { text: '' } })
  expect(adoption.secrets).toEqual({ APP_OWN_PORT: '3000' })
  const [port] = ['OWN_PORT:?'].map((name) => `\${APP_${name}}`)
  // Empty is something else than without a value.
  expect(composed(adoption).services['app']?.['environment']).toEqual({ PORT: port, NAME: '' })
  expect(said(adoption, 'web')).toContainEqual(expect.stringMatching(/^note: environment\.DEBUG: left out/))
})

test("Traefik's other names of hosts must be said to lead nowhere now", () => {
  const label = (rule: string) => ({ 'traefik.http.routers.a.rule': rule })
  const adoption = adopt({
    services: {
      traefik: { image: 'traefik:v3', ports: [{ target: 80, published: '80' }] },
      web: { build: { context: `${ROOT}/web` }, labels: label('Host(`localhost`)') },
      admin: { image: 'phpmyadmin', labels: label('Host(`db.localhost`)') },
    },
  })
  expect(Object.keys(composed(adoption).services)).toEqual(['app', 'admin'])
  expect(said(adoption, 'traefik')).toContainEqual(
    expect.stringMatching(/^missing: by other names of hosts, or other paths, it reached admin \(db.localhost\)/),
  )
})

test.each([
  [['npm', 'run', 'migrate'], undefined, 'no'],
  [['php', 'artisan', 'migrate', '--force'], 'on-failure', 'no'],
  ['true', undefined, 'no'],
  [['cp', '-r', '/app/build/.', '/static/'], undefined, 'no'],
  [['sh', '-c', 'cp a b && node a.js'], undefined, undefined],
  [['node', 'worker.js'], undefined, undefined],
  [['npm', 'run', 'migrate'], 'always', undefined],
  [['sh', '-c', 'sleep 5 && npm run migrate'], undefined, 'no'],
  [['sh', '-c', 'npm run migrate && node a.js'], 'no', 'no'],
  [['sh', '-c', 'npm run migrate && gunicorn a:b'], 'no', undefined],
  [['python', 'import.py'], 'no', 'no'],
  [['sh', '-c', 'mc mb m/x || true; exit 0;'], undefined, 'no'],
  [['sh', '-c', 'mc mb m/x; mc anonymous set download m/x; exit 0;'], undefined, 'no'],
  [['sh', '-c', 'gunicorn a:b; exit 0'], undefined, undefined],
  [['celery', '-A', 'shop', 'worker'], 'no', undefined],
])('a service that runs %j with restart %s must be a job or not', (command, restart, expected) => {
  const job: Service = { image: 'x', command, ...(restart ? { restart } : {}) }
  expect(composed(adopt({ services: { job } })).services['job']?.['restart']).toBe(expected)
})

test('a service that runs what another one builds must get that image', () => {
  const build = { context: `${ROOT}/web` }
  const services = { web: { build, image: 'mine/app', ports: [{ target: 5000 }] }, worker: { image: 'mine/app' } }
  // biome-ignore lint/suspicious/noTemplateCurlyInString: Compose's own
  expect(composed(adopt({ services })).services['worker']).toMatchObject({ image: '${APP_IMAGE:?}' })
})

test.each([
  [
    { problem: 'env file /shop/apps/.env.local not found' },
    ['.env.local.example'],
    'cp .env.local.example apps/.env.local, correct what they say, then run this again',
  ],
  [
    { problem: 'env file /shop/b/.env not found', absent: ['/shop/a/.env', '/shop/b/.env'] },
    ['a/.env.b.template', 'b/.env.b.template'],
    'cp b/.env.b.template b/.env, cp a/.env.b.template a/.env, correct what they say, then run this again',
  ],
  [
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Compose's own
    { problem: 'required variable A is missing a value', text: '${A:?} ${B?why} ${C:-1} ${D:?}', given: { D: '1' } },
    ['.env.example'],
    'write A=…, B=… to .env, a line each, then run this again',
  ],
  [
    { problem: 'failed to cast to expected type: invalid boolean', unset: ['A', 'B'] },
    ['env.example'],
    'cp env.example .env, and give A, B a value there, then run this again',
  ],
  [
    { problem: 'No port specified: :<empty>', unset: ['HTTP_PORT'] },
    [],
    'write HTTP_PORT=… to .env, a line each, then run this again',
  ],
  [
    { problem: 'service "a" refers to undefined secret b' },
    ['compose.override.yaml.example'],
    'cp compose.override.yaml.example compose.override.yaml, correct what it says, then run this again',
  ],
  [
    { problem: 'yaml: line 3' },
    [],
    'correct compose.yaml until this accepts it: docker compose -f compose.yaml config',
  ],
])('a Compose file that cannot be read must end the proposal with its remedy', (project, files, mend) => {
  const adoption = adopt({ project, tree: { files } })
  expect(adoption).toMatchObject({ files: [], settings: {}, findings: [{ check: 'compose', mend }] })
})

test('a file for production that cannot be read must be said with its remedy, for the one that is read lacks the application', () => {
  const unread = { file: 'compose.prod.yaml', problem: 'env file /shop/.env.production not found' }
  const adoption = adopt({
    services: { db: { image: 'postgres' } },
    project: { unread },
    tree: { files: ['Dockerfile'] },
  })
  expect(adoption.findings).toContainEqual(
    expect.objectContaining({
      found: `compose.yaml is read, for compose.prod.yaml cannot be: ${unread.problem}`,
      mend: expect.stringMatching(/^create \.env\.production, .*COMPOSE_FILE=compose\.yaml/),
    }),
  )
})

test.each([
  ['mysql:9', { volumes: [bind('conf', '/etc/mysql/conf.d')] }, 'db-data:/var/lib/mysql'],
  ['postgres:18.1', {}, 'db-data:/var/lib/postgresql'],
  ['postgres', {}, 'db-data:/var/lib/postgresql'],
  ['postgres:17', {}, 'db-data:/var/lib/postgresql/data'],
  ['postgres:17', { environment: { PGDATA: '/pg' } }, 'db-data:/pg'],
  [
    'bitnami/postgresql:16',
    { volumes: [{ type: 'volume', source: 'x', target: '/bitnami/postgresql' }] },
    'x:/bitnami/postgresql',
  ],
])('the data of %s must lie in a volume, whatever else is mounted', (image, over, volume) => {
  expect(composed(adopt({ services: { db: { image, ...over } as Service } })).services['db']?.['volumes']).toEqual([
    volume,
  ])
})

test('a server that a script starts must be said to have no hook, by the name of its image', () => {
  const db = {
    image: 'redis:8',
    command: ['sh', '-c', '/start.sh'],
    volumes: [{ type: 'volume', source: 'd', target: '/data' }],
  }
  expect(said(adopt({ services: { db } }), 'db')).toContain(
    'note: /data: no hook, so a snapshot pauses it while it copies the files, and its image is called redis',
  )
})

test.each([
  ['code that git does not keep', bind('uploads', '/var/www/html'), 'which git does not keep: code, or data?'],
  [
    'a file that is not there',
    bind('none.conf', '/etc/x.conf', { read_only: true }),
    'does not exist: the mount at /etc/x.conf is left out',
  ],
])('%s must be said', (_, mount, says) => {
  const web: Service = { build: { context: `${ROOT}/web` }, ports: [{ target: 5000 }], volumes: [mount] }
  const binds = {
    [`${ROOT}/uploads`]: 'folder',
    [`${ROOT}/none.conf`]: 'missing',
  } as const
  expect(said(adopt({ services: { web }, tree: { binds } }), 'web')).toContainEqual(
    expect.stringMatching(new RegExp(`^missing: .*${says.replace('?', '\\?')}`)),
  )
})

test('which Compose files are read must be said, and how to read others', () => {
  const project = {
    joined: ['b.yaml'],
    others: ['compose.dev.yaml', 'compose.prod.yaml'],
    only: { 'compose.prod.yaml': ['db'] },
  }
  const adoption = adopt({ project })
  expect(said(adoption, 'compose')).toEqual([
    'ok: compose.yaml with b.yaml: web',
    'note: compose.yaml and b.yaml are read; not read: compose.dev.yaml, compose.prod.yaml (which alone has db)',
  ])
  const mends = adoption.findings.flatMap(({ mend = '' }) => mend.match(/COMPOSE_FILE=\S+/g) ?? [])
  expect(mends).toEqual(['COMPOSE_FILE=compose.prod.yaml', 'COMPOSE_FILE=compose.yaml:b.yaml:compose.prod.yaml'])
  const merged = adopt({ project: { joined: ['compose.override.yaml'], override: 'compose.override.yaml' } })
  expect(said(merged, 'compose')).toContain('note: compose.override.yaml is read, as docker compose up reads it')
  expect(merged.findings.map(({ mend }) => mend).join()).toContain('COMPOSE_FILE=compose.yaml >>')
  const override = { joined: ['compose.override.yaml'], override: 'compose.override.yaml', partial: ['compose.yaml'] }
  const part = adopt({ project: { ...override, others: ['compose.prod.yaml'] } })
  expect(part.findings.flatMap(({ mend = '' }) => mend.match(/COMPOSE_FILE=\S+|nothing to do: c.*/g) ?? [])).toEqual([
    'nothing to do: compose.yaml needs it',
    'COMPOSE_FILE=compose.yaml:compose.prod.yaml',
  ])
})

test('a mount of a folder that only Windows has must be left out, and its variable be no value that is missing', () => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: Compose's own
  const raw = { web: { volumes: [{ type: 'volume', source: '${APPDATA}/secrets', target: '/secrets' }] } }
  const web = { ...WEB, volumes: [{ type: 'bind', source: '/secrets', target: '/secrets', read_only: true }] }
  const tree: Partial<SourceTree> = { binds: { '/secrets': 'missing' } }
  const adoption = adoptAll({ web }, { tree, project: { raw, unset: ['APPDATA'] } })
  expect(said(adoption, 'web')).toContain('note: the mount at /secrets is left out: only Windows has APPDATA')
  expect(said(adoption, 'compose').join()).not.toContain('without a value')
  expect(JSON.stringify(composed(adoption))).not.toContain('/secrets')
})

test('a variable without a value that decides a mount must be missing, and an absent file of env_file be said', () => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: Compose's own
  const raw = { web: { volumes: ['${CONFIG}/web:/config'] } }
  const adoption = adopt({ project: { raw, unset: ['CONFIG'], absent: ['/shop/web/.env'] } })
  expect(said(adoption, 'compose').slice(1)).toEqual([
    'missing: variables without a value: CONFIG; what CONFIG would decide is wrong below',
    'note: files of env_file that do not exist: web/.env',
  ])
  const checked = { web: { healthcheck: { test: 'ping $CONFIG' } } }
  expect(said(adopt({ project: { raw: checked, unset: ['CONFIG'] } }), 'compose').slice(1)).toEqual([
    'note: variables without a value: CONFIG',
  ])
})

test.each<[string, string, Record<string, Service>]>([
  ['600', 'python:3', {}],
  ['444', 'php:8-apache', {}],
  ['444', 'php:8-fpm', {}],
  ['444', 'python:3\nUSER daemon', {}],
  ['444', 'debian\nCMD ["apachectl", "-DFOREGROUND"]', {}],
  ['600', 'python:3', { db: { image: 'postgres:17', secrets: [{ source: 'key' }] } }],
  ['600', 'python:3', { pages: { image: 'nginx:1' } }],
  ['444', 'python:3', { pages: { image: 'nginx:1', secrets: [{ source: 'key' }] } }],
  ['444', 'python:3', { job: { image: 'a', user: '1000', secrets: [{ source: 'key' }] } }],
])('a secret that others can read must be closed so that those who have it can: %s for %s', (mode, base, more) => {
  const file = `${ROOT}/keys/key`
  const web = { build: { context: `${ROOT}/web` }, ports: [{ target: 5000 }], secrets: [{ source: 'key' }] }
  const { findings } = adopt({
    services: { web, ...more },
    project: { secrets: { key: { file } } },
    tree: { sources: { 'web/Dockerfile': `FROM ${base}\n` }, secretFiles: { [file]: { open: true, inGit: true } } },
  })
  const mends = findings.flatMap(({ found, mend = '' }) => (found.endsWith('can be read by others') ? mend : []))
  const closed = 'chmod 700 keys && chmod 444 keys/key'
  for (const mend of mends) expect(mend).toMatch(mode === '444' ? new RegExp(`^${closed}$`) : /^chmod 600 keys\/key /)
  expect(mends.length, 'said for each that has it').toBeGreaterThan(0)
  if (mode === '600') expect(mends[0]).toContain(`nginx: ${closed})`)
})

test('a secret beside the Compose file that others can read must be copied to where they cannot: nobody closes the folder of all', () => {
  const file = `${ROOT}/jwt.secret`
  const web = { ...WEB, secrets: [{ source: 'jwt', target: 'jwt' }] }
  const run = (inGit: boolean) =>
    adopt({
      services: { web },
      project: { secrets: { jwt: { file } } },
      tree: { secretFiles: { [file]: { open: true, inGit } } },
    })
  const adoption = run(false)
  expect(adoption.secretCopies).toEqual([{ from: 'jwt.secret', to: 'secrets/jwt-file' }])
  expect(composed(adoption)).toMatchObject({ secrets: { jwt: { file: 'secrets/jwt-file' } } })
  expect(said(adoption, 'secrets').filter((one) => one.startsWith('missing'))).toEqual([])
  expect(run(true).secretCopies, 'which git would commit').toEqual([])
})
