import { validate } from 'dockerfile-utils'
import { expect, test } from 'vitest'
import { parseProposal } from '../testing/adoption.ts'
import { applyAdoption } from './io/apply.ts'
import { type Adoption, nameOf, planAdoption } from './plan.ts'
import { renderAdoption } from './report.ts'
import type { Project, Service, SourceTree } from './source-tree.ts'

const ROOT = '/checkout'
const NEXT = { write: 'make adopt WRITE=1', after: 'make ship' }
const none: SourceTree = {
  ...{
    dir: 'blog',
    root: ROOT,
    composeFile: 'compose/blog.yaml',
    files: [],
    sources: {},
    lock: {},
    compose: undefined,
    images: {},
    binds: {},
    live: [],
    tracked: [],
  },
  ...{ given: {}, project: undefined, secretFiles: {}, ran: {} },
}
const plan = (sources: SourceTree['sources'], over: Partial<SourceTree> = {}) =>
  planAdoption({ ...none, sources, files: Object.keys(sources), ...over })
const verdicts = ({ findings }: Adoption, check: string) =>
  findings
    .filter((one) => one.check === check)
    .map(
      ({ verdict, found, where = '' }) =>
        `${verdict}: ${found}${where === '' || /ompose|Dockerfile/.test(where) ? '' : ` (${where})`}`,
    )
const fileOf = ({ files }: Adoption, path: string) => files.find((file) => file.path === path)?.text ?? ''

const service = (over: Partial<Service> = {}): Service => ({ build: { context: `${ROOT}/blog` }, ...over })
const composed = (services: Project['services'], over: Partial<Project> = {}, tree: Partial<SourceTree> = {}) =>
  plan(
    { Dockerfile: 'FROM python:3\nEXPOSE 5000\nCMD ["x"]\n', ...tree.sources },
    {
      ...tree,
      compose: { file: 'blog/compose.yaml', text: '', name: 'blog', services, volumes: {}, ...over },
    },
  )
const proposed = (adoption: Adoption) =>
  parseProposal(fileOf(adoption, 'compose/blog.yaml') || '{}') as { services: Record<string, Service>; volumes: object }

test('an empty folder must be told what is missing, and propose no file', () => {
  const adoption = plan({})
  expect(adoption.files).toEqual([])
  expect(verdicts(adoption, 'Dockerfile')).toEqual(['missing: none, and the kind of application is unknown'])
  expect(verdicts(adoption, 'port')).toEqual(['missing: no file says which port it listens on'])
  expect(adoption.settings).not.toHaveProperty('APP_PORT')
})

test('an application with a Dockerfile and no data must need nothing but settings', () => {
  const adoption = plan({ Dockerfile: 'FROM node:20\nEXPOSE 3000\nCMD ["node", "a.js"]', 'a.js': "app.get('/health')" })
  expect(adoption.files).toEqual([])
  expect(adoption.settings).toEqual({
    ...{ PROJECT: 'blog', APP_DIR: 'blog', APP_PORT: '3000', HEALTH_PATH: '/health' },
  })
})

const FROM = 'FROM python:3.13\n'
test.each([
  ['no user', FROM, 'user', 'ok: root, or the user of its base image: it runs with few capabilities'],
  ['a user', `${FROM}USER 1000`, 'user', 'ok: 1000'],
  [
    'root by number',
    `${FROM}USER 0:0`,
    'user',
    'ok: root, or the user of its base image: it runs with few capabilities',
  ],
  ['the shell form', `${FROM}CMD gunicorn -b 0.0.0.0:80 a:b`, 'command', 'note: it runs under a shell'],
  [
    "Flask's own server",
    `${FROM}CMD ["flask", "run", "--host=0.0.0.0"]`,
    'command',
    'note: flask run --host=0.0.0.0: a server for development',
  ],
  [
    'that server, to itself',
    `${FROM}CMD ["flask", "run"]`,
    'command',
    'missing: flask run: it listens only on 127.0.0.1',
  ],
  [
    'a server of a framework, told where',
    `${FROM}ENV FLASK_RUN_HOST=0.0.0.0\nCMD ["flask", "run"]`,
    'command',
    'note: flask run: a server for development',
  ],
  [
    'localhost',
    `${FROM}CMD ["gunicorn", "-b", "127.0.0.1:8000", "a:b"]`,
    'command',
    'missing: gunicorn -b 127.0.0.1:8000 a:b: it listens only on 127.0.0.1',
  ],
  ['no health check', FROM, 'health check', 'ok: none: the deploy and the proxy request the health path'],
  [
    'a health check',
    `${FROM}HEALTHCHECK CMD curl -f http://localhost:80/up`,
    'health path',
    'ok: /up (its health check)',
  ],
  ['a test stage', `FROM a AS Test\n${FROM}`, 'tests', 'ok: stage test'],
  ['an image that is not locked', FROM, 'base', 'ok: python:3.13: not pinned, so a later build may use another'],
  ['EXPOSE', `${FROM}EXPOSE 81`, 'port', 'ok: 81 (EXPOSE)'],
  [
    'a port in the command',
    `${FROM}EXPOSE 81\nCMD ["gunicorn", "--bind", "0.0.0.0:82", "a:b"]`,
    'port',
    'ok: 82 (its command)',
  ],
  ['a port in the environment', `${FROM}ENV PORT=83`, 'port', 'ok: 83 (ENV PORT)'],
  [
    'rails',
    `${FROM}CMD ["bundle", "exec", "rails", "s", "-b", "0.0.0.0"]`,
    'port',
    'ok: 3000 (the default of its command)',
  ],
  ['Next.js', `${FROM}CMD ["npx", "next", "start"]`, 'port', 'ok: 3000 (the default of its command)'],
  ["PHP's own server", `${FROM}CMD ["php", "-S", "0.0.0.0:84"]`, 'port', 'ok: 84 (its command)'],
  ['Flask', `${FROM}CMD ["flask", "run"]`, 'port', 'ok: 5000 (the default of its command)'],
  ['nginx', 'FROM nginx:alpine', 'port', 'ok: 80 (its base, nginx:alpine)'],
  ['VOLUME', `${FROM}VOLUME /srv/data`, 'data', 'ok: /srv/data in a volume'],
])('a Dockerfile with %s', (_, dockerfile, check, says) => {
  expect(verdicts(plan({ Dockerfile: dockerfile }), check)).toContain(says)
})

test("gunicorn's worker of uvicorn listens where gunicorn does", () => {
  const line = 'CMD gunicorn -k uvicorn.workers.UvicornWorker -c gunicorn_config.py a:b'
  expect(verdicts(plan({ Dockerfile: `${FROM}${line}` }), 'command')).toEqual(['note: it runs under a shell'])
})

test.each([
  ['a.js', 'server.listen(process.env.PORT || 3001)', 'port', 'ok: 3001 (a.js:1)'],
  ['a.js', 'const port = 3002', 'port', 'ok: 3002 (a.js:1)'],
  ['a.py', 'app.run(host="0.0.0.0", port=3003)', 'port', 'ok: 3003 (a.py:1)'],
  ['a.py', 'app = Flask(a)\napp.run(host="0.0.0.0", debug=True)', 'port', 'ok: 5000 (a.py:2)'],
  ['a.go', 'http.ListenAndServe(":3004", nil)', 'port', 'ok: 3004 (a.go:1)'],
  ['a.py', "redis.Redis(host='redis', port=6379)", 'port', 'missing: no file says which port it listens on'],
  ['a.py', '\n@app.route("/ping")', 'health path', 'ok: /ping (a.py:2)'],
  ['urls.py', "path('healthz/', health)", 'health path', 'ok: /healthz/ (urls.py:1)'],
  ['a.go', 'mux.HandleFunc("GET /livez", f)', 'health path', 'ok: /livez (a.go:1)'],
  [
    'tests/a.py',
    'client.get("/health")',
    'health path',
    'note: no page is known to do nothing but answer: any answer below 500 to GET /healthz counts',
  ],
  [
    'a.py',
    'requests.get("http://other/health")',
    'health path',
    'note: no page is known to do nothing but answer: any answer below 500 to GET /healthz counts',
  ],
  [
    'a.py',
    'sqlite3.connect("notes.db")',
    'data',
    'note: notes.db beside the code: what a container writes there, the next deploy moves into a volume (a.py:1)',
  ],
  ['a.py', 'URL = "sqlite:////var/lib/blog/a.db"', 'data', 'ok: /var/lib/blog in a volume'],
])('%s with %j', (file, line, check, says) => {
  expect(verdicts(plan({ Dockerfile: FROM, [file]: line }), check)).toEqual([says])
})

test.each([
  ['app.run(debug=True)', true],
  ['app.run(host="0.0.0.0")', false],
  ['app.run("0.0.0.0", 80)\n#     app.run(port=1)', false],
  ['app.run(debug=bool(os.environ.get("D")), host="0.0.0.0")', false],
  ['if LOCAL: app.run(debug=True)\nelse: app.run(host="0.0.0.0")', false],
  ['app.run(\n  debug=bool(get("D")),\n)\nprint("app.run(host=1)")', true],
  ['uvicorn.run(app)', false],
])('the own server of Flask must be told to listen to others: %s', (line, isLocal) => {
  const command = `${FROM}CMD ["python", "-u", "a.py"]\n`
  const said = verdicts(plan({ Dockerfile: command, 'a.py': `app = Flask(a)\n${line}\n` }), 'command')
  expect(said).toEqual(isLocal ? ['missing: python -u a.py: it listens only on 127.0.0.1'] : [])
})

test.each([
  ["os.environ.get('DATABASE_URL') or 'sqlite:///' + join(here, 'app.db')", 'DATABASE_URL', 'sqlite:////data/app.db'],
  [
    "os.environ.get('DATABASE_URL') or \\\n    'sqlite:///' + join(here, 'app.db')",
    'DATABASE_URL',
    'sqlite:////data/app.db',
  ],
  ["os.getenv('DATABASE_URL', 'sqlite:///blog.sqlite3')", 'DATABASE_URL', 'sqlite:////data/blog.sqlite3'],
  ["path.join(process.env.DATA_DIR || './data', 'items.json')", 'DATA_DIR', '/data'],
  ["process.env['DB_FILE'] ?? 'items.json'", 'DB_FILE', '/data/items.json'],
  ["os.environ.get('NOTES', 'notes.db')", 'NOTES', '/data/notes.db'],
])('data that by default lie beside the code, as in %s, must move into a volume', (line, variable, value) => {
  const adoption = plan({ Dockerfile: FROM, 'config.py': line })
  expect(proposed(adoption)).toEqual({
    services: { app: { environment: { [variable]: value }, volumes: ['data:/data'] } },
    volumes: { data: {} },
  })
  expect(verdicts(adoption, 'data')).toEqual([
    ...[
      'ok: /data in a volume',
      expect.stringContaining(`ok: moved into the volume by ${variable}=${value} (config.py:`),
    ],
  ])
  const set = plan({ Dockerfile: `${FROM}ENV ${variable}=/x`, 'config.py': line })
  expect(set.files, 'adopt leaves a variable that the image sets').toEqual([])
})

test.each([
  "os.environ.get('DB_HOST') or 'localhost'",
  "os.environ.get('DATABASE_URL', 'postgres://db/x')",
  "os.environ.get('DATABASE_URL', 'sqlite:////srv/x.db')",
  "process.env.DATA_DIR || '/srv'",
  "process.env.LOG_LEVEL || 'debug'",
  "process.env.CONFIG_FILE || 'app.json'",
])('%s must not count as data beside the code', (line) => {
  expect(proposed(plan({ Dockerfile: FROM, 'config.js': line })).services?.['app']?.environment).toBeUndefined()
})

test.each([
  ['a Flask factory', { 'requirements.txt': 'flask', 'blog/__init__.py': 'def create_app():' }, '"blog:create_app()"'],
  [
    'a factory that is called',
    { 'requirements.txt': 'flask', 'blog/__init__.py': 'def create_app(x):', 'wsgi.py': 'app = create_app(1)' },
    '"wsgi:app"',
  ],
  ['a Flask module', { 'requirements.txt': 'flask', 'app.py': 'app = Flask(__name__)' }, '"app:app"'],
  [
    'a source folder',
    { 'pyproject.toml': '[project]\n', 'src/blog/web.py': 'api = FastAPI()' },
    '"blog.web:api", "--host=0.0.0.0", "--port=8000"',
  ],
  ['Django', { 'requirements.txt': 'django', 'site/wsgi.py': 'get_wsgi_application()' }, '"site.wsgi:application"'],
  ['Django below src', { 'requirements.txt': 'django', 'src/a/wsgi.py': 'get_wsgi_application()' }, '=/app/src '],
  ['Node', { 'package.json': '{"scripts": {"start": "node server.js"}}' }, 'CMD ["node", "server.js"]'],
  ['a start script', { 'package.json': '{"scripts": {"start": "next start"}}' }, 'CMD ["npm", "start"]'],
  ['Go', { 'go.mod': 'module x' }, 'CMD ["/app"]'],
  ['a page', { 'index.html': '' }, '"http.server", "--directory=/srv", "8000"'],
])('adopt must propose a Dockerfile that does not run as root for %s', (_, sources, says) => {
  const adoption = plan(sources)
  expect(verdicts(adoption, 'Dockerfile')).toEqual([expect.stringContaining('the folder looks like')])
  const text = fileOf(adoption, 'blog/Dockerfile')
  expect(text).toContain(says)
  expect(text).toMatch(/^USER 10001:10001$/m)
  expect(validate(text)).toEqual([])
  // The next run reads the written Dockerfile, and must propose the same settings.
  expect(plan({ ...sources, Dockerfile: text }).settings).toEqual(adoption.settings)
})

test('a program of Go must be built from the folder of its server', () => {
  const main = 'package main\n\nfunc main() {\n'
  const listens = { 'cmd/api/main.go': `${main}  http.ListenAndServe(":8080", nil)\n}` }
  const sources = { 'go.mod': 'module x', 'cmd/a/main.go': main, ...listens, 'tests/main.go': main }
  expect(fileOf(plan(sources), 'blog/Dockerfile')).toContain('-o /out/app ./cmd/api ')
  expect(fileOf(plan({ ...sources, 'main.go': main }), 'blog/Dockerfile')).toContain('-o /out/app . ')
})

test.each([
  ['no start script', { 'package.json': '{}' }],
  ['an unreadable manifest', { 'package.json': '[[[' }],
  ['requirements but no application', { 'requirements.txt': 'requests' }],
])('a folder with %s must get no proposed file', (_, sources) => {
  expect(plan(sources).files).toEqual([])
})

test('the web service must become app, and another service of the same image must use the image of app', () => {
  const adoption = composed({
    jobs: service({ command: ['worker'] }),
    web: service({ ports: [{ target: 8000, published: '80' }], environment: { MODE: 'web' } }),
    cache: { image: 'memcached:1' },
  })
  expect(adoption.settings).toMatchObject({ APP_PORT: '8000', APP_COMPOSE: 'compose/any.yaml:compose/blog.yaml' })
  const { services } = proposed(adoption)
  expect(Object.keys(services).sort()).toEqual(['app', 'cache', 'jobs'])
  // biome-ignore lint/suspicious/noTemplateCurlyInString: Compose's own
  expect(services['jobs']).toMatchObject({ image: '${APP_IMAGE:?}', command: ['worker'] })
  expect(services['app']).toMatchObject({ networks: { default: { aliases: ['web'] } } })
  expect(verdicts(adoption, 'cache')).toEqual(['ok: memcached:1: it is pulled when it is needed'])
})

const nginx = (conf: string, more: Project['services'] = {}) =>
  composed(
    {
      front: {
        image: 'nginx:1',
        ports: [{ target: 80, published: '80' }],
        volumes: [{ type: 'bind', source: `${ROOT}/blog/nginx.conf`, target: '/etc/nginx/nginx.conf' }],
      },
      site: service(),
      ...more,
    },
    {},
    { sources: { 'nginx.conf': conf }, binds: { [`${ROOT}/blog/nginx.conf`]: 'file' } },
  )

test.each([
  ['proxy_pass', 'location / { proxy_pass http://site:5001; }'],
  ['an upstream', 'upstream pool { server site:5001; }\nserver { location / { proxy_pass http://pool; } }'],
  ['a comment', 'location / {\n  # proxy_pass http://front:1;\n  proxy_pass http://site:5001;\n}'],
])('the proxy must replace an nginx that passes requests on by %s', (_, conf) => {
  const adoption = nginx(conf)
  expect(verdicts(adoption, 'front')).toEqual([
    expect.stringMatching(/^ok: it passes requests on to site: the proxy takes its place \(nginx.conf:\d\)$/),
  ])
  expect(Object.keys(proposed(adoption).services)).toEqual(['app'])
  expect(adoption.settings['APP_PORT']).toBe('5001')
})

test('an nginx that does more must stay, as the application, and say with its lines what the proxy cannot do for it', () => {
  const conf = `auth_basic "x";
location /static/ { alias /srv; }
location /php { fastcgi_pass api:9000; }
location /api/ { proxy_pass http://api:9000/; }
location / { proxy_pass http://site:5001; }`
  const adoption = nginx(conf, { api: { image: 'api' } })
  expect(verdicts(adoption, 'front').join()).toContain(
    'fastcgi_pass to api (nginx.conf:3), /api/ is taken away from the path (nginx.conf:4), auth_basic (nginx.conf:1), location (nginx.conf:2), alias (nginx.conf:2)',
  )
  // It looks its services up when it starts: it starts again where they do.
  const again = { condition: 'service_started', restart: true }
  expect(proposed(adoption).services['app']).toMatchObject({ depends_on: { site: again, api: again } })
  // And what it passes to is up once it listens there: each at its own port.
  const pool =
    'upstream pool { server site:5001; server twin:5002; } auth_basic x; location / { proxy_pass http://pool; }'
  const { twin } = proposed(nginx(pool, { twin: service() })).services
  expect(twin).toMatchObject({ expose: ['5002'] })
  expect(proposed(adoption).services['site']).toMatchObject({ build: { context: '../blog' }, expose: ['5001'] })
})

test('an nginx that tells clients by their addresses must be told how to read these from the proxy', () => {
  const conf =
    'limit_req_zone $binary_remote_addr zone=one:1m rate=1r/s;\nlocation / { limit_req zone=one; proxy_pass http://site:5001; }'
  expect(verdicts(nginx(conf), 'front')).toContainEqual(
    "note: it asks for the client's address, and all come from the proxy: limit_req (nginx.conf:2) (nginx.conf:2)",
  )
  expect(
    verdicts(
      nginx(
        'gzip off; auth_basic x; location / { proxy_set_header X-Real-IP $remote_addr; proxy_pass http://site:5001; }',
      ),
      'front',
    ).join(),
  ).toContain('proxy_set_header')
  const pooled = nginx(
    'upstream pool { ip_hash; server site:5001; server twin:5001; } location / { proxy_pass http://pool; }',
    { twin: service() },
  )
  expect(verdicts(pooled, 'front').join()).toContain(
    "it asks for the client's address, and all come from the proxy: ip_hash",
  )
  expect(verdicts(nginx(`set_real_ip_from 10.0.0.0/8; ${conf}`), 'front').join()).not.toContain("client's")
})

test('a second service behind nginx must get a route, and copies of one service replicas', () => {
  const conf = `upstream pool { server site:5001; server twin:5001; }
location /api { proxy_pass http://api:9000; }
location / { client_max_body_size 20m; proxy_pass http://pool; }`
  const adoption = nginx(conf, { api: { image: 'api' }, twin: service() })
  expect(proposed(adoption).services['api']).toMatchObject({ 'x-route': { path: '/api', port: 9000, health: '*' } })
  expect(Object.keys(proposed(adoption).services)).toEqual(['app', 'api'])
  expect(proposed(adoption).services['app']).toMatchObject({ networks: { default: { aliases: ['site', 'twin'] } } })
  expect(adoption.settings).toMatchObject({ REPLICAS: '2', MAX_BODY: '20m', APP_PORT: '5001' })
})

test('an nginx with a static page must be the application, not a front server', () => {
  const adoption = composed({ nginx: service({ ports: [{ target: 80 }] }) })
  expect(verdicts(adoption, 'web')).toEqual([expect.stringContaining('ok: service nginx becomes service app')])
})

// What the repository of these cases holds.
const TRACKED = ['a.conf', 'blog/app.py', 'blog/lib/util.py', 'blog/html/index.html', 'blog/data/.gitkeep']
const mount = (type: string, source: string, target: string, more = {}) => ({
  volumes: [{ type, source, target, ...more }],
})
test.each([
  ['a named volume', mount('volume', 'db', '/db'), ['db:/db'], 'ok: /db in the volume db'],
  ['a volume without a name', { volumes: [{ type: 'volume', target: '/db' }] }, ['web-db:/db'], ''],
  [
    'its own source',
    mount('bind', `${ROOT}/blog`, '/code'),
    undefined,
    'note: the mount of blog over /code is left out: it is code',
  ],
  ['a data folder', mount('bind', `${ROOT}/data`, '/data'), ['web-data:/data'], 'note: /data is the folder data'],
  [
    'a file',
    mount('bind', `${ROOT}/a.conf`, '/a'),
    [{ type: 'bind', source: '../a.conf', target: '/a', read_only: true, bind: { create_host_path: false } }],
    'note: a.conf at /a stays mounted, read-only: a rollback does not bring back what git kept there',
  ],
  [
    "the engine's socket",
    mount('bind', '/var/run/docker.sock', '/s'),
    undefined,
    'missing: /var/run/docker.sock is left out: it gives access to this host',
  ],
])('%s must become a volume, stay a mount, or be left out', (_, over, mounts, says) => {
  const binds = { [`${ROOT}/blog`]: 'folder', [`${ROOT}/data`]: 'folder', [`${ROOT}/a.conf`]: 'file' } as const
  const copies = { sources: { Dockerfile: 'FROM python:3\nWORKDIR /code\nCOPY . .\nEXPOSE 5000\nCMD ["x"]\n' } }
  const adoption = composed({ web: service(over) }, { volumes: { db: null } }, { binds, tracked: TRACKED, ...copies })
  expect(proposed(adoption).services['app']?.volumes).toEqual(mounts)
  if (says) expect(verdicts(adoption, 'web')).toContain(says)
})

test.each([
  [
    'an image of its own',
    { build: { context: `${ROOT}/blog/w` } },
    'ok: its image is built, tagged and rolled back with that of app',
  ],
  [
    'restart: "no"',
    { image: 'a', restart: 'no' },
    'note: restart: "no": it does its work and exits: each deploy that changes it runs it before the application starts',
  ],
  ['privileges', { image: 'a', privileged: true }, 'missing: privileged: left out'],
  [
    'a port of a database',
    { image: 'mongo', ports: [{ target: 1, published: '2' }] },
    'note: ports[1/tcp]: not published: the other services reach it, and what calls it from outside, such as a browser, no longer does',
  ],
  [
    'Redis without a volume',
    { image: 'redis:8' },
    'ok: it keeps data in /data, outside any named volume: the release has the volume other-data there',
  ],
])('a supporting service with %s', (_, other, says) => {
  const sources = { 'w/Dockerfile': 'FROM x', Dockerfile: FROM }
  expect(verdicts(composed({ web: service(), other: other as Service }, {}, { sources }), 'other')).toContain(says)
})

test('Redis that writes each change to its volume needs no hook', () => {
  const conf = `${ROOT}/blog/redis.conf`
  const other = (text: string) =>
    composed(
      { web: service(), other: { image: 'redis:8', volumes: [{ type: 'bind', source: conf, target: '/c' }] } },
      {},
      { sources: { 'redis.conf': text }, binds: { [conf]: 'file' } },
    )
  expect(proposed(other('# appendonly yes')).services['other']).toMatchObject({ 'x-snapshot': 'redis' })
  expect(proposed(other('appendonly yes')).services['other']).toMatchObject({ 'x-snapshot': 'files' })
})

const BARE = { isHere: true, volumes: [], environment: {}, ports: [], user: '', entrypoint: [], cmd: [] }
const alone: SourceTree['lock'] = { python: { upstream: 'python:3.13', source: 'stand-in', reference: 'r', id: 'i' } }
test.each([
  ['redis:alpine', 'ok: redis:alpine: a stand-in is built where no registry answers'],
  ['mongo', 'missing: mongo is not on this engine, and no registry answered'],
  ['here', 'ok: here, on this engine'],
])('without a registry, adopt must say whether the supporting service %s gets a stand-in', (image, says) => {
  const found = { lock: alone, images: { here: BARE } }
  expect(verdicts(composed({ web: service(), other: { image } }, {}, found), 'other')).toContain(says)
})

test.each([
  ['golang:1.24-alpine', 'note: golang:1.24-alpine: no registry answers, so a stand-in is built'],
  ['golang:1\nRUN apk add git', undefined],
  ['golang:alpine\n#RUN apk add git', undefined],
  ['golang:alpine\nRUN apk add git', 'missing: apk add: the stand-in is Debian, and has no apk'],
  ['python:3-alpine\nRUN apk --no-cache add git', 'missing: apk add: the stand-in is Debian, and has no apk'],
  ['alpine:3.20', 'missing: alpine:3.20 is not on this engine, and no registry answered'],
  ['here', 'missing: here was built by hand: no version builds it again'],
])('without a registry, adopt must say what FROM %s builds on', (from, says) => {
  const adoption = plan({ Dockerfile: `FROM ${from}` }, { lock: alone, images: { here: BARE } })
  if (says) expect(verdicts(adoption, 'base')).toContain(says)
  else expect(verdicts(adoption, 'base').join()).not.toContain('apk')
})

test("a project's secrets and configs must go into the release, and a secret without a file must be missing", () => {
  const file = `${ROOT}/blog/secrets/a`
  const files = (state?: SourceTree['secretFiles'][string]) =>
    composed(
      {
        web: service({ secrets: [{ source: 'a' }, { source: 'home' }], configs: [{ source: 'inline' }] }),
        db: { image: 'x', secrets: [{ source: 'far' }] },
      },
      {
        secrets: { a: { file }, far: { file: '/etc/far' }, home: {} },
        configs: { inline: { content: 'x' }, conf: { file: `${ROOT}/blog/c` } },
      },
      { secretFiles: state ? { [file]: state, '/etc/far': { open: false, inGit: false } } : {} },
    )
  const good = files({ open: false, inGit: false })
  expect(proposed(good)).toMatchObject({
    services: {
      app: { secrets: [{ source: 'a' }], configs: [{ source: 'inline' }] },
      db: { secrets: [{ source: 'far' }] },
    },
    secrets: { a: { file: '../blog/secrets/a' }, far: { file: '/etc/far' } },
    configs: { inline: { content: 'x' } },
  })
  expect(proposed(good)).not.toHaveProperty('secrets.home')
  expect(verdicts(good, 'web').join(), 'they are not left out').not.toContain('left out')
  expect(verdicts(good, 'secrets')).toEqual([
    ...['ok: a from blog/secrets/a', 'missing: home has no file: left out', 'ok: far from /etc/far'],
  ])
  const first = (state?: SourceTree['secretFiles'][string]) => verdicts(files(state), 'secrets').slice(0, -2).join('; ')
  expect(first()).toBe('missing: a: blog/secrets/a does not exist')
  const inGit = 'missing: a: git does not ignore blog/secrets/a, so commits and the image would contain it'
  expect(first({ open: true, inGit: true })).toBe(`missing: a: blog/secrets/a can be read by others; ${inGit}`)
  expect(first({ open: false, inGit: true })).toBe(inGit)
})

test('a service with a name of the toolkit must get another name', () => {
  const { services } = proposed(
    composed({ web: service({ ports: [{ target: 1 }] }), proxy: { image: 'a' }, app: { image: 'b' } }),
  )
  expect(services).toMatchObject({
    'proxy-service': { image: 'a', networks: { default: { aliases: ['proxy'] } } },
    'app-service': { image: 'b' },
  })
})

test('secrets must go to .env, and the report must show only their names', () => {
  const environment = {
    DB_PASSWORD: 'hunter2',
    URL: 'postgres://a:b@db/x',
    MODE: 'live',
    FROM_FILE: 'q"$$x',
    DB_PASSWORD_FILE: '/run/a',
  }
  const adoption = composed({ web: service({ environment }) }, { text: 'hunter2 live postgres://a:b@db/x /run/a' })
  expect(adoption.secrets).toEqual({
    APP_DB_PASSWORD: 'hunter2',
    APP_URL: 'postgres://a:b@db/x',
    APP_FROM_FILE: `'q"$x'`,
  })
  const shown = renderAdoption(adoption, { files: {}, lines: {}, settings: { APP_DB_PASSWORD: 'new' } }, NEXT)
  for (const value of ['hunter2', 'a:b@db', 'q"']) expect(shown).not.toContain(value)
  expect(shown).toContain('APP_DB_PASSWORD=…')
  expect(proposed(adoption).services['app']?.environment).toMatchObject({ MODE: 'live', DB_PASSWORD_FILE: '/run/a' })
})

const HAPROXY = { upstream: 'haproxy:3', source: 'stand-in' as const, reference: 'dartagnan/haproxy:1', id: 'i' }
test.each([
  ['postgres:17', {}, {}],
  ['local/db:1', { db: 'local/db:1' }, {}],
  // No registry answers, and the engine has no such image.
  ['dartagnan/haproxy:1', {}, { haproxy: HAPROXY }],
])('the commands that copy existing data must only read them, with %s', (image, ran, lock) => {
  const adoption = composed(
    { web: service(), db: { image: 'postgres:17', ...mount('volume', 'db', '/var/lib/postgresql/data') } },
    { volumes: { db: null } },
    { live: ['blog_db'], ran, lock },
  )
  expect(adoption.settings['PROJECT']).toBe('blog-app')
  expect(adoption.copies).toEqual([
    'docker volume create --label org.dartagnan=data --label org.dartagnan.project=blog-app blog-app_db',
    `docker run --rm --network none --user 0:0 --entrypoint cp -v blog_db:/from:ro -v blog-app_db:/to ${image} -a /from/. /to/`,
  ])
})

test('a folder that has no data yet must need no commands that copy them', () => {
  const source = `${ROOT}/data`
  const copiesOf = (more: object) =>
    composed({ web: service(mount('bind', source, '/data')) }, {}, { binds: { [source]: 'folder' }, ...more }).copies
  expect(copiesOf({})).not.toEqual([])
  expect(copiesOf({ bare: [source] })).toEqual([])
})

test.each([
  ['Blog', 'blog'],
  ['my site/We & Co.', 'we-co'],
  ['../../etc', 'etc'],
  ['--help', 'help'],
  ['app', 'my-app'],
  ['compose/any', 'my-any'],
  ['$(id)', 'id'],
  ['日本', 'my-app'],
  ['a'.repeat(99), 'a'.repeat(40)],
])('the folder %j must be called %s', (dir, name) => {
  expect(nameOf(dir)).toBe(name)
})

test('a hostile name must stay a name in YAML, in the shell and on the terminal [fault 72]', () => {
  const hostile = `x"\n  privileged: true #\${A}\u001b[2J`
  const adoption = composed(
    { web: service({ command: [hostile], ...mount('bind', `${ROOT}/${hostile}`, '/data') }) },
    {},
    { binds: { [`${ROOT}/${hostile}`]: 'folder' } },
  )
  const { services } = proposed(adoption)
  expect(services['app']).toMatchObject({ command: [hostile] })
  expect(services['app']).not.toHaveProperty('privileged')
  expect(adoption.copies[1]).toContain(`-v '${ROOT}/${hostile}':/from:ro`)
  expect(renderAdoption(adoption, applyAdoption(adoption, false), NEXT)).not.toContain('\u001b')
})
