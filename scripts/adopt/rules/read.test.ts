import { expect, test } from 'vitest'
import { adopt, bind, composed, EMPTY, IMAGE, ROOT, said, WEB } from '../../testing/adoption.ts'
import { planAdoption } from '../plan.ts'
import type { Service } from '../source-tree.ts'

// What people saw who read a hundred repositories beside what was said of them.

const volumesOf = (adoption: ReturnType<typeof adopt>, name: string) => composed(adoption).services[name]?.['volumes']

test('a volume for data must not take the name of one that its author has', () => {
  const db: Service = {
    image: 'postgres:17',
    volumes: [{ type: 'volume', source: 'db-data', target: '/var/lib/postgresql' }],
  }
  const adoption = adopt({ web: WEB, db }, { project: { volumes: { 'db-data': null } } })
  expect(volumesOf(adoption, 'db')).toEqual([
    'db-data:/var/lib/postgresql',
    'db-var-lib-postgresql-data:/var/lib/postgresql/data',
  ])
})

test.each(['migrations', 'db-init', 'seed'])('a service called %s must end, also where nothing says so', (name) => {
  const job: Service = { build: { context: `${ROOT}/job` } }
  const sources = { 'job/Dockerfile': 'FROM node:24\nCMD ["./set-up.sh"]\n' }
  expect(composed(adopt({ web: WEB, [name]: job }, { sources })).services[name]?.['restart']).toBe('no')
})

const BARE = 'FROM node:24\nWORKDIR /app\n'
test.each([
  ['RUN yarn global add nodemon', true],
  ['RUN npm install nodemon -g', true],
  ['RUN npm install', true],
  ['COPY package.json .\nRUN npm install', false],
])('an image with nothing but "%s" has no packages of the list beside its code', (run, isMissing) => {
  const Dockerfile = `${BARE}${run}\nCMD ["yarn", "start"]\n`
  const over = {
    sources: { Dockerfile, 'package.json': '{}', 'a.js': '' },
    tree: { binds: { [ROOT]: 'folder' as const } },
  }
  const says = said(adopt({ web: { ...WEB, volumes: [bind('.', '/app')] } }, over), 'web').join()
  expect(says.includes('nothing installed its packages: the proposed Dockerfile does')).toBe(isMissing)
})

test('the folder .git must be in no volume', () => {
  const adoption = adopt(
    { web: { ...WEB, volumes: [bind('.git', '/app/.git')] } },
    { tree: { binds: { [`${ROOT}/.git`]: 'folder' } } },
  )
  expect(volumesOf(adoption, 'app')).toBeUndefined()
})

test('a folder for code must be asked about, also where it is not there', () => {
  const says = said(
    adopt(
      { web: { ...WEB, volumes: [bind('site', '/var/www/html')] } },
      { tree: { binds: { [`${ROOT}/site`]: 'missing' } } },
    ),
    'web',
  )
  expect(says.join()).toContain('missing: /var/www/html is the folder site, which git does not keep: code, or data?')
  expect(says.join()).not.toContain('a snapshot')
})

test('nor one that another service fills', () => {
  const site = (target: string) => ({ ...WEB, volumes: [bind('site', target)] })
  const over = { tree: { binds: { [`${ROOT}/site`]: 'missing' as const } } }
  const adoption = adopt({ web: site('/srv'), maker: { ...site('/site'), ports: [] } }, over)
  expect(volumesOf(adoption, 'app')).toEqual(['web-srv:/srv'])
})

test('a file of git below a folder that becomes a volume must stay mounted, for the volume would keep the first one', () => {
  const volumes = [bind('data', '/srv/data'), bind('run.sh', '/srv/data/run.sh')]
  const over = {
    sources: { 'run.sh': '' },
    tree: { binds: { [`${ROOT}/data`]: 'missing', [`${ROOT}/run.sh`]: 'file' } as const },
  }
  expect(
    JSON.stringify(volumesOf(adopt({ web: { ...WEB, build: { context: ROOT }, volumes } }, over), 'app')),
  ).toContain('run.sh')
})

test('packages that a build makes must be in no volume, whatever brings them', () => {
  const volumes = [{ type: 'volume', source: 'pkgs', target: '/app/jspm_packages' }]
  expect(
    volumesOf(adopt({ web: { ...WEB, volumes } }, { project: { volumes: { pkgs: null } } }), 'app'),
  ).toBeUndefined()
})

test.each([
  ['minio/minio', 9000, true],
  ['postgres:17', 9000, false],
  ['a/files', 22, true],
  ['eclipse-mosquitto:2', 1883, true],
  ['a/queue', 5672, false],
])('a server that clients of other hosts come to must keep its ports: %s at %i', (image, target, isOpen) => {
  const one: Service = { image, ports: [{ target, published: '9000' }] }
  expect(composed(adopt({ web: WEB, one })).services['one']?.['ports']).toEqual(
    isOpen ? [`\${BIND:?}:9000:${target}`] : undefined,
  )
})

test('a port in the settings of a server of Go must be the one', () => {
  const sources = {
    Dockerfile: 'FROM golang:1\nCOPY . .\nCMD ["./a"]\n',
    'main.go': 's := &http.Server{\n\tAddr: ":8085",\n}',
  }
  expect(adopt(undefined, { sources }).settings['APP_PORT']).toBe('8085')
})

test('a path of the router itself must be no page', () => {
  const sources = { Dockerfile: IMAGE, 'a.php': "<?php if ($path === '//') {}" }
  expect(adopt(undefined, { sources }).settings['HEALTH_PATH']).not.toBe('//')
})

test('a package for development that starts the program must stay in a proposed image', () => {
  const dockerfile = (scripts: object) => {
    const sources = { 'package.json': JSON.stringify({ scripts }) }
    const { files } = planAdoption({ ...EMPTY, sources, files: ['package.json'], tracked: ['package.json'] })
    return files.find(({ path }) => path === 'Dockerfile')?.text
  }
  expect(dockerfile({ build: 'nest build', start: 'nest start' })).not.toContain('prune')
  expect(dockerfile({ build: 'tsc', start: 'node dist/a.js' })).toContain('prune')
  expect(dockerfile({ start: 'nodemon a.js' })).toContain('--include=dev')
  expect(dockerfile({ build: 'nest build', start: 'nest start', 'start:prod': 'node dist/main' })).toContain(
    'CMD ["node", "dist/main"]',
  )
})

test('the name of a variable must be no folder of uploads', () => {
  const sources = { Dockerfile: IMAGE, 'A.java': 'String UPLOAD_DIR = getEnv("UPLOAD_DIR", "/uploads");' }
  expect(said(adopt(undefined, { sources }), 'data').join()).toContain('/uploads in a volume')
})

test('a module must be no database, whatever its name', () => {
  const sources = { Dockerfile: IMAGE, 'a.js': "const db = require('./connect.db')" }
  expect(said(adopt(undefined, { sources }), 'data').join()).not.toContain('connect.db')
})

test.each([
  ['localhost\nroot * /srv\nfile_server', true],
  ['localhost {\n  root * /srv\n}', true],
  [':80\nroot * /srv', false],
  ['http://a.test\nroot * /srv', false],
])('a site of Caddy that only points to HTTPS must be said, with braces or without (%#)', (text, isSaid) => {
  const sources = { Dockerfile: 'FROM caddy:2\nCOPY Caddyfile /etc/caddy/Caddyfile\n', Caddyfile: text }
  const says = adopt({ web: WEB }, { sources })
    .findings.map(({ found }) => found)
    .join()
  expect(says.includes('over HTTP it only points to HTTPS')).toBe(isSaid)
})

test('a file of passwords that is not there must be no folder', () => {
  const volumes = [bind('nginx/.htpasswd', '/etc/nginx/.htpasswd')]
  const over = { tree: { binds: { [`${ROOT}/nginx/.htpasswd`]: 'missing' as const } } }
  expect(said(adopt({ web: { ...WEB, volumes } }, over), 'web').join()).toContain('nginx/.htpasswd does not exist')
})

test('what only says how a secret is used must be none', () => {
  const about = { TokenTTL: '2h', RSA_KEY_SIZE: '4096', OIDC_TOKEN_ENDPOINT: 'https://a.test/token' }
  const adoption = adopt({ web: { ...WEB, environment: { ...about, TokenSecret: 'x' } } })
  expect(said(adoption, 'secrets')).toEqual(['note: web: APP_TOKENSECRET'])
})

test('a variable for a password must be a secret, however it is called', () => {
  const says = said(adopt({ web: { ...WEB, environment: { DB_PWD: 'x', PWD: '/app' } } }), 'secrets')
  expect(says).toEqual(['note: web: APP_DB_PWD'])
})

test.each([
  [{ image: 'php:8.4-cli' }, 'no'],
  [{ image: 'node:24', tty: true }, 'unless-stopped'],
  [{ image: 'php:8.4-fpm' }, 'unless-stopped'],
])('an interpreter without a program must end: %j', (one, restart) => {
  const found = composed(adopt({ web: WEB, one })).services['one']?.['restart'] ?? 'unless-stopped'
  expect(found).toBe(restart)
})

test('variables of a mounted .env must count as read', () => {
  const volumes = [bind('.env', '/app/.env')]
  const over = { project: { given: { REDIS: 'x' } }, tree: { binds: { [`${ROOT}/.env`]: 'file' as const } } }
  expect(said(adopt({ web: { ...WEB, volumes } }, over), '.env')).toEqual([])
  expect(said(adopt({ web: WEB }, over), '.env')).toHaveLength(1)
})

test('of a folder that the image calls data, and git keeps, it must be said that no version replaces it', () => {
  const Dockerfile = `${IMAGE}VOLUME /src\n`
  const over = { sources: { Dockerfile, 'pages/a.md': '' }, tree: { binds: { [`${ROOT}/pages`]: 'folder' as const } } }
  const web = { ...WEB, build: { context: ROOT }, volumes: [bind('pages', '/src')] }
  const says = said(adopt({ web }, over), 'web').join()
  expect(says).toContain('git keeps pages/a.md of what VOLUME calls data, /src')
})

test.each(['172.17.0.1', 'host.docker.internal'])('an address of this host must be said: %s', (DB_HOST) => {
  expect(said(adopt({ web: { ...WEB, environment: { DB_HOST } } }), 'web').join()).toContain(
    'DB_HOST names this host, where a release opens no port of a database',
  )
  const environment = { SPEECH_URL: `http://${DB_HOST}:8178` }
  expect(said(adopt({ web: { ...WEB, environment } }), 'web').join()).not.toContain('no port of a database')
})

test('what a service has from another one must be MISSING, with what to write', () => {
  const one = { image: 'x', volumes_from: ['web'] } as Service
  const { mend } = adopt({ web: WEB, one }).findings.find(({ found }) => found.startsWith('volumes_from')) ?? {}
  expect(mend).toBe('write these volumes: in this service as well, and run this again')
})

test('code that the image has elsewhere below a mount must lie where the mount showed it', () => {
  const Dockerfile = 'FROM python:3.13-slim\nWORKDIR /app\nCOPY main.py /app\nCOPY . ./app\nCMD python main.py\n'
  const sources = { Dockerfile, 'main.py': 'from shop import app', 'shop/__init__.py': '' }
  const over = { sources, tree: { binds: { [ROOT]: 'folder' as const } } }
  const { files } = adopt({ web: { ...WEB, volumes: [bind('.', '/app')] } }, over)
  expect(files.find(({ path }) => path === 'dartagnan.app.Dockerfile')?.text).toContain('COPY . /app/')
})

test('of a database in an external volume it must be said that no snapshot has it, and nothing else', () => {
  const db = { image: 'mariadb:11', volumes: [{ type: 'volume', source: 'rows', target: '/var/lib/mysql' }] }
  const project = { volumes: { rows: { name: 'rows', external: true } } }
  const adoption = adopt({ web: WEB, db }, { project, tree: { live: ['rows'] } })
  expect(said(adoption, 'db')).toContain('note: the volume rows is external')
  expect(adoption.findings.map(({ found }) => found).join()).not.toMatch(/a snapshot asks it|rows: volumes of/)
})

test.each([
  ['uploads', { 'pages/a.php': "move_uploaded_file($tmp, 'uploads/' . $name);" }, '/srv/pages/uploads/old.png'],
  ['notes', { 'a.js': "fs.writeFileSync(path.join('store', 'notes.txt'), text)" }, '/srv/store/notes.txt'],
  ['a database', { 'app.py': "url = 'sqlite:///data/app.db'\nimport sqlite3" }, '/srv/data/app.db'],
])('what lies beside the mounted code on this host already must be copied: %s', (_, sources, kept) => {
  const Dockerfile = 'FROM python:3.13\nWORKDIR /srv\nCOPY . .\nEXPOSE 3000\nCMD ["python", "app.py"]\n'
  const file = kept.replace('/srv/', '')
  const all = { Dockerfile, ...sources }
  const files = [...Object.keys(all), file]
  const over = { sources: all, tree: { binds: { [ROOT]: 'folder' as const }, files, tracked: Object.keys(all) } }
  const adoption = adopt({ web: { ...WEB, volumes: [bind('.', '/srv')] } }, over)
  const folder = file.replace(/\/[^/]*$/, '')
  expect(adoption.copies.join('\n')).toContain(`-v ${ROOT}/${folder}:/from:ro`)
  expect(JSON.stringify(volumesOf(adoption, 'app'))).toContain(`:/srv/${folder}`)
})

test('what git does not keep of code that is mounted must be said, but what a volume of its own has', () => {
  const tracked = ['Dockerfile', 'a.js']
  const files = [...tracked, 'auth', 'db/rows.db', 'pg/PG_VERSION', 'package-lock.json']
  const over = { sources: { 'a.js': '' }, tree: { binds: { [ROOT]: 'folder' as const }, files, tracked } }
  const volumes = [bind('.', '/app'), { type: 'volume', source: 'rows', target: '/app/db' }]
  const db: Service = { image: 'postgres:17', volumes: [bind('pg', '/var/lib/postgresql/data')] }
  const services = { web: { ...WEB, volumes }, db }
  const says = said(adopt(services, { ...over, project: { volumes: { rows: null } } }), 'web')
  expect(says).toContain('note: the image lacks auth of .: git does not keep them')
})

test('a folder of uploads below the folder in which a program starts must get a volume', () => {
  const sources = { 'src/a.js': 'const to = path.join(process.cwd(), `/public/uploads`)' }
  expect(JSON.stringify(volumesOf(adopt({ web: WEB }, { sources }), 'app'))).toContain(':/app/public/uploads')
})

test('code of the repository in a ready image must be as likely the application as what is built', () => {
  const front: Service = {
    image: 'node:24',
    ports: [{ target: 5173, published: '5173' }],
    volumes: [bind('front', '/app')],
  }
  const sources = { 'front/package.json': '{}', 'back/Dockerfile': IMAGE }
  const back = { ...WEB, build: { context: `${ROOT}/back` } }
  const over = { sources, tree: { binds: { [`${ROOT}/front`]: 'folder' as const } } }
  expect(adopt({ back, front }, over).rivals).toEqual(['back'])
})

test('an application that listens only at its own name must be said: the proxy may come to another address', () => {
  const sources = { 'a.py': "app.run(debug=True, host='shop')" }
  const says = said(adopt({ web: { ...WEB, container_name: 'shop' } }, { sources }), 'command')
  expect(says).toContain('missing: node a.js: it listens only at shop (a.py:1)')
})

test.each(['app_flask', 'shop_bp'])('a page of %s must be found', (name) => {
  const sources = { 'a.py': `${name} = Flask(__name__)\n@${name}.route("/up")\ndef up():\n    return "a"\n` }
  expect(adopt({ web: WEB }, { sources }).settings['HEALTH_PATH']).toBe('/up')
})

test('settings that somebody has written by hand beside the code must stay mounted: without them it does not start', () => {
  const tracked = ['Dockerfile', 'a.js']
  const tree = { binds: { [ROOT]: 'folder' as const }, files: [...tracked, 'config/db.yml'], tracked }
  const adoption = adopt({ web: { ...WEB, volumes: [bind('.', '/app')] } }, { sources: { 'a.js': '' }, tree })
  expect(volumesOf(adoption, 'app')).toEqual([
    {
      type: 'bind',
      source: 'config/db.yml',
      target: '/app/config/db.yml',
      read_only: true,
      bind: { create_host_path: false },
    },
  ])
  expect(said(adoption, 'web').join()).toContain('config/db.yml stays mounted, read-only: git does not keep it')
  expect(said(adoption, 'web').join()).not.toContain('missing')
})

test.each([
  [
    'Flask',
    { 'a.py': 'if attempts[request.remote_addr] > 5:\n  banned.add(1)  # login_attempts\n' },
    'request.remote_addr',
  ],
  ['PHP', { 'a.php': "<?php\n$brute = $_SERVER['REMOTE_ADDR'];\n" }, "$_SERVER['REMOTE_ADDR']"],
  ['what trusts the proxy', { 'a.py': 'limiter = Limiter(get_remote_address)\napp = ProxyFix(app)\n' }, undefined],
  ['a log', { 'a.py': 'log(request.remote_addr)\n' }, undefined],
])('who limits visitors by their address must be told that the proxy has one: %s', (_, sources, value) => {
  const found = said(adopt({ web: WEB }, { sources }), 'web').filter((line) => line.includes('tells visitors apart'))
  expect(found).toEqual(value ? [`note: ${value} tells visitors apart, and behind the proxy all have its address`] : [])
})

test.each(['/root/.ssh/id_rsa_for_master', '/home/me/.ssh/known_hosts', '/srv/tls/server.pem'])(
  'a key of this host that is not there, %s, must stay a file, and become no volume',
  (source) => {
    const volumes = [{ type: 'bind', source, target: source }]
    const adoption = adopt({ web: { ...WEB, volumes } }, { tree: { binds: { [source]: 'missing' } } })
    expect(composed(adoption).services['app']?.['volumes']).toEqual([{ type: 'bind', source, target: source }])
  },
)
