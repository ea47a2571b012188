import { join } from 'node:path/posix'
import { expect, test } from 'vitest'
import { adopt, bind, composed, EMPTY, IMAGE, projectOf, ROOT, said, WEB } from '../../testing/adoption.ts'
import { planAdoption } from '../plan.ts'
import type { Service } from '../source-tree.ts'
import { MOVED } from './beside.ts'

// What repositories that nobody had seen have shown: each claim is right, or the proposal asks.

test('code that the image lacks must go into it, also where the image has the list of its packages', () => {
  const Dockerfile = 'FROM node:24\nWORKDIR /app\nCOPY package.json yarn.lock /app\nRUN yarn\nCMD ["yarn", "start"]\n'
  const adoption = adopt(
    { web: { ...WEB, volumes: [{ type: 'bind', source: ROOT, target: '/app' }] } },
    {
      sources: { Dockerfile, 'package.json': '{}', 'yarn.lock': '', 'src/a.js': '' },
      tree: { binds: { [ROOT]: 'folder' } },
    },
  )
  expect(adoption.files.find(({ path }) => path === 'dartagnan.app.Dockerfile')?.text).toContain('COPY . /app/')
  expect(said(adoption, 'web').join()).not.toContain('is left out')
})

test('a file of git that stays mounted is one for all releases, and that must be said', () => {
  const source = `${ROOT}/env/.env`
  const adoption = adopt(
    {
      web: WEB,
      worker: { image: 'worker', volumes: [{ type: 'bind', source, target: '/srv/.env', read_only: true }] },
    },
    { sources: { 'env/.env': 'A=1' }, tree: { binds: { [source]: 'file' } } },
  )
  expect(said(adoption, 'worker')).toContain(
    'note: env/.env at /srv/.env stays mounted: a rollback does not bring back what git kept there',
  )
})

test.each([
  ['NODE_ENV', 'development'],
  ['ASPNETCORE_ENVIRONMENT', 'Development '],
  ['APP_DEBUG', 'true'],
  ['DEBUG', '1'],
])('%s=%s must be said', (key, value) => {
  const adoption = adopt({ web: { ...WEB, environment: { [key]: value } } })
  expect(said(adoption, 'web')).toContain(`note: ${key}=${value.trim()}: settings for development`)
})
test.each([
  ['NODE_ENV', 'production'],
  ['DEBUG', 'false'],
  ['DEBUG', 'app:*'],
])('%s=%s is no setting for development', (key, value) => {
  const adoption = adopt({ web: { ...WEB, environment: { [key]: value } } })
  expect(said(adoption, 'web').join()).not.toContain('settings for development')
})

test('HTTPS of ASP.NET without a certificate ends the application at its start', () => {
  const urls = { ASPNETCORE_URLS: 'https://+:443;http://+:80' }
  const found = 'missing: ASPNETCORE_URLS asks for HTTPS, and nothing names a certificate: it would end at its start'
  expect(said(adopt({ web: { ...WEB, environment: urls } }), 'web')).toContain(found)
  const own = { ...urls, ASPNETCORE_Kestrel__Certificates__Default__Path: '/tls/a.pfx' }
  expect(said(adopt({ web: { ...WEB, environment: own } }), 'web')).not.toContain(found)
})
test.each([
  ['aspnet:8.0', {}, true],
  ['aspnet:7.0', {}, false],
  ['aspnet:8.0', { ASPNETCORE_URLS: 'http://+:5000' }, false],
])('a port for HTTPS counts where ASP.NET knows it, and no address stands beside it: %s, %j', (image, more, says) => {
  const sources = { Dockerfile: IMAGE.replace('node:24', `mcr.microsoft.com/dotnet/${image}`) }
  const web = { ...WEB, environment: { ASPNETCORE_HTTPS_PORTS: '443', ...more } }
  expect(said(adopt({ web }, { sources }), 'web').join().includes('asks for HTTPS')).toBe(says)
})

test.each([
  [
    'its command',
    { image: 'postgres:17', command: ['postgres', '-p', '5433'] },
    'pg_isready --quiet --host 127.0.0.1 --port 5433',
  ],
  ['its environment', { image: 'postgres:17', environment: { PGPORT: '5433' } }, 'pg_isready --quiet --host 127.0.0.1'],
  [
    'its command',
    { image: 'mysql:8', command: ['mysqld', '--port=3307'] },
    'mysqladmin --host 127.0.0.1 --port 3307 --silent ping',
  ],
  [
    'its command',
    { image: 'redis:8', command: ['redis-server', '--port', '6380'] },
    'redis-cli -p 6380 ping | grep -q -e PONG -e NOAUTH',
  ],
] as const)('the check of a database with another port in %s must ask that', (_, db, check) => {
  const services = composed(adopt({ web: WEB, db: db as unknown as Service })).services
  expect(services['db']).toMatchObject({ healthcheck: { test: ['CMD-SHELL', check] } })
})

test('a port in the CMD of its Dockerfile must reach the check and the hook', () => {
  const sources = { 'db/Dockerfile': 'FROM postgres:17\nCMD ["postgres", "-p", "5433"]\n' }
  const adoption = adopt({ web: WEB, db: { build: { context: `${ROOT}/db` } } }, { sources })
  expect(composed(adoption).services['db']).toMatchObject({
    command: ['postgres', '-p', '5433'],
    healthcheck: { test: ['CMD-SHELL', 'pg_isready --quiet --host 127.0.0.1 --port 5433'] },
  })
})

test('a web server waits for the health of what it passes requests to, where the project says so', () => {
  const conf = 'server { location / { fastcgi_pass php:9000; } }'
  const source = `${ROOT}/nginx.conf`
  const nginx: Service = {
    image: 'nginx',
    ports: [{ target: 80, published: '80' }],
    volumes: [{ type: 'bind', source, target: '/etc/nginx/conf.d/default.conf' }],
    depends_on: { php: { condition: 'service_healthy' } },
  }
  const adoption = adopt(
    { nginx, php: { build: { context: ROOT }, healthcheck: { test: ['CMD', 'x'] } } },
    { sources: { 'nginx.conf': conf }, tree: { binds: { [source]: 'file' } } },
  )
  expect(composed(adoption).services['app']).toMatchObject({
    depends_on: { php: { condition: 'service_healthy', restart: true } },
  })
})

test('where each folder has a Compose file of its own, the user must choose', () => {
  const rivals = ['b/compose.yaml', 'c/compose.yaml']
  const adoption = adopt({ web: WEB }, { project: { file: 'a/compose.yaml', rivals } })
  expect(adoption.files).toEqual([])
  expect(said(adoption, 'compose')).toContain(
    'missing: a/compose.yaml, b/compose.yaml, c/compose.yaml: each folder has one, and nothing says which is the application',
  )
  // In COMPOSE_FILE, the paths of the others would be ones of the first folder.
  expect(adoption.findings.map(({ mend }) => mend).join()).toContain(
    "echo 'include: [a/compose.yaml, b/compose.yaml, c/compose.yaml]' > compose.yaml ",
  )
})

test('an address of this host in the environment or in build arguments must be said, without its value', () => {
  const db = { API_URL: 'http://localhost:8000', HOST: '0.0.0.0' }
  const build = { context: ROOT, args: { VITE_URL: 'http://127.0.0.1:4000' } }
  expect(said(adopt({ web: { ...WEB, build, environment: db } }), 'web')).toContain(
    'note: localhost in API_URL, VITE_URL: a browser elsewhere, or another container, reaches nothing there',
  )
})

test('what only a port of this host takes is no address for the application, and a switch is no secret', () => {
  const environment = { WEB_BIND: '127.0.0.1', ALLOW_EMPTY_PASSWORD: '1' }
  const raw = { web: { ports: ['$' + '{WEB_BIND}:3000:3000'] } }
  const adoption = adopt({ web: { ...WEB, environment } }, { project: { raw, text: 'ALLOW_EMPTY_PASSWORD: "1"' } })
  expect(said(adoption, 'web').join()).not.toContain('localhost in')
  expect(said(adoption, 'secrets')).toEqual([])
})

test('sample.env is an example of a file of variables', () => {
  const adoption = adopt(
    {},
    {
      project: { problem: 'env file /shop/.env not found' },
      sources: { 'config/sample.env': '' },
    },
  )
  expect(adoption.findings.map(({ mend }) => mend)).toContain(
    'cp config/sample.env .env, correct what they say, then run this again',
  )
})

test('a ready image is not the application where those that are built need a profile', () => {
  const text = 'services:\n  mail: {image: catcher}\n  web:\n    build: .\n    profiles: [web]\n'
  const mail = { image: 'catcher', ports: [{ target: 1080, published: '1080' }] }
  expect(said(adopt({ mail }, { project: { text, profiled: { web: ['prod'] } } }), 'web')).toContain(
    'missing: service mail becomes service app, and those with a profile are not read: web',
  )
})

test('the routes that Traefik has from elsewhere than labels must be said', () => {
  const traefik = {
    image: 'traefik',
    command: ['--providers.docker=true', '--providers.file.directory=/x'],
    ports: [{ target: 80 }],
  }
  const web = { ...WEB, labels: { 'traefik.http.routers.web.rule': 'Host(`a.b`)' } }
  expect(said(adopt({ traefik, web }), 'traefik')).toContain(
    'missing: its routes of other providers are not read: file',
  )
})

test('the folder of uploads lies where the mount puts the code', () => {
  const sources = {
    'tool/Dockerfile': 'FROM php\nWORKDIR /var/www/html\nCMD ["x"]\n',
    'backend/bootstrap/app.php': '',
    'backend/artisan': '',
  }
  const volumes = [{ type: 'bind', source: `${ROOT}/backend`, target: '/var/www/html' }]
  const worker = { build: { context: ROOT, dockerfile: 'tool/Dockerfile' }, volumes }
  const adoption = adopt(
    { web: { image: 'web', ports: WEB.ports ?? [] }, worker },
    { sources, tree: { binds: { [`${ROOT}/backend`]: 'folder' } } },
  )
  expect(said(adoption, 'worker')).toContain('ok: /var/www/html/storage/app in the volume worker-app')
  expect(composed(adoption).services['worker']?.['volumes']).toEqual(['worker-app:/var/www/html/storage/app'])
})

test.each([
  ['a.js', `const db = connect(${['process', 'env'].join('.')}.MONGO_URI)`, 'MONGO_URI'],
  ['src/main.rs', 'let url = env::var("DATABASE_URL").expect("is not set");', 'DATABASE_URL'],
  ['app.py', '# os.environ["PG_HOST"]\nhost = os.environ["DB_HOST"]', 'DB_HOST'],
])('%s asks for a server that no Compose file has', (file, text, name) => {
  const found = `note: the code reads ${name}, and nothing here says what they are: no image has its .env`
  expect(said(adopt({}, { sources: { [file]: text }, tree: { compose: undefined } }), 'environment')).toEqual([found])
  expect(said(adopt({ web: WEB }, { sources: { [file]: text } }), 'environment')).toEqual([])
})

test('a named volume over a folder of data must stay, whatever few files the image has there', () => {
  const Dockerfile = 'FROM php\nWORKDIR /app\nCOPY . .\nCMD ["x"]\n'
  const volumes = [{ type: 'volume', source: 'kept', target: '/app/storage' }]
  const mounts = (file: string) => {
    const adoption = adopt({ web: { ...WEB, volumes } }, { sources: { Dockerfile, [file]: '' } })
    return composed(adoption).services['app']?.['volumes']
  }
  expect(mounts('storage/states.json')).toEqual(['kept:/app/storage'])
  expect(mounts('storage/states.php')).toBeUndefined()
})

test('labels and names of networks by which another project reaches this one must be said to be lost', () => {
  const labels = { 'traefik.http.services.shop.loadbalancer.server.port': '3000', 'traefik.enable': 'true' }
  const web = { image: 'acme/shop', labels, networks: { edge: null } }
  const adoption = adopt({ web }, { project: { networks: { edge: { name: 'proxy' } } } })
  expect(adoption.settings['APP_PORT']).toBe('3000')
  expect(said(adoption, 'web')).toContainEqual(expect.stringMatching(/^note: labels\[traefik.*: labels are left out$/))
  expect(said(adoption, 'networks')).toEqual([expect.stringMatching(/^note: edge: it has a name of its own/)])
  const own = adopt({ web }, { project: { networks: { edge: { name: 'shop_edge' } } } })
  expect(said(own, 'networks')).toEqual([])
})

test('a variable with a path must stay as it is where the project mounts a volume', () => {
  const code = 'const file = process.env.DB_PATH || "./data/app.db"'
  const volumes = [{ type: 'volume', source: 'data', target: '/app/data' }]
  const environment = (more: object) =>
    composed(adopt({ web: { ...WEB, ...more } }, { sources: { 'a.js': code } })).services['app']?.['environment']
  expect(environment({})).toEqual({ DB_PATH: '/data/app.db' })
  expect(environment({ volumes })).toEqual({})
})

test('paths above the context of a build begin at the context', () => {
  const Dockerfile = 'FROM node:24\nCOPY ../src ./\nCMD ["x"]\n'
  expect(said(adopt({ web: WEB }, { sources: { Dockerfile, 'src/a.js': '' } }), 'Dockerfile')).toEqual([
    'ok: Dockerfile, from node:24',
  ])
})

test("Laravel's routes for programs lie below another path", () => {
  const adoption = adopt({ web: WEB }, { sources: { 'routes/api.php': "Route::get('/status', f);" } })
  expect(said(adoption, 'health path')).toEqual([expect.stringContaining('(/status): any answer')])
})

test('a folder that the image calls data is data, though git keeps an example of it', () => {
  const Dockerfile = 'FROM node:24\nWORKDIR /app\nVOLUME /app/kept\nCMD ["x"]\n'
  const source = `${ROOT}/kept`
  const code = 'const file = "./kept/a.sqlite3"'
  const adoption = adopt(
    { web: { ...WEB, volumes: [{ type: 'bind', source, target: '/app/kept' }] } },
    { sources: { Dockerfile, 'kept/data.json.example': '', 'a.js': code }, tree: { binds: { [source]: 'folder' } } },
  )
  expect(composed(adoption).services['app']?.['volumes']).toEqual(['web-kept:/app/kept'])
  expect(adoption.files.map(({ path }) => path)).toEqual(['dartagnan.compose.yaml'])
  expect(said(adoption, 'data')).toEqual(['ok: /app/kept in a volume'])
})

// The third round: thirty more.

test('code that the mount puts at another place than the image is not in the image', () => {
  const Dockerfile = 'FROM php:8.2-fpm\nADD . /var/www/html/\n'
  const web = { build: { context: `${ROOT}/docker` }, volumes: [bind('', '/var/www/html')] }
  const tree = { binds: { [ROOT]: 'folder' as const } }
  const sources = { 'docker/Dockerfile': Dockerfile, 'public/index.php': '' }
  expect(said(adopt({ web: WEB, php: web }, { sources, tree }), 'php').join()).toContain('. goes into the image')
  const inner = { build: { context: ROOT, dockerfile: 'Inner' }, volumes: [bind('', '/code')] }
  const moved = { Inner: 'FROM python\nADD ./back /code\n', 'back/server.py': '' }
  expect(said(adopt({ web: WEB, pod: inner }, { sources: moved, tree }), 'pod').join()).toContain('goes into the image')
})

test('pages that a build has put beside a web server are no data', () => {
  const found = adopt({
    web: { image: 'nginx', ports: [{ target: 80 }], volumes: [bind('/app', '/usr/share/nginx/html')] },
  })
  expect(said(found, 'web').join()).toContain('git does not keep: no version would have it')
  expect(composed(found).services['app']).not.toHaveProperty('volumes')
})

test('configuration that git does not keep must stay mounted, and be made of its example where it is not there', () => {
  const mount = bind('site.conf', '/etc/nginx/nginx.conf')
  const found = (there: 'file' | 'missing') =>
    adopt(
      { web: WEB, x: { image: 'nginx', volumes: [mount] } },
      { sources: { 'site.conf.example': '' }, tree: { binds: { [mount.source]: there } } },
    )
  expect(said(found('file'), 'x')).toContain(
    'note: site.conf at /etc/nginx/nginx.conf stays mounted, read-only: git does not keep it, and another host needs it',
  )
  expect(found('missing').findings.find(({ found: one }) => one.includes('site.conf does not exist'))?.mend).toMatch(
    /^cp site.conf.example site.conf,/,
  )
})

test('uploads that a web server has from within the data of another service are one volume in both', () => {
  const api = { ...WEB, volumes: [bind('storage', '/app/storage')] }
  const web = { image: 'nginx', volumes: [bind('storage/uploads', '/var/www/uploads', { read_only: true })] }
  const binds = { [join(ROOT, 'storage')]: 'folder', [join(ROOT, 'storage/uploads')]: 'folder' } as const
  const adoption = adopt({ api, web }, { sources: { 'storage/uploads/.gitkeep': '' }, tree: { binds } })
  expect(adoption.findings.filter(({ verdict }) => verdict === 'missing')).toEqual([])
  const { app, web: server } = composed(adoption).services
  expect(app?.['volumes']).toContain('api-uploads:/app/storage/uploads')
  expect(server?.['volumes']).toEqual(['api-uploads:/var/www/uploads:ro'])
})

test('a folder in another one that is data, too, would be two volumes', () => {
  const volumes = [bind('/data', '/data'), bind('/data/images', '/img')]
  expect(said(adopt({ web: { ...WEB, volumes } }), 'web')).toContain(
    'missing: data/images lies in data, and each has a volume of its own: what is written to one is not in the other',
  )
})

test('nor must one of the data of a server be, which has them for itself', () => {
  const web = { ...WEB, volumes: [bind('data', '/var/shop')] }
  const db = { image: 'postgres:12', volumes: [bind('data/db', '/var/lib/postgresql/data')] }
  const binds = { [`${ROOT}/data`]: 'folder' as const, [`${ROOT}/data/db`]: 'folder' as const }
  const adoption = adopt({ web, db }, { tree: { binds } })
  expect(said(adoption, 'db').join()).not.toContain('lies in')
  const copies = adoption.copies.filter((line) => line.includes('web-shop:/to'))
  expect(copies.map((line) => line.replace(/.* -/, '-'))).toEqual(['-a /from/. /to/', '-rf /to/db'])
})

test('a folder of code that is mounted for the output of a job is asked about, and has no packages for it', () => {
  const setup = { build: { context: `${ROOT}/setup` }, volumes: [bind('.', '/output')], restart: 'no' }
  const sources = { 'setup/Dockerfile': 'FROM alpine\nENTRYPOINT ["sh"]\n', 'package.json': '{}', 'a.js': '' }
  const adoption = adopt({ web: WEB, setup }, { sources, tree: { binds: { [ROOT]: 'folder' } } })
  const found = '. goes into the image, at /output: what the service writes there ends with each version'
  expect(said(adoption, 'setup')).toContain(`note: ${found}`)
  expect(said(adoption, 'setup').join()).not.toContain('package.json')
})

test('a folder of git without code, to which a service may write, is asked about', () => {
  const source = bind('/backup', '/backup')
  const over = { sources: { 'backup/demo.dump': '' }, tree: { binds: { [source.source]: 'folder' as const } } }
  const found = 'note: backup goes into the image, at /backup: what the service writes there ends with each version'
  expect(said(adopt({ web: WEB, db: { image: 'mongo', volumes: [source] } }, over), 'db')).toContain(found)
  const moves = { ...over, sources: { 'backup/1.sql': '' } }
  expect(said(adopt({ web: WEB, migrate: { image: 'goose', volumes: [source] } }, moves), 'migrate')).not.toContain(
    found,
  )
  const readOnly = { image: 'mongo', volumes: [{ ...source, read_only: true }] }
  expect(said(adopt({ web: WEB, db: readOnly }, over), 'db')).not.toContain(found)
})

test('what Django and Spring keep where they start is named', () => {
  const Dockerfile = 'FROM python:3\nWORKDIR /app\nCOPY . .\nCMD ["gunicorn"]\n'
  const django = {
    Dockerfile,
    'manage.py': '',
    'shop/models.py': "  image = ThumbImageField(null=True, upload_to='images')",
  }
  expect(said(adopt({ web: WEB }, { sources: django }), 'data').join()).toContain('/app/images in a volume')
  const settings = { ...django, 'settings.py': "MEDIA_ROOT = BASE_DIR / 'media'" }
  expect(said(adopt({ web: WEB }, { sources: settings }), 'data').join()).not.toContain('/app/images')
  const spring = { Dockerfile, 'Web.java': 'registry.addResourceLocations("file:./uploads/");' }
  expect(said(adopt({ web: WEB }, { sources: spring }), 'data').join()).toContain('/app/uploads in a volume')
})

test('a service beside the application must have a volume where its code keeps data, unless it has one', () => {
  const sources = {
    'api/Dockerfile': 'FROM node\nWORKDIR /app\nCOPY . .\nCMD ["node", "a.js"]\n',
    'api/a.js': "fs.writeFileSync('data/all.json', text)\nmulter({ dest: 'data/uploads/' })\n",
  }
  const api: Service = { build: { context: `${ROOT}/api` } }
  const of = (one: Service) => composed(adopt({ web: WEB, api: one }, { sources })).services['api']?.['volumes']
  expect(of(api)).toEqual(['api-data:/app/data'])
  expect(of({ ...api, volumes: [{ type: 'volume', source: 'own', target: '/app/data' }] })).toEqual(['own:/app/data'])
})

test('folders of one name must have a volume each, in the application and beside it', () => {
  const four = ['a', 'b', 'c', 'd'].map((name) => `multer({ dest: 'src/${name}/uploads/' })\n`).join('')
  const sources = { 'api/Dockerfile': 'FROM node\nWORKDIR /app\nCOPY . .\nCMD ["node", "a.js"]\n', 'api/a.js': four }
  const api: Service = { build: { context: `${ROOT}/api` }, ports: [{ target: 80 }] }
  for (const services of [{ api }, { web: WEB, api }]) {
    const { services: proposed } = composed(adopt(services, { sources }))
    const volumes = (proposed['api'] ?? proposed['app'])?.['volumes'] as string[]
    expect(new Set(volumes.map((one) => one.split(':')[0])).size).toBe(4)
  }
})

test('pages that are mounted below the folder of pages have another path', () => {
  const web: Service = { image: 'php:8-apache', ports: [{ target: 80 }], volumes: [bind('', '/var/www/html/shop')] }
  const over = { sources: { 'index.html': '', 'a.php': '' }, tree: { binds: { [ROOT]: 'folder' as const } } }
  expect(adopt({ web }, over).settings['HEALTH_PATH']).toBe('*')
})

test('a worker with the code of the application must have its volume for what users send, where a model has a file', () => {
  const Dockerfile = 'FROM python:3\nWORKDIR /app\nCOPY . .\nCMD ["gunicorn"]\n'
  const sources = { Dockerfile, 'manage.py': '', 'shop/settings.py': "MEDIA_ROOT = BASE_DIR / 'media'" }
  const worker: Service = { build: { context: ROOT }, command: ['celery', 'worker'] }
  const of = (more: Record<string, string>) => {
    const { app, worker: beside } = composed(adopt({ web: WEB, worker }, { sources: { ...sources, ...more } })).services
    return [app?.['volumes'], beside?.['volumes']]
  }
  expect(of({})).toEqual([['data:/app/media'], undefined])
  expect(of({ 'shop/models.py': 'image = models.ImageField()' })).toEqual(Array(2).fill(['data:/app/media']))
})

test('a service whose name ends like a file of data is none', () => {
  const worker: Service = { build: { context: ROOT }, environment: { POSTGRES_HOST: 'shop.db', FILE: 'own.db' } }
  const adoption = adopt({ web: WEB, 'shop.db': { image: 'postgres' }, worker }, { sources: { 'a.js': '' } })
  const found = said(adoption, 'worker').filter((one) => one.includes('which lies in no volume'))
  expect(found).toEqual([expect.stringContaining('FILE names /app/own.db')])
})

test('PHP-FPM speaks no HTTP, and an image that names its own host as a database needs one', () => {
  const Dockerfile = 'FROM php:8-fpm\nENV DATABASE_URL=mysql://a@127.0.0.1/a\nCOPY . /app\nEXPOSE 9000\n'
  const adoption = planAdoption({ ...EMPTY, sources: { Dockerfile }, files: ['Dockerfile'], tracked: ['Dockerfile'] })
  expect(said(adoption, 'port').join()).toContain('missing: 9000 is where PHP-FPM speaks FastCGI')
  expect(said(adoption, 'environment').join()).toContain('DATABASE_URL')
})

test('a web server that only points to HTTPS answers nothing over HTTP', () => {
  const text = 'server { listen 80; location / { return 301 https://$host$request_uri; } }'
  const volumes = [bind('/a.conf', '/etc/nginx/conf.d/default.conf')]
  const over = { sources: { 'a.conf': text }, tree: { binds: { [`${ROOT}/a.conf`]: 'file' as const } } }
  const found = adopt({ web: { image: 'nginx', ports: [{ target: 80 }], volumes } }, over)
  expect(said(found, 'web').join()).toContain('over HTTP it only points to HTTPS')
})

test.each([
  ['yarn.lock*', false],
  ['dist/*', true],
])('a build whose %s is not there fails: %s', (path, fails) => {
  const Dockerfile = `FROM node\nCOPY ${path} /app/\nEXPOSE 3000\nCMD ["node", "a.js"]\n`
  expect(
    said(adopt({ web: WEB }, { sources: { Dockerfile } }), 'Dockerfile')
      .join()
      .includes('copies'),
  ).toBe(fails)
})

test('a text of several lines stays where it is, and a variable that only a profile needs decides nothing', () => {
  const project = { written: '  A: |\n    one\n    two\n', unset: ['DOMAIN'], raw: { caddy: { command: '$DOMAIN' } } }
  const found = adopt({ web: { ...WEB, environment: { A: 'one\ntwo\n' } } }, { project })
  expect(composed(found).services['app']).toMatchObject({ environment: { A: 'one\ntwo\n' } })
  expect(said(found, 'compose')).toContain('note: variables without a value: DOMAIN')
})

test('a file of SQLite that a variable names is in a volume, or that is said', () => {
  const environment = { DATABASE_URL: 'file:./demo.db', CACHE: 'sqlite:////tmp/a.db' }
  const found = `note: DATABASE_URL names /app/demo.db, which lies in no volume: ${MOVED}`
  expect(said(adopt({ web: { ...WEB, environment } }), 'web')).toContain(found)
  const volumes = [{ type: 'volume', source: 'all', target: '/app/data' }]
  const held = { ...WEB, volumes, environment: { DATABASE_URL: 'sqlite:///data/demo.db' } }
  expect(said(adopt({ web: held }), 'web').join()).not.toContain('in no volume')
})

test('a secret that a build takes from a variable is not written into the file for git', () => {
  const build = { context: ROOT, args: { SECRET: 'not-for-git', MODE: 'a' } }
  const raw = { web: { build: { args: [`SECRET=\${SECRET}`, `MODE=\${MODE}`] } } }
  const adoption = adopt({ web: { ...WEB, build } }, { project: { raw, given: { SECRET: 'not-for-git', MODE: 'a' } } })
  expect(composed(adoption).services['app']).toMatchObject({ build: { args: { SECRET: `\${APP_SECRET}`, MODE: 'a' } } })
  expect(adoption.secrets['APP_SECRET']).toBe('not-for-git')
})

test('a service that only runs tests is no part of what serves, unless something waits for it or keeps it running', () => {
  const tests = { build: { context: ROOT }, command: ['npm', 'run', 'test'] }
  const adoption = adopt({ web: WEB, tests })
  expect(said(adoption, 'compose')).toContain('note: left out, because it only runs tests, and ends: tests')
  expect(Object.keys(composed(adoption).services)).toEqual(['app'])
  for (const kept of [{ restart: 'always' }, { command: ['sh', '-c', 'npm test && npm start'] }])
    expect(composed(adopt({ web: WEB, tests: { ...tests, ...kept } })).services).toHaveProperty('tests')
  const web = { ...WEB, depends_on: { tests: { condition: 'service_completed_successfully' } } }
  expect(said(adopt({ web, tests }), 'tests')).toContain('note: npm run test: it runs tests')
})

test('a Dockerfile outside of its context is read, and labels that are left out decide nothing', () => {
  const web = { ...WEB, build: { context: `${ROOT}/back`, dockerfile: '../docker/Dockerfile.x' }, labels: {} }
  const sources = { 'docker/Dockerfile.x': IMAGE, 'back/a.js': '' }
  const project = { unset: ['DOMAIN'], raw: { web: { labels: [`rule=\${DOMAIN}`] } } }
  const found = adopt({ web }, { sources, project })
  expect(said(found, 'Dockerfile').join()).toContain('ok: docker/Dockerfile.x')
  expect(said(found, 'compose')).toContain('note: variables without a value: DOMAIN')
})

test('a folder for data that a variable of another service names is said', () => {
  const ai = { build: { context: ROOT, args: { A: '1' } }, environment: { STORAGE_PATH: '/app/storage' } }
  expect(said(adopt({ web: WEB, ai }), 'ai').join()).toContain(
    'STORAGE_PATH names /app/storage, which lies in no volume',
  )
})

test('a repository of code from which nothing is built is said', () => {
  const compose = projectOf({ cloud: { image: 'localstack', ports: [{ target: 4566 }] } })
  const planned = (files: string[]) =>
    said(
      planAdoption({ ...EMPTY, files, sources: Object.fromEntries(files.map((file) => [file, ''])), compose }),
      'compose',
    ).join()
  expect(planned(['src/handler.py'])).toContain('not the code of this repository')
  expect(planned(['settings.conf'])).not.toContain('not the code of this repository')
})

test('a folder of uploads beside the package is where Python says', () => {
  const text = "UPLOAD_FOLDER = os.path.join(os.path.dirname(os.path.dirname(__file__)), 'uploads')"
  const Dockerfile = 'FROM python:3\nWORKDIR /app\nCOPY . .\nCMD ["gunicorn"]\n'
  const found = adopt({ web: WEB }, { sources: { Dockerfile, 'app/config.py': text } })
  expect(said(found, 'data').join()).toContain('note: /app/uploads in a volume')
})

test('a file of a secret or a config that is not there must be said, and one outside of the repository not be judged', () => {
  const web: Service = { ...WEB, secrets: [{ source: 'a' }, { source: 'out' }], configs: [{ source: 'b' }] }
  const secrets = { a: { file: `${ROOT}/a.txt` }, out: { file: '/etc/out' } }
  const project = { secrets, configs: { b: { file: `${ROOT}/conf/b.ini` } } }
  const { findings } = adopt({ web }, { project, tree: { binds: { [`${ROOT}/conf/b.ini`]: 'missing' } } })
  const found = findings.flatMap((one) =>
    /secrets|configs/.test(one.check) ? [[one.verdict, one.found, one.where]] : [],
  )
  expect(found).toEqual([
    ['missing', 'a: a.txt does not exist', 'compose.yaml'],
    ['note', 'out: /etc/out is outside of this repository, and nobody has looked there', 'compose.yaml'],
    ['missing', 'b: conf/b.ini does not exist', 'compose.yaml'],
  ])
})

test('the third slash of an address of SQLite must begin an absolute path, but for Python', () => {
  const volumes = [{ type: 'volume', source: 'kept', target: '/app/data' }]
  const web = { ...WEB, volumes, environment: { DATABASE_URL: 'sqlite:///app/data/shop.db' } }
  expect(said(adopt({ web }, { sources: { 'a.ts': '' } }), 'web').join()).not.toContain('in no volume')
  expect(said(adopt({ web }, { sources: { 'a.py': '' } }), 'web').join()).toContain('names /app/app/data/shop.db')
})

test('of a service whose Dockerfile is not there, no more must be said than that', () => {
  const environment = { DATABASE_URL: 'sqlite:///./data/shop.db' }
  const volumes = [bind('api', '/app'), bind('data', '/app/data')]
  const api: Service = { build: { context: `${ROOT}/api` }, environment, volumes }
  const tree = { binds: { [`${ROOT}/api`]: 'folder', [`${ROOT}/data`]: 'missing' } } as const
  const sources = { 'api/a.py': '', 'api/requirements.txt': 'flask\n' }
  const found = said(adopt({ web: WEB, api }, { sources, tree }), 'api')
  expect(found.filter((one) => one.startsWith('missing'))).toEqual(['missing: its build has no api/Dockerfile'])
})

test('what another stage has built must be no data that a variable names, nor a home, nor a folder of another host', () => {
  const Dockerfile = `FROM node AS made\nCOPY . .\n${IMAGE}COPY --from=made /dist /srv/dist\n`
  const other: Service = {
    build: { context: ROOT },
    environment: { PAGES_DIR: '/srv/dist', MORE_DIR: '/srv/more', HOME: '/home/shop', SHOP_REMOTE_DIR: '/srv/theirs' },
  }
  expect(said(adopt({ web: WEB, other }, { sources: { Dockerfile } }), 'other')).toContain(
    'note: MORE_DIR=/srv/more: in no volume',
  )
})

test('an application of Django must be no database, whatever its name is', () => {
  const sources = { 'a.py': "OTHER_APPS: list = [\n    'health_check',\n    'health_check.db',\n]\n" }
  expect(said(adopt({ web: WEB }, { sources }), 'data')).toEqual([])
})

test('the mount of what users send must not be called code', () => {
  const sources = { 'uploads/a.png': '' }
  const adoption = adopt(
    { web: { ...WEB, volumes: [bind('uploads', '/app/uploads')] } },
    { sources, tree: { binds: { [`${ROOT}/uploads`]: 'folder' } } },
  )
  expect(said(adoption, 'web')).toContain(
    'note: the mount of uploads over /app/uploads is left out: the image has what git keeps there',
  )
})

test.each([
  [{ DATABASE_ENABLED: 'false' }, false],
  [{ DATABASE_ENABLED: 'true' }, true],
  [{ DB_TYPE: 'postgres' }, false],
  [{ DB_TYPE: 'postgres', QUEUE_PATH: './shop.db', DATABASE_PATH: '' }, true],
])('a file of SQLite that a variable names must be said unless another one switches it off: %j', (more, isSaid) => {
  const environment = { DATABASE_PATH: './shop.db', ...more }
  const found = said(adopt({ web: { ...WEB, environment } }, { sources: { 'a.js': "open('shop.db')" } }), 'web').join()
  expect(found.includes('_PATH names /app/shop.db')).toBe(isSaid)
})

test('a folder to which users send must be a volume in all services, also where git keeps examples that no image has', () => {
  const sources = {
    Dockerfile: 'FROM python\nWORKDIR /app\nCOPY . .\nCMD ["python", "a.py"]\n',
    'a.py': "UPLOAD_DIR = '/app/documents'\n",
    ...{ 'documents/first.txt': '', '.dockerignore': 'documents\n', 'editor/Dockerfile': 'FROM debian\n' },
  }
  const editor = { build: { context: `${ROOT}/editor` }, volumes: [bind('documents', '/srv/texts')] }
  const tree = { binds: { [`${ROOT}/documents`]: 'folder' as const } }
  const adoption = adopt({ web: { ...WEB, volumes: [bind('documents', '/app/documents')] }, editor }, { sources, tree })
  const { app, editor: other } = composed(adoption).services
  expect(app?.['volumes']).toEqual(['web-documents:/app/documents'])
  expect(other?.['volumes']).toEqual(['web-documents:/srv/texts'])
  expect(adoption.findings.map(({ found }) => found).join()).not.toContain('is code')
  expect(said(adoption, 'web').join()).toContain('git keeps documents/first.txt of what users send, /app/documents')
})

test('what a submodule has must be code, and no volume', () => {
  const sources = { '.gitmodules': '[submodule "lib"]\n  path = lib\n' }
  const tree = { binds: { [`${ROOT}/lib/src`]: 'folder' as const } }
  const web = { image: 'python:3', ports: [{ target: 80 }], volumes: [bind('lib/src', '/app/lib')] }
  const adoption = adopt({ web }, { sources, tree })
  expect(composed(adoption).services['app']).not.toHaveProperty('volumes')
  expect(said(adoption, 'git').join()).toContain('missing: lib: git keeps submodules in other repositories')
})

test('a folder of uploads that the settings for production name must win, and a list of what nobody wants is no database', () => {
  const sources = {
    ...{ 'manage.py': '', 'shop/settings/base.py': "MEDIA_ROOT = BASE_DIR / 'media'" },
    ...{ 'shop/settings/production.py': "MEDIA_ROOT = '/srv/media'", 'docs/conf.py': "exclude = ['Thumbs.db']" },
  }
  expect(said(adopt({ web: WEB }, { sources }), 'data')).toEqual(['ok: /srv/media in a volume'])
})

test.each([
  ['["prehook", "yarn build", "--"]', {}, true],
  ['["yarn", "dev"]', {}, false],
  [
    '["prehook", "yarn build", "--"]',
    { files: { image: 'nginx', volumes: [bind('dist', '/srv', { read_only: true })] } },
    false,
  ],
])(
  'a folder that the start makes by %s must not be missing, unless another service has it: %j',
  (start, others, isMade) => {
    const web = { ...WEB, command: ['yarn', 'dev'], volumes: [bind('dist', '/app/dist')] }
    const sources = { Dockerfile: `${IMAGE}ENTRYPOINT ${start}\n` }
    const text = said(adopt({ web, ...others }, { sources }), 'web').join()
    expect([text.includes('no version would have it'), text.includes('each start builds')]).toEqual([!isMade, isMade])
  },
)

test('a cache that speaks the protocol of Redis must ask for no volume', () => {
  const ports = [{ target: 6379, published: '6379' }]
  const cache = { image: 'acme/dragonfly', command: ['dragonfly', '--cache_mode=true'], ports }
  expect(said(adopt({ web: WEB, cache }), 'cache').join()).not.toContain('in no volume')
  expect(said(adopt({ web: WEB, cache: { ...cache, command: ['dragonfly'] } }), 'cache').join()).toContain(
    'in no volume',
  )
})

test.each([
  ['COPY src .', false],
  ['COPY . .', true],
  ['COPY deploy/a.sh .', true],
])('a submodule must be missing where a Dockerfile copies it: %s', (line, isMissing) => {
  const sources = {
    Dockerfile: `FROM node:24\nWORKDIR /app\n${line}\n`,
    '.gitmodules': '[submodule "d"]\n\tpath = deploy\n',
  }
  expect(
    said(adopt({ web: WEB }, { sources }), 'git')
      .join()
      .includes('submodules'),
  ).toBe(isMissing)
})

test('what watches data must be no server for development, and a key called localhost no address', () => {
  const environment = { SSL_CERT_PATH: '/certs/localhost-key.pem' }
  const job = { build: { context: ROOT }, command: ['python', 'export.py', '--watch'], environment }
  const text = said(adopt({ web: WEB, job }), 'job').join()
  expect(text).not.toMatch(/for development|localhost in/)
})

test('a service that calls a tool without saying what for is no part of what serves, unless something waits for it', () => {
  const tools = {
    composer: { image: 'composer:2' },
    npm: { image: 'node:24', entrypoint: ['npm'] },
    artisan: { build: { context: ROOT }, entrypoint: ['php', '/var/www/artisan'] },
  }
  const adoption = adopt({ web: WEB, ...tools })
  expect(Object.keys(composed(adoption).services)).toEqual(['app'])
  expect(said(adoption, 'compose').join()).toContain('such a tool is to do, and it ends: composer, npm, artisan')
  const work = { ...tools.artisan, command: ['queue:work'] }
  expect(composed(adopt({ web: WEB, work })).services).toHaveProperty('work')
  const web = { ...WEB, depends_on: { npm: { condition: 'service_started' } } }
  expect(composed(adopt({ web, ...tools })).services).toHaveProperty('npm')
})
