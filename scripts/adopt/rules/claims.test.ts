import { expect, test } from 'vitest'
import {
  adopt as adoptAll,
  bind,
  composed as composedOf,
  IMAGE,
  type Over,
  ROOT,
  said,
  WEB,
} from '../../testing/adoption.ts'
import type { Service, SourceTree } from '../source-tree.ts'

// What was once claimed and was not so: each must now be right, or be asked.

type Given = Over & { services?: Record<string, Service> }
const adopt = (sources: SourceTree['sources'], { services, ...over }: Given = {}) =>
  adoptAll(services, { sources, ...over })
const composed = (adoption: ReturnType<typeof adopt>): Record<string, Service> => composedOf(adoption).services

test.each([
  [
    'two ports that nothing tells apart',
    { web: { image: 'team/chat', ports: [{ target: 3000 }, { target: 4000 }] } },
    '3000',
    'note: 3000, or 4000: which of them speaks HTTP?',
  ],
  ['a port that the image names', { web: { ...WEB, ports: [{ target: 9000 }, { target: 3000 }] } }, '3000', 'ok: 3000'],
  [
    'one of TLS beside it',
    { web: { image: 'team/chat', ports: [{ target: 8443 }, { target: 8000 }] } },
    '8000',
    'ok: 8000',
  ],
  [
    'one for a debugger',
    { web: { image: 'team/chat', ports: [{ target: 9229 }, { target: 8000 }] } },
    '8000',
    'ok: 8000',
  ],
] as const)('the port of the application with %s', (_, services, port, says) => {
  const adoption = adopt({}, { services: services as unknown as Record<string, Service> })
  expect(adoption.settings['APP_PORT']).toBe(port)
  expect(said(adoption, 'port')).toContain(says)
})

test.each([
  ['EXPOSE 3890 17170', '17170', 'note: 3890 of EXPOSE is not published'],
  ['EXPOSE 80 443', '80', 'ok: 80'],
  ['ENV HTTP_PORT=9000\nEXPOSE 8000 9000', '9000', 'ok: 9000'],
  ['EXPOSE 8000 9000', '8000', 'note: 8000, or 9000: which of them speaks HTTP?'],
  ['ENV WEB_PORT=7000\nHEALTHCHECK CMD curl http://localhost:$WEB_PORT/up', '7000', 'ok: 7000'],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell's own
  ['HEALTHCHECK CMD curl -f "http://localhost:${API_PORT:-8888}/healthz"', '8888', 'ok: 8888'],
])('the port of an image with %s', (lines, port, says) => {
  const adoption = adopt({ Dockerfile: `FROM debian\n${lines}\nCMD ["x"]\n` })
  expect(adoption.settings['APP_PORT']).toBe(port)
  expect(said(adoption, 'port')).toContain(says)
})

test('how many connections may wait must be no port', () => {
  const sources = { Dockerfile: 'FROM debian\nCMD ["x"]\n', 'src/main.rs': 'socket.listen(1024)?;' }
  expect(said(adopt(sources), 'port')).toEqual(['missing: no file says which port it listens on'])
})

test('a volume over the files of a ready image must be asked about, and a folder of packages be none', () => {
  const volumes = [
    { type: 'volume', source: 'code', target: '/home/node/shop' },
    { type: 'bind', source: `${ROOT}/.m2`, target: '/root/.m2' },
  ]
  const adoption = adopt({}, { services: { web: WEB, job: { image: 'x', volumes } } })
  expect(said(adoption, 'job')).toContain(
    'note: /home/node/shop in the volume code: code or configuration of the image, or data?',
  )
  expect(composed(adoption)['job']?.volumes).toEqual(['code:/home/node/shop'])
})

test('an nginx that knows a service by a link must pass requests on to it', () => {
  const text = 'server { location / { proxy_pass http://api:3000; } }'
  const volumes = [bind('nginx.conf', '/etc/nginx/conf.d/default.conf')]
  const nginx: Service = { image: 'nginx', ports: [{ target: 80 }], volumes, links: ['web:api'] }
  expect(said(adopt({ 'nginx.conf': text }, { services: { web: WEB, nginx } }), 'nginx')).toEqual([
    'ok: it passes requests on to web: the proxy takes its place',
  ])
})

test('a command to type must quote the names that strangers chose', () => {
  const others = ['a;id/compose.yaml']
  const [mend] = adopt({}, { services: { web: WEB }, project: { others } }).findings.flatMap(
    ({ mend: one = '' }) => /'COMPOSE_FILE=.*>>/.exec(one) ?? [],
  )
  expect(mend).toBe("'COMPOSE_FILE=a;id/compose.yaml' >>")
})

test('a Compose file that is an example must be named', () => {
  expect(said(adopt({ 'docker/example.compose.yaml': '' }), 'compose')).toEqual([
    'note: not read, for it is empty, or may be an example or a test: docker/example.compose.yaml',
  ])
})

test('a port that the code fixes must be asked about where EXPOSE has another one', () => {
  expect(said(adopt({ 'a.js': 'app.listen(8000)' }), 'port')).toEqual([
    'note: 3000, or 8000: which of them speaks HTTP?',
  ])
  expect(said(adopt({ 'a.js': 'app.listen(process.env.PORT || 8000)' }), 'port')).toEqual(['ok: 3000'])
})

test.each([
  [
    'a check with a variable',
    { Dockerfile: `${IMAGE}HEALTHCHECK CMD curl http://localhost:\${PORT}/api/status\n` },
    '/api/status',
    'ok',
  ],
  ['a check of no page', { Dockerfile: `${IMAGE}HEALTHCHECK CMD curl http://localhost:3000 || exit 1\n` }, '/', 'ok'],
  ['code of a browser', { 'a.tsx': "if (pathname === '/') go()" }, '*', 'note'],
  ["Rails' own page", { 'config/routes.rb': '  get "up" => "rails/health#show", as: :a' }, '/up', 'ok'],
  ['a router in a file of its own', { 'health.routes.js': "router.get('/', ok)" }, '*', 'note'],
  ['such a router with a telling name', { 'routes.js': "router.get('/health', ok)" }, '*', 'note'],
  ['an application in one file', { 'a.js': "const app = express()\nrouter.get('/health', ok)" }, '/health', 'ok'],
  ["a page of a browser's code, deep below", { 'public/app/public/index.html': '' }, '*', 'note'],
])('the health path with %s', (_, sources, path, verdict) => {
  const adoption = adopt(sources)
  expect(adoption.settings['HEALTH_PATH']).toBe(path)
  expect(adoption.findings.find(({ check }) => check === 'health path')?.verdict).toBe(verdict)
})

test("Rust's tests, which lie in the code, must say nothing of its data", () => {
  const text = 'fn a() {}\n#[cfg(test)]\nmod tests { fn b() { open("/home/me/data/b.db") } }\n'
  expect(said(adopt({ 'src/a.rs': text }), 'data')).toEqual([])
})

test.each([
  ['a.toml', 'sqlite:///data/users.db?mode=rwc', ['ok: /data in a volume']],
  ['a.py', 'sqlite:///data/users.db', ['note: /app/data in a volume: the code seems to write there']],
])('the address of SQLite in %s must be read as its language does', (file, address, says) => {
  expect(said(adopt({ [file]: `url = "${address}"` }), 'data')).toEqual(says)
})

test('what keeps data in a volume must be said to have no hook', () => {
  const volumes = [{ type: 'volume', source: 'data', target: '/data' }]
  const web: Service = { ...WEB, volumes, environment: { DB_FILE: '/data/shop.sqlite' } }
  const nats: Service = { image: 'nats:2', volumes, ports: [{ target: 4222 }] }
  const adoption = adopt({}, { services: { web, nats } })
  const says = 'ok: /data: no hook, so a snapshot pauses it while it copies the files (x-snapshot: sqlite for SQLite)'
  expect(said(adoption, 'web')).toContain(says)
  expect(said(adoption, 'nats')).toContain(says)
  const logs = adopt(
    {},
    { services: { web: { ...WEB, volumes: [{ type: 'volume', source: 'data', target: '/app/logs' }] } } },
  )
  expect(said(logs, 'web')).toContain('ok: /app/logs: no hook, so a snapshot pauses it while it copies the files')
})

test('an nginx whose file ends with a blank must be read, and one that cannot be read must stay, and be said', () => {
  const front = (text: string) => {
    const volumes = [bind('nginx.conf', '/etc/nginx/conf.d/default.conf')]
    const depends = { web: { condition: 'service_started' } }
    const nginx: Service = { image: 'nginx', ports: [{ target: 80, published: '80' }], volumes, depends_on: depends }
    return adopt({ 'nginx.conf': text }, { services: { web: { build: { context: ROOT } }, nginx } })
  }
  const read = front('server { location / { proxy_pass http://web:3000; } } ')
  expect(said(read, 'nginx')).toEqual(['ok: it passes requests on to web: the proxy takes its place'])
  const unread = front('{'.repeat(60))
  expect(said(unread, 'nginx')).toContain('note: nginx.conf cannot be read')
  expect(said(unread, 'web')).toContainEqual(expect.stringMatching(/^ok: service nginx becomes service app/))
})

test('a Compose file of one part must be asked about, and images in place of the code said', () => {
  const part = { file: 'check/compose.yaml' }
  const build = { context: `${ROOT}/check` }
  const sources = { 'check/Dockerfile': IMAGE, 'api/Dockerfile': IMAGE }
  const adoption = adopt(sources, { services: { web: { ...WEB, build } }, project: part })
  expect(said(adoption, 'compose')).toContain(
    'note: no service of check/compose.yaml builds Dockerfile, api/Dockerfile: is it the whole application?',
  )
})

test('a Dockerfile whose FROM has no value, and one for development, must be said', () => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: Docker's own
  const open = adopt({ Dockerfile: 'ARG BASE\nARG KIND=slim\nFROM ${BASE} AS a\nFROM a-${KIND}\nCMD ["x"]\n' })
  expect(said(open, 'Dockerfile')).toContain('missing: FROM needs BASE, which have no value: a build fails')
  const job: Service = { build: { context: ROOT, dockerfile: 'Dockerfile.dev' } }
  const adoption = adopt({ 'Dockerfile.dev': IMAGE }, { services: { web: WEB, job } })
  expect(said(adoption, 'job')).toContain('note: its image is built from Dockerfile.dev')
})

test('a folder that the image names for data must be asked about, and a comment be no page', () => {
  const home = adopt({ Dockerfile: `${IMAGE}ENV SHOP_HOME=/data JAVA_HOME=/usr/lib/data\n` })
  expect(said(home, 'data')).toEqual(['note: SHOP_HOME=/data: no volume holds it'])
  expect(adopt({ 'a.go': '// r.Get("/foo", x)' }).settings['HEALTH_PATH']).toBe('*')
})

const POINTS = 'server { listen 80; location / { return 301 https://$host$request_uri; } }'
test.each([
  ['which points there', POINTS, 'listen 443 ssl;', '443', true],
  ['which rewrites to it', 'server { rewrite ^ https://$host$uri permanent; }', 'listen 8443 ssl;', '8443', true],
  ['alone', '', 'listen [::]:443 ssl;', '443', true],
  ['beside a pool', `upstream pool { server web:3000; } ${POINTS}`, 'listen 443 ssl;', '443', true],
  ['and has pages over HTTP', 'server { listen 80; root /a; }', 'listen 443 ssl;', '80', undefined],
  ['and has another site over HTTP', POINTS, '', '80', undefined],
])('nginx over HTTPS %s must be asked so, or over HTTP', (_, first, listen, port, isTls) => {
  const text = `events {}
http {
  ${first}
  server { ${listen} ssl_certificate a; add_header X-A b; location / { proxy_pass http://web:3000; } }
  server { listen 443 ssl; server_name www.a.test; return 301 https://a.test$request_uri; }
}`
  const volumes = [bind('nginx.conf', '/etc/nginx/nginx.conf')]
  const nginx: Service = { image: 'nginx', ports: [{ target: 80, published: '80' }], volumes }
  const adoption = adopt({ 'nginx.conf': text }, { services: { web: WEB, nginx } })
  expect(adoption.settings['APP_PORT']).toBe(port)
  expect(composed(adoption)['app']?.['x-tls']).toBe(isTls)
  expect(said(adoption, 'nginx').join()).not.toContain('missing')
})

test("in a repository of several programs, another one's pages must say nothing", () => {
  const build = { context: ROOT, dockerfile: 'web/Dockerfile' }
  const sources = { 'web/Dockerfile': IMAGE, 'web/package.json': '{}', 'mobile/a.js': "app.get('/ping', ok)" }
  const adoption = adopt(sources, { services: { web: { ...WEB, build } } })
  expect(adoption.settings['HEALTH_PATH']).toBe('*')
})

test('what a Dockerfile copies, and git does not keep, must be said of each image', () => {
  const lost = 'FROM node:24\nCOPY dist/api api\nCOPY *.json https://a/b ./\nCOPY /src src\nCMD ["x"]\n'
  const own = adopt({ Dockerfile: lost, 'src/a.js': '' })
  const found = 'copies dist/api, which git does not keep: a build of what is committed fails'
  expect(said(own, 'Dockerfile')).toEqual(['ok: Dockerfile, from node:24', `missing: Dockerfile ${found}`])
  const job: Service = { build: { context: `${ROOT}/job` } }
  const beside = adopt({ 'job/Dockerfile': lost, 'job/src/a.js': '' }, { services: { web: WEB, job } })
  expect(said(beside, 'job')).toContain(`missing: job/Dockerfile ${found}`)
})

test.each([
  ['what a build makes', 'dist', '/app/dist', {}, 'which a build makes and git does not keep'],
  [
    'a file that is not there',
    'init.sql',
    '/data/init.sql',
    {},
    'init.sql does not exist: the mount at /data/init.sql is left out',
  ],
  ['a blank at the end of its name', 'a.conf ', '/etc/a.conf', { 'a.conf': '' }, 'a.conf  does not exist'],
])('a mount of %s must be missing, and become no volume', (_, source, target, sources, says) => {
  const volumes = [{ type: 'bind', source: `${ROOT}/${source}`, target }]
  const binds = { [`${ROOT}/${source}`]: source === 'dist' ? 'folder' : 'missing' } as const
  const adoption = adopt(sources, {
    services: { web: { ...WEB, image: 'x' }, job: { image: 'x', volumes } },
    tree: { binds },
  })
  expect(composed(adoption)['job']).not.toHaveProperty('volumes')
  expect(said(adoption, 'job')).toContainEqual(expect.stringContaining(`missing: ${source === 'dist' ? target : ''}`))
  expect(said(adoption, 'job').join('\n')).toContain(says)
  const mend = adoption.findings.find(({ check, verdict }) => check === 'job' && verdict === 'missing')?.mend
  expect(mend?.includes('a blank at the end')).toBe(source.endsWith(' '))
})

test('what a build makes must be said to be in no version, also where a mount only reads it', () => {
  const verdictOn = (source: string) => {
    const volumes = [bind(source, '/srv', { read_only: true })]
    const tree = { binds: { [`${ROOT}/${source}`]: 'folder' as const } }
    return said(adopt({}, { services: { web: WEB, job: { image: 'nginx', volumes } }, tree }), 'job').find((one) =>
      one.includes(`${source} at /srv`),
    )
  }
  expect(verdictOn('web/dist')).toContain('note: web/dist at /srv is what a build makes, and git does not keep')
  expect(verdictOn('certs')).toBe('ok: certs at /srv, read-only')
})

test("a port of one address of the host must stay there, and a container's name never hide a service", () => {
  const ports = [
    { target: 80, published: '81', host_ip: '127.0.0.1' },
    { target: 90, published: '91' },
  ]
  const services = { web: WEB, db: { image: 'postgres:17', container_name: 'web' }, other: { image: 'x', ports } }
  const { db, other } = composed(adopt({}, { services: services as unknown as Record<string, Service> }))
  // biome-ignore lint/suspicious/noTemplateCurlyInString: Compose's own
  expect(other?.ports).toEqual(['127.0.0.1:81:80', '${BIND:?}:91:90'])
  expect(db).not.toHaveProperty('networks')
})

test.each([
  [
    'a variable that says 127.0.0.1',
    'ENV ADDRESS=127.0.0.1\nCMD ["sh", "-c", "serve -b $ADDRESS"]',
    'missing: sh -c serve -b 127.0.0.1: it listens only on 127.0.0.1',
  ],
  [
    'a script for development',
    'CMD ["pnpm", "run", "start:dev"]',
    'note: pnpm run start:dev: a server for development',
  ],
])('a command with %s must be said', (_, line, says) => {
  expect(said(adopt({ Dockerfile: `FROM node:24\n${line}\n` }), 'command')).toContain(says)
})

test('commands and stages for development must be said of each service', () => {
  const job: Service = { build: { context: ROOT, target: 'development' }, command: ['npm', 'run', 'dev'] }
  const go: Service = { build: { context: `${ROOT}/go` } }
  const run = 'FROM golang\nENTRYPOINT ["go", "run", "main.go"]\n'
  const sources = { Dockerfile: IMAGE.replace('24', '24 AS development'), 'go/Dockerfile': run }
  const adoption = adopt(sources, { services: { web: WEB, job, go } })
  expect(said(adoption, 'go')).toContain('note: go run main.go: a server for development')
  expect(said(adoption, 'job')).toEqual(
    expect.arrayContaining([
      'note: npm run dev: a server for development',
      'note: its image ends with stage development',
    ]),
  )
})

test('a ready image must not pass for the code of the repository, and two likely applications must be asked about', () => {
  const ports = [{ target: 3000 }]
  expect(said(adopt({}, { services: { web: { image: 'acme/shop', ports } } }), 'compose')).toContain(
    'note: no service of compose.yaml builds Dockerfile: the release runs ready images, and not the code of this repository',
  )
  const build = (folder: string) => ({ build: { context: `${ROOT}/${folder}` }, ports })
  const worker = { ...build('api'), command: ['work'] }
  expect(said(adopt({}, { services: { api: build('api'), 'api-processor': worker } }), 'web')[0]).toMatch(/^ok/)
  const rivals = adopt({}, { services: { auth: build('auth'), orders: build('orders') } })
  expect(said(rivals, 'web')).toEqual([
    'note: which is the application? auth becomes service app; orders may be it as well',
  ])
})

test('the port of this host for HTTP must be none that led to HTTPS', () => {
  const ports = [
    { target: 443, published: '8443' },
    { target: 80, published: '8080' },
  ]
  expect(adopt({}, { services: { web: { ...WEB, ports } } }).ports.own).toBe(8080)
})

test('MariaDB with the variables of MySQL must have its own programs, and a copy of another server no hook', () => {
  const environment = { MYSQL_ROOT_PASSWORD: 'x' }
  const mode = { MONGODB_REPLICA_SET_MODE: 'arbiter', MONGODB_ROOT_PASSWORD: 'x' }
  const first = { MONGODB_ROOT_PASSWORD: 'x' }
  const random = { MYSQL_RANDOM_ROOT_PASSWORD: 'yes', MYSQL_USER: 'a', MYSQL_PASSWORD: 'b' }
  const adoption = adopt(
    { 'db/Dockerfile': 'FROM mysql:9\nENV MYSQL_RANDOM_ROOT_PASSWORD=yes MYSQL_USER=a\n' },
    {
      services: {
        ...{ web: WEB, db: { image: 'mariadb:11', environment }, random: { image: 'mysql:9', environment: random } },
        own: { build: { context: `${ROOT}/db` } },
        ...{
          copy: { image: 'bitnami/mongodb:8', environment: mode },
          first: { image: 'bitnami/mongodb:8', environment: first },
        },
      },
    },
  )
  expect(composed(adoption)['db']).toMatchObject({ 'x-snapshot': 'mariadb' })
  expect(composed(adoption)['copy']).not.toHaveProperty('x-snapshot')
  // No other user may see all of its databases.
  expect(composed(adoption)['random']).toMatchObject({ 'x-snapshot': 'files' })
  expect(composed(adoption)['own']).toMatchObject({ 'x-snapshot': 'files' })
  expect(said(adoption, 'random')).toContain(
    'note: mysql, whose root nobody knows (MYSQL_RANDOM_ROOT_PASSWORD): a snapshot pauses it, and has its files as after a power cut',
  )
  expect(said(adoption, 'first')).toContain(
    'missing: its password is in MONGODB_ROOT_PASSWORD, which the hook does not read',
  )
})

test('plain values of other files must be no secrets, and what only names one neither', () => {
  const environment = {
    MODE: 'live',
    DB_PASSWORD: 'x',
    ERLANG_COOKIE: 'y',
    TOKEN_EXPIRY: '1h',
    AUTH_ACTIVE: 'true',
    LOCAL: 'here',
    AUTH_ORG_ROLE: 'here',
    AUTH_LOCK_POLICY: 'here',
    WEBAUTHN_ORIGIN: 'here',
    URL_AUTH: 'http://here/login',
    SMTP_AUTH_ACCEPT_ANY: '1',
  }
  const adoption = adopt(
    {},
    { services: { web: { ...WEB, environment } }, project: { written: 'here http://here/login 1' } },
  )
  expect(said(adoption, 'secrets')).toEqual(['note: web: APP_DB_PASSWORD, APP_ERLANG_COOKIE'])
  expect(said(adoption, 'settings')).toEqual([
    'ok: web: APP_MODE, APP_TOKEN_EXPIRY, APP_AUTH_ACTIVE: their values go to .env: they come from other files, or are put together',
  ])
})

test.each([
  ['a name alone', 'shop.example {\n header {\n  X-A "b"\n }\n reverse_proxy web:3000\n}', true],
  ['a variable for the name', '{$DOMAIN} {\n header {\n  X-A "b"\n }\n reverse_proxy web:3000\n}', true],
  ['plain HTTP', ':80 {\n header {\n  X-A "b"\n }\n reverse_proxy web:3000\n}', false],
  ['a variable for plain HTTP', '{$SITE} {\n header {\n  X-A "b"\n }\n reverse_proxy web:3000\n}', false],
  ['plain HTTP as the default', '{$NONE::80} {\n header {\n  X-A "b"\n }\n reverse_proxy web:3000\n}', false],
  ['no HTTPS', '{\n auto_https off\n}\nshop.example {\n header {\n  X-A "b"\n }\n reverse_proxy web:3000\n}', false],
])('Caddy with %s must be said to answer over HTTPS alone, or not', (_, text, expected) => {
  const volumes = [bind('Caddyfile', '/etc/caddy/Caddyfile')]
  const environment = { SITE: ':80' }
  const caddy: Service = { image: 'caddy:2', ports: [{ target: 80, published: '80' }], volumes, environment }
  const adoption = adopt({ Caddyfile: text }, { services: { web: WEB, caddy } })
  const only =
    'missing: over HTTP it only points to HTTPS, and the release speaks HTTP to it: nothing else would answer'
  expect(said(adoption, 'caddy').includes(only)).toBe(expected)
})
