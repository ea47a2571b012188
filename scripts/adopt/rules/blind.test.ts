import { expect, test } from 'vitest'
import { adopt, bind, composed, EMPTY, IMAGE, ROOT, said, WEB } from '../../testing/adoption.ts'
import { planAdoption } from '../plan.ts'
import type { Service } from '../source-tree.ts'
import { MOVED } from './beside.ts'

// What a sample of repositories has shown that nobody had seen before: each was silent, or refused with a reason that was not true.

const NGINX: Service = { build: { context: `${ROOT}/nginx` }, ports: [{ target: 80, published: '80' }] }

test('files that were read together must be said, with the file that says so', () => {
  const { findings } = adopt({ web: WEB }, { project: { joined: ['prod.yaml'], told: 'README.md' } })
  expect(findings.find(({ check }) => check === 'compose')).toMatchObject({
    found: 'compose.yaml with prod.yaml, as README.md runs them: web',
    where: 'README.md',
  })
})

test('port 9000 must be no HTTP where a web server sends FastCGI', () => {
  const web: Service = { image: 'acme/php', ports: [{ target: 9000 }] }
  const sources = { 'nginx.conf': 'location ~ \\.php$ {\n  fastcgi_pass app:9000;\n}\n' }
  expect(said(adopt({ web }, { sources }), 'port').join()).toContain('missing: 9000 is where PHP-FPM speaks FastCGI')
  expect(said(adopt({ web }), 'port')).toEqual(['ok: 9000'])
})

test('what an example of .env names must be said where no Compose file gives it', () => {
  const sources = { '.env.example': '# a\nTOKEN=\nexport MODE=x\n', Dockerfile: `${IMAGE}ENV MODE=y\n` }
  expect(said(adopt(undefined, { sources }), 'environment')).toEqual([
    'note: the code reads TOKEN, and nothing here says what they are: no image has its .env',
  ])
  expect(said(adopt({ web: WEB }, { sources }), 'environment')).toEqual([])
})

test.each([
  [{ 'pnpm-lock.yaml': '' }, '', 'pnpm@10', 'pnpm'],
  [{ 'pnpm-lock.yaml': '' }, 'pnpm@8.6.0+sha512.ab', 'pnpm@8.6.0', 'pnpm'],
  [{ 'yarn.lock': '' }, '', 'yarn@1', 'yarn'],
  [{ 'yarn.lock': '' }, 'yarn@4.1.0', '@yarnpkg/cli-dist@4.1.0', 'yarn'],
  [{ 'yarn.lock': '', '.yarnrc.yml': '' }, '', '@yarnpkg/cli-dist', 'yarn'],
])('a lock must decide the versions of a proposed Dockerfile: %j, %s', (lock, packageManager, manager, name) => {
  const manifest = JSON.stringify({ scripts: { start: 'next start' }, ...(packageManager ? { packageManager } : {}) })
  const sources = { 'package.json': manifest, ...lock }
  const files = Object.keys(sources)
  const [file] = planAdoption({ ...EMPTY, sources, files, tracked: files }).files
  expect(file?.text).toContain(`RUN npm install --global --force ${manager}\n`)
  expect(file?.text).toContain(`RUN ${name} install --frozen-lockfile\n`)
  expect(file?.text).toContain(`CMD ["${name}", "start"]`)
})

test('a host that no service is called must be named, and an alias is such a name', () => {
  const sources = {
    'nginx/Dockerfile': 'FROM nginx\nCOPY default.conf /etc/nginx/conf.d/\n',
    'nginx/default.conf':
      'upstream pool { server gone:8000; }\nserver { location / { proxy_pass http://pool; }\nlocation /o { proxy_pass http://o.example; } }\n',
  }
  const strange = 'missing: it passes requests to gone (nginx/default.conf:2), which no service is called'
  expect(said(adopt({ web: WEB, nginx: NGINX }, { sources }), 'nginx')[0]).toContain(strange)
  const named = { ...WEB, networks: { default: { aliases: ['gone'] } } }
  expect(said(adopt({ web: named, nginx: NGINX }, { sources }), 'nginx').join()).not.toContain('no service is called')
})

test('configuration that a line of a Dockerfile writes must be read', () => {
  const sources = {
    'nginx/Dockerfile': `FROM nginx
COPY default.conf /etc/nginx/conf.d/
RUN echo "upstream pool { server web:9000; }" > /etc/nginx/conf.d/pool.conf
RUN echo "daemon off;" >> /etc/nginx/nginx.conf
`,
    'nginx/default.conf': 'server { root /x; location / { fastcgi_pass pool; } }\n',
  }
  const adoption = adopt({ web: WEB, nginx: NGINX }, { sources })
  expect(said(adoption, 'nginx').join()).not.toContain('which no service is called')
  expect(composed(adoption).services['web']?.['expose']).toEqual(['9000'])
})

test('configuration that another stage hands on must be read', () => {
  const sources = {
    'nginx/Dockerfile':
      'FROM node AS base\nWORKDIR /src\nCOPY . .\nFROM nginx\nCOPY --from=base /src/site.conf /etc/nginx/conf.d/\n',
    'nginx/site.conf': 'server { root /x; try_files a b; location /api { proxy_pass http://web:3000; } }\n',
  }
  const adoption = adopt({ web: WEB, nginx: NGINX }, { sources })
  expect(composed(adoption).services['app']?.['depends_on']).toEqual({
    web: { condition: 'service_started', restart: true },
  })
})

test('a web server whose configuration nobody can read must start again with those that it waits for', () => {
  const nginx = { image: 'acme/nginx', ports: [{ target: 80 }], depends_on: { web: { condition: 'service_started' } } }
  const adoption = adopt({ web: { build: { context: ROOT } }, nginx })
  expect(composed(adoption).services['app']?.['depends_on']).toMatchObject({ web: { restart: true } })
  expect(said(adoption, 'nginx')).toContain('note: what acme/nginx is configured to do cannot be read')
  const plain = adopt({ web: { build: { context: ROOT } }, nginx: { ...nginx, image: 'nginx:1' } })
  expect(said(plain, 'nginx').join()).not.toContain('cannot be read')
})

test('a service that runs the image of another one must have its folder', () => {
  const worker = { image: 'shop', environment: { URL: 'sqlite:///data/a.db' }, volumes: [DATA] }
  const adoption = adopt({ web: { ...WEB, image: 'shop' }, worker }, { project: { volumes: { data: null } } })
  expect(said(adoption, 'worker').join()).not.toContain('in no volume')
})
const DATA = { type: 'volume', source: 'data', target: '/app/data' }

test('an image that does not have the file which names uploads must have none', () => {
  const sources = {
    'config.py': "UPLOAD_FOLDER = 'uploads'\n",
    'runner.Dockerfile': 'FROM python:3.13\nWORKDIR /run\nCOPY run.py .\nCMD ["python", "run.py"]\n',
    'run.py': '',
  }
  const runner = { build: { context: ROOT, dockerfile: 'runner.Dockerfile' } }
  expect(said(adopt({ web: WEB, runner }, { sources }), 'runner').join()).not.toContain('uploads')
})

test('COPY of the whole folder must not hide where the other paths of a Dockerfile lie', () => {
  const sources = { 'docker/Dockerfile': 'FROM python:3.13\nCOPY uv.lock .\nCOPY . .\nCMD ["python", "a.py"]\n' }
  const tracked = [...Object.keys(sources), 'docker/run.sh', 'uv.lock']
  const { findings } = planAdoption({ ...EMPTY, sources, files: tracked, tracked })
  expect(findings.map(({ found }) => found).join()).not.toContain('which git does not keep')
})

test('a fixed address must be said to be gone, and a name on a network must not', () => {
  const api = { build: { context: `${ROOT}/api` }, networks: { inner: { ipv4_address: '10.1.0.2' } } }
  const named = { 'nginx.conf': 'proxy_pass http://10.1.0.2:80;' }
  expect(said(adopt({ web: WEB, api }, { sources: named }), 'api')).toContain(
    'missing: networks.inner.ipv4_address: a fixed address, which the release does not have: what names it reaches nothing',
  )
  const project = { text: 'inner: {ipv4_address: 10.1.0.2}' }
  expect(said(adopt({ web: WEB, api }, { project }), 'api').join(), 'which nobody names').not.toContain('inner')
  expect(said(adopt({ web: WEB, api: { ...api, networks: { inner: null } } }), 'api').join()).not.toContain('inner')
})

test('services that had no network in common must be said to meet', () => {
  const on = (...names: string[]) => ({ networks: Object.fromEntries(names.map((name) => [name, null])) })
  const all = { web: { ...WEB, ...on('front', 'back') }, db: { image: 'postgres', ...on('back') } }
  expect(said(adopt(all), 'networks')).toEqual([])
  expect(said(adopt({ ...all, edge: { image: 'x', ...on('front') } }), 'networks')).toEqual([
    'note: a release has one network, where what was kept apart meets: db with edge',
  ])
})

test('a folder of settings that a service may write to must be said to move, or be asked about where each container has one', () => {
  const source = `${ROOT}/lang`
  const worker: Service = { image: 'acme/worker', volumes: [{ type: 'bind', source, target: '/app/lang' }] }
  const over = { sources: { 'lang/en.json': '{}' }, tree: { binds: { [source]: 'folder' as const } } }
  expect(said(adopt({ web: WEB, worker }, over), 'worker')).toContain(
    'ok: lang goes into the image, at /app/lang; what a container writes there, the next deploy moves into a volume',
  )
  expect(said(adopt({ web: WEB, worker: { ...worker, scale: 2 } }, over), 'worker')).toContain(
    'note: lang goes into the image, at /app/lang: what the service writes there ends with each version',
  )
})

test.each([
  ['jdbc:h2:/var/shop/db', `note: URL names /var/shop/db, which lies in no volume: ${MOVED}`],
  ['jdbc:h2:file:./store/db', `note: URL names /app/store/db, which lies in no volume: ${MOVED}`],
  ['/srv/shop/outbox', 'note: URL=/srv/shop/outbox: in no volume'],
])('a path of the container that no volume holds must be said: %s', (URL, says) => {
  expect(said(adopt({ web: { ...WEB, environment: { URL } } }), 'web')).toContain(says)
})
test.each<[string, Service, string, string[]]>([
  ['a build', { build: { context: ROOT } }, '/app/db', []],
  [
    'a build',
    { build: { context: ROOT } },
    '/app/other',
    [`note: URL names /app/db/x.db, which lies in no volume: ${MOVED}`],
  ],
  ['a ready image', { image: 'team/shop' }, '/srv/db', []],
])('a path of Prisma counts from its schema, also in %s: %j, %s', (_, own, target, says) => {
  const web: Service = {
    ...{ ports: [{ target: 3000, published: '3000' }], environment: { URL: 'file:../db/x.db' } },
    ...own,
    volumes: [{ type: 'volume', source: 'data', target }],
  }
  const adoption = adopt({ web }, { sources: { 'prisma/schema.prisma': '' }, project: { volumes: { data: null } } })
  expect(said(adoption, 'web').filter((one) => one.includes('URL names'))).toEqual(says)
})
test.each(['jdbc:h2:mem:test', '/api/v1', '/app/a.js', '/data/app.yaml', '/tmp/x/y', '/app/data/x'])(
  'a path that is no data, or has a volume, must not be: %s',
  (URL) => {
    const web = { ...WEB, environment: { URL }, volumes: [DATA] }
    const adoption = adopt({ web }, { project: { volumes: { data: null } }, sources: { 'a.js': '' } })
    expect(said(adoption, 'web').join()).not.toContain('no volume')
  },
)

test('nor must a place for programs', () => {
  const environment = {
    PYTHONPATH: '/opt/lib',
    POETRY_HOME: '/opt/poetry',
    BROWSERS: '/root/.cache/browsers',
    LOCK_DIR: '/var/lock/web',
  }
  const home = 'ENV TOOL_HOME=/opt/tool\nENV PATH="$TOOL_HOME/bin:$PATH"\n'
  const adoption = adopt({ web: { ...WEB, environment } }, { sources: { Dockerfile: `${IMAGE}${home}` } })
  expect(said(adoption, 'web').join()).not.toContain('no volume')
})

test('nor must one of the host, which Compose mounts', () => {
  const environment = { DB_FOLDER: '/var/shop/db', STORE_HOST_PATH: '/var/shop/store' }
  const volumes = [{ type: 'bind', source: '/var/shop/db', target: '/var/lib/postgresql/data' }]
  const db = { image: 'postgres:17', volumes }
  expect(said(adopt({ web: { ...WEB, environment }, db }), 'web').join()).not.toContain('no volume')
})

test('nor must that of another service, which has it in a volume, and whose name the variable begins with', () => {
  const environment = { FTP_USER_HOME: '/home/people' }
  const ftp = { image: 'acme/ftp', environment, volumes: [{ ...DATA, target: '/home/people' }] }
  const saidOf = (name: string) =>
    said(adopt({ web: { ...WEB, environment }, [name]: ftp }, { project: { volumes: { data: null } } }), 'web').join()
  expect(saidOf('ftp-server')).not.toContain('no volume')
  expect(saidOf('files')).toContain('FTP_USER_HOME=/home/people: in no volume')
})

test('a VOLUME of a database below what is mounted must have a volume of its own', () => {
  const mount = (target: string) => [{ type: 'volume', source: 'data', target }]
  const over = { project: { volumes: { data: null } } }
  const db = { image: 'mongo', volumes: mount('/data') }
  expect(composed(adopt({ web: WEB, db }, over)).services['db']?.['volumes']).toEqual(['data:/data', 'db-db:/data/db'])
  const other = { image: 'acme/mongo', volumes: mount('/data') }
  expect(composed(adopt({ web: WEB, db: other }, over)).services['db']?.['volumes']).toEqual(['data:/data'])
  const own = { image: 'postgres:16', volumes: mount('/pg'), environment: { PGDATA: '/pg/data' } }
  expect(composed(adopt({ web: WEB, db: own }, over)).services['db']?.['volumes']).toEqual(['data:/pg'])
})

test('packages that the mount of the code brought must be installed by the image', () => {
  const volumes = [bind('', '/app')]
  const over = { sources: { 'package.json': '{}', 'a.js': '' }, tree: { binds: { [ROOT]: 'folder' as const } } }
  const adoption = adopt({ web: { ...WEB, volumes } }, over)
  expect(said(adoption, 'web').join()).toContain('note: . has package.json, and nothing installed its packages')
  // Its own Dockerfile copies the code.
  const [file] = adoption.files.filter(({ path }) => path.endsWith('Dockerfile'))
  expect(file?.text.split('\n').slice(-3)).toEqual([
    '# what the Compose file mounts from the repository',
    'RUN cd /app && npm install --no-audit --no-fund --omit=dev',
    '',
  ])
  const other = adopt(
    { web: { ...WEB, volumes } },
    {
      ...over,
      sources: { Dockerfile: IMAGE.replace('node:24', 'php:8-apache'), 'composer.json': '{"require": {"a/b": "1"}}' },
    },
  )
  expect(other.files.map(({ text }) => text).join('\n')).toContain(
    '\nCOPY --from=composer-packages /app/vendor /app/vendor\n',
  )
})

test('uploads of a framework must lie where the image of the service has its code', () => {
  const sources = {
    'nginx/Dockerfile': 'FROM php:8-apache\n',
    ...{ 'src/artisan': '', 'src/bootstrap/app.php': '' },
  }
  const nginx = { build: { context: ROOT, dockerfile: 'nginx/Dockerfile' }, ports: [{ target: 80 }] }
  expect(said(adopt({ nginx }, { sources }), 'data').join()).not.toContain('/src/storage')
  const volumes = [bind('src', '/var/www')]
  const over = { sources, tree: { binds: { [`${ROOT}/src`]: 'folder' as const } } }
  expect(said(adopt({ nginx: { ...nginx, volumes } }, over), 'data').join()).toContain(
    '/var/www/storage/app in a volume',
  )
})

test('where a port of HTTPS is the only one, the proxy must speak it, too', () => {
  const adoption = adopt({ web: { ...WEB, ports: [{ target: 443 }] } })
  expect(said(adoption, 'port').join()).toContain('note: 443 speaks HTTPS')
  expect(composed(adoption).services['app']?.['x-tls']).toBe(true)
})

test.each([
  ['ssl_context="adhoc"', true],
  ['ssl_context=None', undefined],
])('a server of Flask that runs with %s must be asked by HTTPS, or not', (how, tls) => {
  const sources = {
    Dockerfile: IMAGE.replace(/CMD.*/, 'CMD ["python", "a.py"]'),
    'a.py': `app.run(port=3000, ${how})\n`,
  }
  expect(composed(adopt({ web: WEB }, { sources })).services['app']?.['x-tls']).toBe(tls)
})

test('MariaDB whose scripts close root to other hosts must have no hook: that comes from another container', () => {
  const db: Service = { image: 'mariadb:11', environment: { MARIADB_ROOT_PASSWORD: 'x' } }
  const hookOf = (sql: string) =>
    composed(adopt({ web: WEB, db }, { sources: { 'db/1.sql': sql } })).services['db']?.['x-snapshot']
  expect(hookOf("DROP USER IF EXISTS 'root'@'%';")).toBe('files')
  expect(hookOf("DELETE FROM mysql.user WHERE User='root' AND Host NOT IN ('localhost');")).toBe('files')
  expect(hookOf("DROP USER IF EXISTS 'guest'@'%';")).toBe('mariadb')
})

test.each([
  ['Redirect permanent / https://shop.test', '443', true],
  ['DocumentRoot /var/www/html', '80', undefined],
])('Apache that over HTTP only points to HTTPS must be asked over that: %s', (line, port, isTls) => {
  const text = `<VirtualHost *:80>\n  ${line}\n</VirtualHost>\n<VirtualHost *:443>\n  SSLEngine on\n</VirtualHost>\n`
  const Dockerfile = 'FROM php:8-apache\nCOPY site.conf /etc/apache2/sites-available/000-default.conf\n'
  const web: Service = { ...WEB, ports: [80, 443].map((target) => ({ target, published: String(target) })) }
  const adoption = adopt({ web }, { sources: { Dockerfile, 'site.conf': text } })
  expect([adoption.settings['APP_PORT'], composed(adoption).services['app']?.['x-tls']]).toEqual([port, isTls])
  // An example beside the code is no configuration of it.
  const beside = { Dockerfile: 'FROM php:8-apache\nCOPY . /app/\n', 'docker/apache/site.conf': text }
  expect(adopt({ web }, { sources: beside }).settings['APP_PORT']).toBe('80')
})

test('a port of the host that the engine chose must be chosen by the engine', () => {
  const api: Service = { build: { context: `${ROOT}/api` }, ports: [{ target: 3000 }] }
  const adoption = adopt({ web: WEB, api })
  expect(composed(adoption).services['api']?.['ports']).toEqual([`\${BIND:?}::3000`])
  expect(said(adoption, 'api').join()).not.toContain('ports[')
})

test('a folder that has only what a build needs must not be its context', () => {
  const Dockerfile = 'FROM node:24\nADD [".", "/src"]\nWORKDIR /src\nENTRYPOINT ["npm", "start"]\nEXPOSE 3000\n'
  const sources = { 'docker/Dockerfile': Dockerfile, 'docker/Dockerfile-other': Dockerfile, 'package.json': '{}' }
  const files = Object.keys(sources)
  expect(planAdoption({ ...EMPTY, sources, files, tracked: files }).settings).toMatchObject({ APP_DIR: '.' })
})

test('a command of the image that drops what no longer fits must be said', () => {
  const Dockerfile = IMAGE.replace(
    '["node", "a.js"]',
    '["sh", "-c", "npx prisma db push --accept-data-loss && node a.js"]',
  )
  expect(said(adopt({ web: WEB }, { sources: { Dockerfile } }), 'web').join()).toContain(
    'its start runs --accept-data-loss',
  )
})

test('the route of a router in Python must not be asked for, since an application mounts it', () => {
  const sources = { 'shop/household.py': 'router = APIRouter(prefix="/h")\n\n@router.get("/health")\n' }
  const found = adopt({ web: WEB }, { sources }).findings.find(({ check }) => check === 'health path')
  expect(found).toMatchObject({ verdict: 'note', found: expect.stringContaining('(/health): any answer') })
})

test.each([
  ['a.js', "require('http').createServer(f).listen(process.env.PORT ?? 3000)", '9999'],
  ['a.py', 'port = int(os.environ.get("PORT", "3000"))', '9999'],
  ['a.go', 'Port int `conf:"default:3000,env:PORT"`', '9999'],
  ['a.go', 'os.Getenv("DB_PORT") // PORT', '3000'],
])('a port that the code takes from its environment must win over EXPOSE: %s %s', (file, text, port) => {
  const web = { build: { context: ROOT }, environment: { PORT: '9999' } }
  expect(adopt({ web }, { sources: { [file]: text } }).settings['APP_PORT']).toBe(port)
})

test('the service that Traefik leads to must be the application, and each path must count', () => {
  const rule = (name: string, text: string, port: string) => ({
    [`traefik.http.routers.${name}.rule`]: text,
    [`traefik.http.services.${name}.loadbalancer.server.port`]: port,
  })
  const services = {
    traefik: { image: 'traefik:3', ports: [{ target: 80, published: '80' }] },
    front: { image: 'node:24', labels: rule('front', 'PathPrefix(`/`)', '4200') },
    back: { build: { context: ROOT }, labels: rule('back', 'PathPrefix(`/api`) || PathPrefix(`/cast`)', '80') },
  }
  const adoption = adopt(services)
  expect(adoption.settings).toMatchObject({ APP_PORT: '4200' })
  expect(said(adoption, 'web')[0]).toContain('service front becomes service app')
  expect(said(adoption, 'traefik').join()).toContain('/cast')
})

test('a web server that leads two paths to one service must stay', () => {
  const sources = {
    'nginx/Dockerfile': 'FROM nginx\nCOPY default.conf /etc/nginx/conf.d/\n',
    'nginx/default.conf':
      'server { location / { proxy_pass http://web:3000; } location /api { proxy_pass http://api:1; } location /admin { proxy_pass http://api:1; } }\n',
  }
  const api = { build: { context: `${ROOT}/api` } }
  expect(said(adopt({ web: WEB, api, nginx: NGINX }, { sources }), 'nginx')).toContain(
    'ok: it does more than pass requests on, and stays: it becomes the application',
  )
})

test('data beside the code must be said though a mount of the code covers it, in each service', () => {
  const volumes = [bind('', '/app')]
  const sources = {
    'settings.py': "NAME = 'db.sqlite3'\n",
    'worker/a.py': "NAME = 'jobs.db'\n",
    'worker/Dockerfile': IMAGE,
  }
  const over = { sources, tree: { binds: { [ROOT]: 'folder' as const } } }
  const worker = { build: { context: `${ROOT}/worker` } }
  const adoption = adopt({ web: { ...WEB, volumes }, worker }, over)
  expect(said(adoption, 'data')).toContain(`note: db.sqlite3 beside the code: ${MOVED}`)
  expect(said(adoption, 'worker')).toContain(`note: jobs.db beside the code: ${MOVED}`)
})

test('a service whose image only copies files must be a job', () => {
  const sources = { 'front/Dockerfile': 'FROM node:24\nCMD cp -r build result\n' }
  const front = { build: { context: `${ROOT}/front` } }
  expect(composed(adopt({ web: WEB, front }, { sources })).services['front']).toMatchObject({ restart: 'no' })
})

test('each web server must start again with those that it looks up', () => {
  const sources = {
    'nginx/Dockerfile': 'FROM nginx\nCOPY default.conf /etc/nginx/conf.d/\n',
    'nginx/default.conf': 'server { add_header A b; location / { proxy_pass http://tool:1; } }\n',
  }
  const nginx = { ...NGINX, ports: [{ target: 81, published: '81' }] }
  const adoption = adopt(
    { web: WEB, tool: { build: { context: `${ROOT}/tool` } }, nginx },
    { sources, tree: { service: 'web' } },
  )
  expect(composed(adoption).services['nginx']?.['depends_on']).toEqual({
    tool: { condition: 'service_started', restart: true },
  })
})

const POOL = (more: string) => ({
  'nginx/Dockerfile': 'FROM nginx\nCOPY default.conf /etc/nginx/conf.d/\n',
  'nginx/default.conf': `upstream all { ${more} server one:3000; server two:3000; }\nserver { location / { proxy_pass http://all; } }\n`,
})
const ONE: Service = { build: { context: ROOT } }
test.each([
  ['they are the same', '', { ...ONE, container_name: 'second' }, '2'],
  ['each shows a name of its own', '', { ...ONE, hostname: 'second' }, undefined],
  ['each client stays with one', 'ip_hash;', { ...ONE }, undefined],
  ['each has settings of its own', '', { ...ONE, environment: { NAME: 'two' } }, undefined],
])('REPLICAS must take the place of services behind one pool only where %s', (_, more, two, replicas) => {
  const adoption = adopt({ one: ONE, two, nginx: NGINX }, { sources: POOL(more) })
  expect(adoption.settings['REPLICAS']).toBe(replicas)
  expect('two' in composed(adoption).services).toBe(replicas === undefined)
  if (replicas)
    expect(composed(adoption).services['app']).toMatchObject({
      networks: { default: { aliases: ['one', 'two', 'second'] } },
    })
})

test('what copies behind one pool lose must be said: their shares, and the published ports of each', () => {
  const open = (published: string): Service => ({ ...ONE, ports: [{ target: 3000, published }] })
  const sources = POOL('')
  const conf = sources['nginx/default.conf'].replace('one:3000;', 'one:3000 weight=3;')
  const services = { one: open('3001'), two: open('3002'), nginx: NGINX }
  const adoption = adopt(services, { sources: { ...sources, 'nginx/default.conf': conf } })
  expect(said(adoption, 'nginx')).toContain(
    'note: two is as one: REPLICAS=2, with equal shares: one:3000 weight=3 (nginx/default.conf:1) is left out',
  )
  for (const name of ['one', 'two'])
    expect(said(adoption, name)).toContain(
      'note: ports[3000/tcp]: not published: the other services reach it, and what calls it from outside, such as a browser, no longer does',
    )
})

test.each([
  ['its variables', 'ENV POSTGRES_PASSWORD=x\n'],
  ['its name', 'EXPOSE 5432\n'],
])('a database that is built on an image which nobody has seen must be known by %s', (_, more) => {
  const sources = { 'db/Dockerfile': `FROM postgres:16\n${more}COPY a.sql /docker-entrypoint-initdb.d/\n` }
  const adoption = adopt({ web: WEB, db: { build: { context: `${ROOT}/db` } } }, { sources })
  expect(composed(adoption).services['db']).toMatchObject({
    ...{ 'x-snapshot': 'postgresql', volumes: ['db-data:/var/lib/postgresql/data'] },
  })
  const dump = { 'db/Dockerfile': 'FROM postgres:16\nENV PGHOST=db\nCMD ["sh", "-c", "pg_dump"]\n' }
  const other = adopt({ web: WEB, dump: { build: { context: `${ROOT}/db` } } }, { sources: dump })
  expect(composed(other).services['dump']).not.toHaveProperty('x-snapshot')
})

test.each([
  ['fetch("http://localhost:8888/people")', true],
  ["const to = 'http://' + location.hostname + ':8888/people'", true],
  ['console.log("http://localhost:8888")', false],
  ['fetch("http://localhost:8889/people")', false],
])('pages that call a service at a port which it has no more must be named: %s', (line, isSaid) => {
  const sources = {
    'n.conf': 'server { location / { proxy_pass http://api:3000; } }',
    ...{ 'api/Dockerfile': IMAGE, 'api/a.js': line, 'pages/Dockerfile': 'FROM nginx\nCOPY . /usr/share/nginx/html\n' },
    'pages/script.js': `\n${line}\n`,
  }
  const built = (folder: string, port: string): Service => ({
    build: { context: `${ROOT}/${folder}` },
    ports: [{ target: folder === 'api' ? 3000 : 80, published: port }],
  })
  const volumes = [bind('n.conf', '/etc/nginx/conf.d/default.conf')]
  const nginx: Service = { image: 'nginx', ports: [{ target: 80, published: '80' }], volumes }
  const services = { nginx, api: built('api', '8888'), pages: built('pages', '8000') }
  const adoption = adopt(services, { sources, tree: { binds: { [`${ROOT}/n.conf`]: 'file' } } })
  expect(said(adoption, 'api').some((one) => one.startsWith('note: pages/script.js:2 calls port 8888'))).toBe(isSaid)
})

test('a folder of uploads below one that a constant names must be found there, where a volume has it', () => {
  const text =
    "const data = path.join(__dirname, 'data')\nconst uploadsDir = path.join(data, 'uploads')\nfs.mkdirSync(uploadsDir)\nfs.writeFileSync(path.join(uploadsDir, name), body)\n"
  const saidOf = (target: string) => {
    const web = { ...WEB, volumes: [{ type: 'volume', source: 'kept', target }] }
    const over = { sources: { 'a.js': text, 'package.json': '{}' }, project: { volumes: { kept: null } } }
    return said(adopt({ web }, over), 'data').join()
  }
  expect(saidOf('/app/data')).not.toContain('uploads')
  expect(saidOf('/app/other')).toContain('/app/data/uploads in a volume')
})

test('a job that migrates a database with the code of a service must get no volume for what its pages seem to serve', () => {
  const sources = { 'src/main.ts': "app.useStaticAssets(join(__dirname, '..', 'uploads'))\n", 'package.json': '{}' }
  const api = { build: { context: ROOT } }
  const job = { ...api, command: ['npx', 'sequelize-cli', 'db:migrate'], restart: 'no' }
  const web: Service = { image: 'nginx', ports: [{ target: 80 }] }
  const services = { web, api: { ...api, depends_on: { job: { condition: 'service_completed_successfully' } } }, job }
  const volumesOf = (name: string) => composed(adopt(services, { sources })).services[name]?.['volumes']
  expect(volumesOf('api')).toEqual(['api-uploads:/app/uploads'])
  expect(volumesOf('job')).toBeUndefined()
})
