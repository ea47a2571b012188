import { expect, test } from 'vitest'
import { adopt, bind, composed, IMAGE, ROOT, said, WEB } from '../../testing/adoption.ts'
import type { Service, SourceTree } from '../source-tree.ts'
import { MOVED } from './beside.ts'

// What is code for one rule is code for all: a report said "left out: it is code" and "in a volume" of one folder.

const FOLDER = { [ROOT]: 'folder' as const }
const DECLARED = IMAGE.replace('WORKDIR /app', 'WORKDIR /app/data\nVOLUME /app/data')
const MIXED = ': a volume would hide the next version of that'

const WITHOUT = 'the proposed Dockerfile has no such line, for a volume would hide the next version'

test('a VOLUME that has the code must be no volume where the Compose file mounts one there', () => {
  const volumes = [{ type: 'volume', source: 'kept', target: '/app/data' }]
  const sources = { Dockerfile: DECLARED, 'a.js': "fs.writeFileSync('posts.json', text)" }
  const adoption = adopt({ web: { ...WEB, volumes } }, { sources, project: { volumes: { kept: null } } })
  expect(composed(adoption).services['app']?.['volumes']).toBeUndefined()
  expect(said(adoption, 'data')).toEqual([
    `missing: /app/data has data beside a.js${MIXED}`,
    `note: /app/data/posts.json beside the code: ${MOVED}`,
  ])
  expect(said(adoption, 'web').join()).not.toContain('a snapshot pauses it')
})

test.each([
  ['with nothing mounted there', []],
  ['below the mount of the code', [bind('.', '/app/data')]],
])('a VOLUME that has the code, %s, must be in no proposed Dockerfile, and other ones stay', (_, volumes) => {
  const sources = { Dockerfile: DECLARED.replace('VOLUME', 'VOLUME ["/app/data/kept"]\n$&'), 'a.js': '' }
  const adoption = adopt({ web: { ...WEB, volumes } }, { sources, tree: { binds: FOLDER } })
  const [file] = adoption.files.filter(({ path }) => path.endsWith('Dockerfile'))
  expect(file?.text).toContain('VOLUME ["/app/data/kept"]\n')
  expect(file?.text).not.toContain('VOLUME /app/data\n')
  expect(said(adoption, 'web')).toContain(`note: VOLUME /app/data has a.js: ${WITHOUT}`)
  expect(said(adoption, 'data').join()).not.toContain('missing')
})

test('such a VOLUME of a service beside the application, and one without a Compose file, must be said, too', () => {
  const bot: Service = { build: { context: `${ROOT}/bot` } }
  const beside = adopt({ web: WEB, bot }, { sources: { 'bot/Dockerfile': DECLARED, 'bot/a.js': '' } })
  expect(composed(beside).services['bot']?.['volumes']).toBeUndefined()
  expect(said(beside, 'bot')).toContain(`note: VOLUME /app/data has bot/a.js: ${WITHOUT}`)
  const alone = adopt(undefined, { sources: { Dockerfile: DECLARED, 'a.js': '' } })
  expect(composed(alone).services['app']?.['volumes']).toBeUndefined()
  expect(said(alone, 'data')).toContain(`missing: /app/data has data beside a.js${MIXED}`)
})

test('a service that runs the image of another one must have no code of that in a volume, and a shell without a terminal ends', () => {
  const api: Service = { ...WEB, image: 'shop' }
  const sources = { Dockerfile: DECLARED, 'a.js': '' }
  const adoption = adopt({ api, cli: { image: 'shop', command: ['sh'] } }, { sources })
  expect(composed(adoption).services['cli']).toMatchObject({ image: `\${APP_IMAGE:?}`, restart: 'no' })
  expect(composed(adoption).services['cli']).not.toHaveProperty('volumes')
  expect(said(adoption, 'api')).toContain(`note: VOLUME /app/data has a.js: ${WITHOUT}`)
  expect(said(adoption, 'cli')).toEqual([
    'ok: it runs the image of app, and each deploy replaces both',
    'ok: it does its work and exits: each deploy that changes it runs it before the application starts',
  ])
  const open = adopt({ api, cli: { image: 'shop', command: ['sh'], tty: true } }, { sources })
  expect(composed(open).services['cli']).not.toHaveProperty('restart')
  expect(said(open, 'cli').join()).not.toMatch(/missing|a snapshot pauses it|keeps data/)
})

test('a folder of a database that has code must be no volume either', () => {
  const adoption = adopt({ web: WEB }, { sources: { 'a.js': "connect('sqlite:///app/shop.db')" } })
  expect(composed(adoption).services['app']?.['volumes']).toBeUndefined()
  expect(said(adoption, 'data')).toContain(`note: /app has data beside a.js${MIXED}; ${MOVED}, file by file`)
})

const PAGES = 'FROM nginx\nVOLUME /var/www/html\nVOLUME /srv/kept\n'
const OVER_IT = { ...WEB, ports: [{ target: 80 }], volumes: [bind('site', '/var/www/html')] }
const SITE = { tree: { binds: { [`${ROOT}/site`]: 'folder' as const } } }
test('pages of git that are mounted over a VOLUME must be in the image, which then has no such VOLUME', () => {
  const sources = { Dockerfile: PAGES, 'site/index.html': '<h1>shop</h1>' }
  const adoption = adopt({ web: OVER_IT }, { ...SITE, sources })
  const [file] = adoption.files.filter(({ path }) => path.endsWith('Dockerfile'))
  expect(file?.text).toMatch(/\nFROM nginx\nVOLUME \/srv\/kept\n[\s\S]*COPY site \/var\/www\/html\/\n$/)
  expect(composed(adoption).services['app']?.['volumes']).toEqual(['web-data:/srv/kept'])
  expect(said(adoption, 'web')).toContain(`note: VOLUME /var/www/html has site/index.html: ${WITHOUT}`)
  expect(adoption.findings.filter(({ verdict }) => verdict === 'missing')).toEqual([])
})

test('pages that git does not keep, mounted over a VOLUME, are the data that its author says they are', () => {
  const tree = { ...SITE.tree, uncommitted: [`${ROOT}/site`] }
  const adoption = adopt({ web: OVER_IT }, { tree, sources: { Dockerfile: PAGES } })
  expect(composed(adoption).services['app']?.['volumes']).toContain('web-html:/var/www/html')
  const found = adoption.findings.find((one) => one.found === '/var/www/html is the folder site')
  expect(found?.mend).toMatch(/git add would commit them: .*\/site\/.*\.gitignore$/)
  expect(adoption.findings.filter(({ verdict }) => verdict === 'missing')).toEqual([])
})

test('data in a folder of the host outside of the repository must have commands that copy them', () => {
  const db = { image: 'postgres:17', volumes: [{ ...bind('', '/var/lib/postgresql/data'), source: '/srv/shop/data' }] }
  const adoption = adopt({ web: WEB, db })
  expect(adoption.copies.join()).toContain('-v /srv/shop/data:/from:ro')
  const found = adoption.findings.find((one) => one.found === '/var/lib/postgresql/data is the folder /srv/shop/data')
  expect(found?.mend).toContain('copy the data into it, where it has some')
})

// Its mount brought the rest: what the image was said to contain was what git keeps.
const PARTS = `FROM node AS make
WORKDIR /app
COPY package.json ./
RUN npm ci
FROM node
WORKDIR /app
COPY --from=make /app .
COPY server.js ./
CMD ["node", "server.js"]
`
test('programs that a mount brings and no stage copies must go into the image', () => {
  const sources = { Dockerfile: PARTS, 'package.json': '{}', 'server.js': '', 'logger.js': '', '.editorconfig': '' }
  const web = { ...WEB, volumes: [bind('', '/app')] }
  const adoption = adopt({ web }, { sources, tree: { binds: FOLDER } })
  expect(adoption.files.find(({ path }) => path === 'dartagnan.app.Dockerfile')?.text).toContain('COPY . /app/')
  expect(said(adoption, 'web').join()).not.toContain('is left out')
  expect(said(adoption, 'web').join()).not.toContain('nothing installs')
})

test('where the image has all programs, the report must name files that it has', () => {
  const sources = { Dockerfile: PARTS, 'package.json': '{}', 'server.js': '', 'tests/a.js': '', '.editorconfig': '' }
  const web = { ...WEB, volumes: [bind('', '/app')] }
  const { findings } = adopt({ web }, { sources, tree: { binds: FOLDER } })
  const [left] = findings.filter(({ found }) => found === 'the mount of . over /app is left out: it is code')
  expect(left?.mend).toMatch(/^the image contains server\.js, package\.json;/)
})

test('what .dockerignore hides from the build must be said, and no Dockerfile may copy it', () => {
  const web = { ...WEB, volumes: [bind('', '/app')] }
  const sources = { '.dockerignore': 'hidden\n', 'a.js': '', 'hidden/b.js': '' }
  const over = { sources, tree: { binds: FOLDER } }
  expect(said(adopt({ web }, over), 'web')).toContain('note: the image lacks hidden/b.js of .')
  // Without a folder that it serves, Python does not start.
  const served = { ...over, sources: { ...sources, 'a.py': 'app.mount("/b", StaticFiles(directory="hidden"))' } }
  expect(said(adopt({ web }, served), 'web')).toContain(
    'missing: the image lacks hidden/b.js of ., and its code serves hidden',
  )
  const nginx: Service = { image: 'nginx', volumes: [bind('hidden', '/etc/nginx/conf.d')] }
  const binds = { [`${ROOT}/hidden`]: 'folder' as const }
  const beside = adopt({ web: WEB, nginx }, { sources, tree: { binds } })
  expect(beside.files.map(({ path }) => path)).not.toContain('dartagnan.nginx.Dockerfile')
})

test.each([
  ['elsewhere', 'npm install', '/elsewhere'],
  ['with an option', 'yarn --pure-lockfile', '/app'],
])('packages that the image installs are there, wherever a mount leads: %s', (_, run, target) => {
  const web = { ...WEB, volumes: [bind('', target)] }
  const Dockerfile = IMAGE.replace('COPY . .', `COPY *.json ./\nRUN ${run}\nCOPY *.js ./`)
  const sources = { Dockerfile, 'package.json': '{}', 'a.js': '' }
  expect(said(adopt({ web }, { sources, tree: { binds: FOLDER } }), 'web').join()).not.toContain('nothing installs')
})

test.each([
  'bundle config set x true',
  'corepack enable && corepack prepare yarn@4',
  'npm cache clean',
  'rm -rf ~/.npm',
])('what only sets up a tool must install no packages: %s', (run) => {
  const sources = { Dockerfile: `FROM node:24\nWORKDIR /app\nRUN ${run}\nCOPY . .\n`, 'package.json': '{}', 'a.js': '' }
  const web = { ...WEB, volumes: [bind('', '/app')] }
  expect(said(adopt({ web }, { sources, tree: { binds: FOLDER } }), 'web').join()).toContain('nothing installed')
})

test('what a service beside the application writes to its VOLUME is not beside its code', () => {
  const bot: Service = { build: { context: `${ROOT}/bot` } }
  const Dockerfile = IMAGE.replace('EXPOSE', 'VOLUME /app/log\nEXPOSE')
  const sources = { 'bot/Dockerfile': Dockerfile, 'bot/a.js': "fs.appendFileSync('log/all.txt', text)" }
  const adoption = adopt({ web: WEB, bot }, { sources })
  expect(composed(adoption).services['bot']?.['volumes']).toEqual(['bot-data:/app/log'])
  expect(said(adoption, 'bot').join()).not.toContain('beside the code')
})

test('data must be copied only where the project has run', () => {
  const found = 'it keeps data in /data, outside any named volume'
  const services = { web: WEB, cache: { image: 'redis' } }
  expect(said(adopt(services), 'cache')).toContain(`ok: ${found}: the release has the volume cache-data there`)
  expect(said(adopt(services, { tree: { ran: { cache: 'redis' } } }), 'cache')).toContain(`note: ${found}`)
})

test('volumes below the folder of a database hold only a part of its data', () => {
  const volumes = [bind('data', '/var/lib/mysql/data'), bind('logs', '/var/lib/mysql/logs')]
  const [binds, postgres] = [folders('data', 'logs'), [bind('data', '/var/lib/postgresql/data')]]
  const adoption = adopt({ web: WEB, db: { image: 'mariadb', volumes } }, { tree: { binds } })
  expect(composed(adoption).services['db']?.['volumes']).toContain('db-mysql:/var/lib/mysql')
  const redis = { image: 'redis', volumes: [bind('redis.conf', '/data/redis.conf')] }
  const over = { sources: { 'redis.conf': '' }, tree: { binds: { [`${ROOT}/redis.conf`]: 'file' as const } } }
  expect(composed(adopt({ web: WEB, redis }, over)).services['redis']?.['volumes']).toEqual([
    expect.objectContaining({ source: 'redis.conf', target: '/data/redis.conf', read_only: true }),
    'redis-data:/data',
  ])
  // PostgreSQL 16 has no VOLUME further up, and 18 has one there.
  for (const image of ['postgres:16', 'postgres:18'])
    expect(
      composed(adopt({ web: WEB, db: { image, volumes: postgres } }, { tree: { binds } })).services['db']?.['volumes'],
    ).toEqual(['db-data:/var/lib/postgresql/data'])
})

test('a service that names a database must start once that answers, also where it does not say that it waits', () => {
  const worker: Service = { image: 'acme/worker', environment: { URL: 'postgres://shop@db:5432/shop' } }
  const services = { web: WEB, worker, idle: { image: 'acme/db-idle' }, db: { image: 'postgres:16' } }
  const proposed = composed(adopt(services)).services
  expect(proposed['worker']?.['depends_on']).toEqual({ db: { condition: 'service_healthy' } })
  expect(proposed['idle']?.['depends_on']).toBeUndefined()
})

test('the image that a service beside the application builds on must be named where it is not here', () => {
  const bot: Service = { build: { context: `${ROOT}/bot` } }
  const lock = { node: { reference: 'n', upstream: 'node:24', digest: '', source: 'stand-in' } } as never
  const sources = { 'bot/Dockerfile': 'FROM acme.example/dotnet:8\nCOPY . /\n' }
  expect(said(adopt({ web: WEB, bot }, { sources, tree: { lock } }), 'bot')).toContain(
    'missing: acme.example/dotnet:8 is not on this engine, and no registry answered',
  )
})

test('a submodule must be named first, also where Compose reads nothing', () => {
  const sources = { '.gitmodules': '[submodule "a"]\n\tpath = a\n' }
  const read = { sources, project: { services: {}, problem: 'env file /shop/a/.env not found' } }
  expect(
    adopt({}, read)
      .findings.map(({ check }) => check)
      .slice(0, 2),
  ).toEqual(['git', 'compose'])
  expect(adopt({ web: WEB }, { sources }).findings[0]?.check).toBe('git')
})

test.each([
  ['/api', 1],
  ['/api/', 0],
])('what nginx leads to a service by how an address begins must be said (%s)', (path, count) => {
  const text = `server { location / { proxy_pass http://web:3000; } location ${path} { proxy_pass http://api:1; } }`
  const volumes = [bind('nginx.conf', '/etc/nginx/conf.d/default.conf')]
  const nginx: Service = { image: 'nginx', ports: [{ target: 80, published: '80' }], volumes }
  const services = { web: { build: { context: ROOT } }, api: { build: { context: `${ROOT}/api` } }, nginx }
  const found = said(adopt(services, { sources: { 'nginx.conf': text } }), 'nginx')
  expect(found.filter((one) => one.includes('addresses such as /apix, which only begin as /api,'))).toHaveLength(count)
})

const folders = (...names: string[]) => Object.fromEntries(names.map((name) => [`${ROOT}/${name}`, 'folder' as const]))
const linesIn = ({ files }: ReturnType<typeof adopt>, name: string) =>
  files
    .find(({ path }) => path === `dartagnan.${name}.Dockerfile`)
    ?.text.split('\n')
    .slice(1, -1)
const empties = (folder: string) => `RUN rm -rf ${folder}/* ${folder}/.[!.]*`
const CONF = 'server { location / { return 204; } }'
const SEEN = { isHere: true, volumes: [], environment: {}, ports: [], user: '', entrypoint: [], cmd: [] }

test('a folder that is copied in place of a mount must lose what the image has there, as the mount hid it', () => {
  const proxy = {
    image: 'nginx',
    volumes: [bind('conf/a.conf', '/etc/nginx/conf.d/a.conf'), bind('nginx', '/etc/nginx/conf.d')],
  }
  const sources = { 'nginx/site.conf': CONF, 'conf/a.conf': '' }
  const over = { sources, tree: { binds: { ...folders('nginx'), [`${ROOT}/conf/a.conf`]: 'file' as const } } }
  const copies = [
    empties('/etc/nginx/conf.d'),
    'COPY nginx /etc/nginx/conf.d/',
    'COPY conf/a.conf /etc/nginx/conf.d/a.conf',
  ]
  const hides = expect.stringMatching(/^# a mount hides/)
  expect(linesIn(adopt({ web: WEB, other: proxy }, over), 'other')).toEqual(['FROM nginx', hides, ...copies])
  const images = { nginx: { ...SEEN, user: '101' } }
  expect(linesIn(adopt({ web: WEB, other: proxy }, { ...over, tree: { ...over.tree, images } }), 'other')).toEqual([
    ...['FROM nginx', hides, 'USER root', ...copies, 'USER 101'],
  ])
})

test('packages of a ready image that a volume below the code showed must stay', () => {
  const volumes = [bind('src', '/app'), { type: 'volume', target: '/app/node_modules' }]
  const over = { sources: { 'src/package.json': '{}', 'src/a.js': '' }, tree: { binds: folders('src') } }
  const one = adopt({ web: WEB, other: { image: 'team/shop', volumes } }, over)
  const rest = 'RUN cd /app && for one in * .[!.]*; do case "$one" in node_modules) ;; *) rm -rf "./$one" ;; esac; done'
  const hides = expect.stringMatching(/^# a mount hides/)
  expect(linesIn(one, 'other')).toEqual(['FROM team/shop', hides, rest, 'COPY src /app/'])
  expect(said(one, 'other').join()).not.toContain('nothing installs')
  const official = adopt({ web: WEB, other: { image: 'ruby:3', volumes } }, over)
  expect(said(official, 'other').join()).toContain('nothing installs')
})

test('what the build of an image has put beside the code stays there, and not beside its configuration', () => {
  const Dockerfile = 'FROM php\nRUN composer install\n'
  const volumes = [bind('bot/code', '/var/www/html'), bind('bot/ini', '/usr/local/etc/php/conf.d')]
  const bot = { build: { context: `${ROOT}/bot` }, volumes }
  const sources = { 'bot/Dockerfile': Dockerfile, 'bot/code/a.php': '', 'bot/ini/a.ini': '' }
  const adoption = adopt({ web: WEB, bot }, { sources, tree: { binds: folders('bot/code', 'bot/ini') } })
  const text = adoption.files.find(({ path }) => path === 'bot/dartagnan.bot.Dockerfile')?.text
  expect(text).toContain(`\n${empties('/usr/local/etc/php/conf.d')}\nCOPY ini /usr/local/etc/php/conf.d/`)
  expect(text).toContain('\nCOPY code /var/www/html/\n')
  expect(text).not.toContain('rm -rf /var')
})

// The image had two files of a configuration, its mount all of them: the server found those alone.
test.each([
  ['of a configuration', '/etc/nginx', 'COPY conf /etc/nginx/'],
  ['of pages', '/usr/share/nginx/html', 'COPY conf /usr/share/nginx/html/'],
  ['of a program', '/srv/conf', 'COPY conf /srv/conf/'],
])('what a build copies a part of must be copied with each file of the mount: one %s', (_, target, copy) => {
  const Dockerfile = `FROM nginx\nCOPY conf/site.conf ${target}/\n`
  const front: Service = { build: { context: ROOT, dockerfile: 'Dockerfile.front' }, volumes: [bind('conf', target)] }
  const sources = { 'Dockerfile.front': Dockerfile, 'conf/site.conf': '', 'conf/nginx.conf': '' }
  expect(linesIn(adopt({ web: WEB, front }, { sources, tree: { binds: folders('conf') } }), 'front')?.at(-1)).toBe(copy)
})

test.each([
  ['a template of its pages', 'views/home.ejs', 'COPY . /srv'],
  ['what is for its readers', 'notes.txt', undefined],
])('of the whole repository only what runs must be copied: %s', (_, file, copy) => {
  const Dockerfile = 'FROM node\nWORKDIR /srv\nCOPY a.js /srv/\n'
  const bot: Service = { build: { context: ROOT, dockerfile: 'Dockerfile.bot' }, volumes: [bind('.', '/srv')] }
  const sources = { 'Dockerfile.bot': Dockerfile, 'a.js': '', [file]: '' }
  const lines = linesIn(adopt({ web: WEB, bot }, { sources, tree: { binds: folders('.') } }), 'bot')
  expect(lines?.at(-1)).toBe(copy)
})

test.each([
  ['by its name', 'gcr.io/distroless/static', {}],
  ['by its files', 'team/bare', { 'team/bare': { ...SEEN, files: ['/serve', '/etc/site/a.conf'] } }],
])('an image without a shell can empty no folder, and that must be said: %s', (_, image, images) => {
  const bare: Service = { image, volumes: [bind('site', '/etc/site')] }
  const over = { sources: { 'site/b.conf': '' }, tree: { binds: folders('site'), images } }
  const adoption = adopt({ web: WEB, bare }, over)
  expect(linesIn(adoption, 'bare')).toEqual([`FROM ${image}`, 'COPY site /etc/site/'])
  expect(said(adoption, 'bare')).toContain('note: its image has no shell: what it has in /etc/site stays beside site')
})

test('where an image is known to have nothing in a folder, nothing must be removed or said', () => {
  const bare: Service = { image: 'team/bare', volumes: [bind('site', '/etc/site')] }
  const images = { 'team/bare': { ...SEEN, files: ['/serve'] } }
  const adoption = adopt(
    { web: WEB, bare },
    { sources: { 'site/b.conf': '' }, tree: { binds: folders('site'), images } },
  )
  expect(linesIn(adoption, 'bare')).toEqual(['FROM team/bare', 'COPY site /etc/site/'])
  expect(said(adoption, 'bare').join()).not.toContain('has no shell')
})

test.each([
  ['the image', [], ['/var/www/html']],
  ['the Compose file', [{ type: 'volume', source: 'blog', target: '/var/www/html' }], []],
])(
  'files of git below a volume of %s must stay mounted: in the image, that volume would hide each next version',
  (_, more, declared) => {
    const blog: Service = { image: 'wordpress', volumes: [...more, bind('theme', '/var/www/html/theme')] }
    const images = { wordpress: { ...SEEN, volumes: declared } }
    const adoption = adopt(
      { web: WEB, blog },
      { sources: { 'theme/a.php': '' }, tree: { binds: folders('theme'), images } },
    )
    expect(linesIn(adoption, 'blog')).toBeUndefined()
    expect(composed(adoption).services['blog']?.['volumes']).toContainEqual(
      expect.objectContaining({ type: 'bind', source: 'theme', target: '/var/www/html/theme' }),
    )
  },
)

test('a service called app beside the application must have a Dockerfile of its own', () => {
  const web = { image: 'nginx', ports: [{ target: 80, published: '80' }], volumes: [bind('pages', '/srv/pages')] }
  const app = { image: 'php:fpm', volumes: [bind('php', '/srv/php')] }
  const sources = { 'pages/index.html': '', 'php/a.php': '' }
  const adoption = adopt({ web, app }, { sources, tree: { binds: folders('pages', 'php'), service: 'web' } })
  expect(linesIn(adoption, 'app')).toContain('COPY pages /srv/pages/')
  expect(linesIn(adoption, 'app-service')).toContain('COPY php /srv/php/')
  expect(composed(adoption).services['app-service']).toMatchObject({
    build: { dockerfile: 'dartagnan.app-service.Dockerfile' },
  })
})

const KEY = '-----BEGIN PRIVATE KEY-----\n'
const certified = (sources: Record<string, string>, ignored: readonly string[], more = {}) => {
  const proxy: Service = { image: 'nginx', volumes: [bind('certs', '/etc/nginx/certs', more)] }
  const files = ['Dockerfile', ...Object.keys(sources), ...ignored]
  const tree = { files, tracked: files.filter((one) => !ignored.includes(one)), binds: folders('certs') }
  const project = { secrets: { given: { file: `${ROOT}/certs/given.pem` } }, envFiles: [`${ROOT}/certs/own.env`] }
  return adopt({ web: WEB, proxy }, { sources, tree, project }).findings.filter(({ check }) => check === 'proxy')
}
const SECRET = 'as one of secrets:, with its path below /etc/nginx/certs as target'

test('what git does not keep beside files for the image must be said, also where the service only reads it', () => {
  const sources = { 'certs/a.conf': '' }
  const found = 'the image lacks certs/b.pem of certs: git does not keep them'
  const mend = `commit them; but give each key and password ${SECRET}`
  const says = { verdict: 'missing', found, mend }
  expect(certified(sources, ['certs/b.pem'], { read_only: true })).toContainEqual(expect.objectContaining(says))
  const written = { ...says, mend: expect.stringContaining('where they are data, mount a volume at their folder') }
  expect(certified(sources, ['certs/b.pem'])).toContainEqual(expect.objectContaining(written))
  // What init has its user write is no file that the image lacks.
  const ours = ['certs/secrets/env-file', 'certs/Makefile', 'certs/.gitmodules']
  const none = [[], ['certs/given.pem'], ['certs/own.env'], ours].map((files) => certified(sources, files))
  expect(
    none
      .flat()
      .map(({ found }) => found)
      .join(),
  ).not.toContain('the image lacks')
})

test.each([
  ['b.pem', KEY, true],
  ['b.key', `${KEY}x`, true],
  ['b.pem', '-----BEGIN CERTIFICATE-----', false],
  ['b.md', KEY, false],
])('a private key must be said to go into an image, which anybody may read: %s', (name, text, isKey) => {
  const says = certified({ 'certs/a.conf': '', [`certs/${name}`]: text }, [], { read_only: true })
  const found = `certs goes into the image, at /etc/nginx/certs, with certs/${name}: whoever has the image can read that key, as git keeps it`
  const mend = `it is no secret to whoever has the repository, either: for one, take it out of git and of that folder, and give it to the service ${SECRET}`
  const key = expect.objectContaining({ verdict: 'note', found, mend })
  const good = expect.objectContaining({ verdict: 'ok', found: expect.stringContaining('git keeps it') })
  expect(says).toContainEqual(isKey ? key : good)
})

const PHP = { Dockerfile: 'FROM php:apache\nCOPY src /var/www/html/\n', 'src/a.php': '' }
test.each([
  ['that git keeps beside the code', { 'src/a.sqlite': '' }, 'src/a.sqlite'],
  ['that git does not keep', {}, 'src/a.sqlite3'],
])('a database in a mounted file is data, not code: one %s', (_, more, source) => {
  const over = { sources: { ...PHP, ...more }, tree: { binds: { [`${ROOT}/${source}`]: 'file' as const } } }
  const saidOf = (how = {}) =>
    said(adopt({ web: { ...WEB, volumes: [bind(source, '/var/www/html/a.db', how)] } }, over), 'web').join()
  const found = `missing: ${source} at /var/www/html/a.db is mounted read-only, and the Compose file lets the service write`
  expect(saidOf()).toContain(found)
  expect(saidOf()).not.toContain('it is code')
  expect(saidOf({ read_only: true })).not.toContain('missing:')
})

const MOUNTED = 'a program that only a mount brings must go into the image where the command runs it'
const ON_MOUNT = { 'src/a.js': '', 'scripts/run.sh': '', 'bin/serve': '' }
const runs = (command: string[], over: { sources?: Record<string, string>; tree?: object; volumes?: object[] }) =>
  adopt(
    { web: { ...WEB, command, volumes: (over.volumes as never) ?? [bind('', '/app')] } },
    {
      sources: { Dockerfile: IMAGE.replace('COPY . .', 'COPY src src'), ...ON_MOUNT, ...over.sources },
      tree: { binds: { ...FOLDER, ...folders('scripts') }, ...over.tree },
    },
  )
test.each([
  ['sh', './scripts/run.sh'],
  ['bin/serve', '--all'],
  ['sh', '-c', 'cd /tmp; exec "/app/scripts/run.sh"'],
])(`${MOUNTED}: %s %s`, (...command) => {
  expect(linesIn(runs(command, {}), 'app')).toContain('COPY . /app/')
})

test('a program that a command runs must be named where git or the build does not have it', () => {
  const hidden = runs(['bin/serve'], { sources: { '.dockerignore': 'bin\n' } })
  expect(said(hidden, 'web')).toContain('missing: the image lacks bin/serve of ., and its command runs bin/serve')
  const tracked = ['Dockerfile', 'src/a.js']
  const unkept = runs(['scripts/run.sh'], { tree: { tracked }, volumes: [bind('scripts', '/app/scripts')] })
  expect(said(unkept, 'web')).toContain(
    'missing: /app/scripts is the folder scripts, which git does not keep: its command runs scripts/run.sh',
  )
})

// json-server, for one: its command was told to be a program that git does not keep, and the volume began empty without a word.
const SERVER = 'FROM node:24\nWORKDIR /data\nVOLUME /data\nENTRYPOINT ["json-server"]\n'
const served = (spec: Service, tree = {}, more = {}) => {
  const web = { ports: [{ target: 3000 }], volumes: [bind('data', '/data')], ...spec } as Service
  const sources = { Dockerfile: SERVER, 'data/db.json': '{}', ...more }
  return adopt({ web }, { sources, tree: { binds: folders('data'), ...tree } })
}
const COPIED = expect.stringContaining(' -v /shop/data:/from:ro -v shop_web-data:/to node:24 -a /from/. /to/')
const BEGINS = 'missing: /data is the folder data, and git keeps its data: web-data begins empty'
test.each([
  ['that git keeps, in a VOLUME of its Dockerfile', { build: { context: ROOT } }, 'db.json', {}, BEGINS],
  [
    'that git keeps, in a VOLUME of a ready image',
    { image: 'node:24' },
    '/data/db.json',
    { images: { 'node:24': { ...SEEN, volumes: ['/data'] } } },
    BEGINS,
  ],
  [
    'that git does not keep',
    { build: { context: ROOT } },
    'db.json',
    { tracked: ['Dockerfile'] },
    'note: /data is the folder data',
  ],
])('a file of data that a command names is data of a volume, with a command that copies it: one %s', (...row) => {
  const [, spec, file, tree, found] = row
  const adoption = served({ ...spec, command: ['-w', file] }, tree)
  expect(composed(adoption).services['app']?.['volumes']).toEqual(['web-data:/data'])
  expect(said(adoption, 'web')).toContain(found)
  expect(adoption.copies).toContainEqual(COPIED)
})
test('an example in a VOLUME is no such file, nor is one that the service may only read, nor one beside code', () => {
  const spec: Service = { build: { context: ROOT } }
  expect(said(served(spec), 'web').join()).not.toContain(BEGINS)
  const reads = { ...spec, command: ['db.json'], volumes: [bind('data', '/data', { read_only: true })] }
  expect(said(served(reads), 'web').join()).not.toContain(BEGINS)
  const code = served({ ...spec, command: ['db.json'] }, {}, { 'data/a.js': '' })
  expect(said(code, 'web').join()).not.toContain(BEGINS)
  const beside = { Dockerfile: SERVER.replace('VOLUME', 'COPY a.js .\nVOLUME'), 'a.js': '' }
  expect(said(served({ ...spec, command: ['db.json'] }, {}, beside), 'web').join()).not.toContain(BEGINS)
})

const STARTS_NODE = '{"scripts": {"start": "node a.js"}, "devDependencies": {"x": "1"}}'
const mounted = (web: Service, sources: Record<string, string>, project = {}) => {
  const binds = folders('code')
  const all = { 'code/a.js': '', 'code/package.json': STARTS_NODE, ...sources }
  return adopt(
    { web: { ports: [{ target: 3000 }], volumes: [bind('code', '/srv/app')], ...web } as Service },
    {
      sources: all,
      project,
      tree: { binds, images: { 'acme/own': { ...SEEN, files: ['/usr/bin/npm', '/bin/sh'] } } },
    },
  )
}
const installsIn = (web: Service, sources: Record<string, string>, root = '') =>
  mounted(web, sources)
    .files.find(({ path }) => path === `${root}dartagnan.app.Dockerfile`)
    ?.text.split('\n')
    .filter((line) => /^(USER|COPY|RUN (cd|npm))/.test(line))
const READY: Service = { image: 'node:24', command: ['npm', 'start'] }
const BARE = { build: { context: ROOT, dockerfile: 'bare' }, command: ['npm', 'start'] }
const [LISTS, ALL] = ['COPY code/package*.json /srv/app/', 'COPY code /srv/app/']
const install = (how: string) => `RUN cd /srv/app && npm ${how} --no-audit --no-fund`

test.each([
  ['without a lock', {}, [LISTS, `${install('install')} --omit=dev`, ALL]],
  [
    'with a lock',
    { 'code/package-lock.json': '{}' },
    [LISTS, `${install('ci')} --omit=dev || npm install --no-audit --no-fund --omit=dev`, ALL],
  ],
  [
    'with settings of npm',
    { 'code/.npmrc': '' },
    ['COPY code/package*.json code/.npmrc /srv/app/', `${install('install')} --omit=dev`, ALL],
  ],
  [
    'started by a package for development',
    { 'code/package.json': '{"scripts": {"start": "nodemon a.js"}}' },
    [LISTS, `${install('install')} --include=dev`, ALL],
  ],
  [
    'built as it starts',
    { 'code/package.json': '{"scripts": {"prestart": "tsc", "start": "node a.js"}}' },
    [LISTS, `${install('install')} --include=dev`, ALL],
  ],
  [
    'with a script that installing runs',
    { 'code/package.json': '{"scripts": {"start": "node a.js", "postinstall": "node b.js"}}' },
    [ALL, `${install('install')} --include=dev`],
  ],
  [
    'with another lock',
    { 'code/yarn.lock': '' },
    ['RUN npm install --global --force yarn@1', ALL, 'RUN cd /srv/app && yarn install --frozen-lockfile'],
  ],
])('packages that only a mounted folder had must be installed where the base has npm: %s', (_, sources, lines) => {
  expect(installsIn(READY, sources)).toEqual(lines)
  expect(installsIn({ ...READY, image: 'acme/own' }, sources)).toEqual(lines)
  expect(installsIn(BARE, { bare: 'FROM node AS a\nFROM a\nUSER node\n', ...sources })).toEqual([
    ...['USER node', 'USER root', ...lines, 'USER node'],
  ])
  const by = lines.findLast((line) => line.startsWith('RUN'))
  const says = { verdict: 'note', confidence: 'likely', found: expect.stringContaining(`does, by ${by}`) }
  expect(mounted(READY, sources).findings).toContainEqual(expect.objectContaining(says))
  expect(said(mounted(READY, sources), 'web').join()).not.toContain('missing:')
})

test.each([
  ['COPY --from=composer:2 /usr/bin/composer /usr/bin/composer'],
  ['RUN curl -sS example.org/installer | php -- --install-dir=/usr/local/bin --filename=composer'],
  ['RUN apt-get update && apt-get install -y git composer'],
  ['RUN apt-get update && apt-get install -y git npm composer'],
  ['RUN install-php-extensions @composer zip'],
  ["COPY --from=composer /usr/bin/composer /usr/bin/\nRUN echo 'pm = dynamic\\npm.max_children = 5' > /etc/a.conf"],
])('packages of PHP that only a mounted folder had must be installed where the image has Composer: %s', (line) => {
  const more = { 'code/composer.json': '{"require": {}}', 'code/index.php': '', bare: `FROM php:8-apache\n${line}\n` }
  const web = { build: BARE.build, volumes: [bind('code', '/var/www/html')] }
  const adoption = mounted(web, more)
  const run = 'RUN cd /var/www/html && COMPOSER_ALLOW_SUPERUSER=1 composer install --no-interaction'
  expect(linesIn(adoption, 'app')?.slice(-2)).toEqual(['COPY code /var/www/html/', run])
  const found = `code has composer.json, and nothing installed its packages: the proposed Dockerfile does, by ${run}`
  expect(said(adoption, 'web')).toContain(`note: ${found}`)
  expect(said(adoption, 'web').join()).not.toContain('missing:')
})

test('packages that only the development of PHP needs are no lack of the image', () => {
  const more = {
    'code/composer.json': '{"require-dev": {"a/b": "1"}}',
    'code/index.php': '',
    bare: 'FROM php:8-apache\n',
  }
  const adoption = mounted({ build: BARE.build, volumes: [bind('code', '/var/www/html')] }, more)
  expect(linesIn(adoption, 'app')?.join()).not.toContain('composer')
  expect(said(adoption, 'web').join()).not.toContain('composer.json')
})

test('the tool that installs packages needs none of them itself', () => {
  const composer: Service = { image: 'composer:2', volumes: [bind('code', '/app')] }
  const sources = { 'code/composer.json': '{"require": {}}', 'code/index.php': '' }
  const adoption = adopt({ web: WEB, composer }, { sources, tree: { binds: folders('code') } })
  expect(said(adoption, 'composer').join()).not.toContain('nothing installs')
})

test.each([
  ['the base may have no npm', { ...READY, image: 'acme/other' }, {}],
  ['the packages are no JavaScript', READY, { 'code/Gemfile': '' }],
  [
    'a volume would hide them',
    {
      ...READY,
      volumes: [bind('code', '/srv/app'), { type: 'volume', source: 'made', target: '/srv/app/node_modules' }],
    },
    {},
  ],
  ['the build cannot see their list', READY, { '.dockerignore': '**/package.json' }],
])('packages of a mounted folder must be said to be missing where %s', (_, web, sources) => {
  const adoption = mounted(web, sources, { volumes: { made: null } })
  expect(adoption.files.map(({ text }) => text).join()).not.toMatch(/npm (ci|install)/)
  expect(said(adoption, 'web').join()).toMatch(/missing: code has \S+, and nothing installs its packages/)
})

test.each([
  ['flaskr/db.py', '@click.command("init-db")\n', 'flask --app flaskr init-db'],
  ['app.py', 'app = Flask(__name__)\n@app.cli.command("init-db")\n', 'flask --app app init-db'],
  ['manage.py', 'cli = FlaskGroup(app)\n\n@cli.command("create_db")\n', 'python manage.py create_db'],
  ['shop/a.py', 'bp = Blueprint("books", __name__)\n@bp.cli.command("init_db")\n', 'flask --app shop books init_db'],
  ['shop/a.py', "user_cli = AppGroup('user')\n@user_cli.command('init_db')\n", 'flask --app shop user init_db'],
])('the command that creates the tables must be called as %s has it: %j', (file, text, command) => {
  const found = adopt({ web: WEB }, { sources: { [file]: text } }).findings.find(({ where }) => where?.startsWith(file))
  const mend = `run it once, after the first deploy: echo '${command}' | make shell`
  expect(found?.mend).toBe(mend)
  // It runs where COPY brings it.
  const Dockerfile = IMAGE.replace('COPY . .', 'COPY services/web /app/')
  const below = adopt({ web: WEB }, { sources: { Dockerfile, [`services/web/${file}`]: text } })
  expect(below.findings.map((one) => one.mend)).toContain(mend)
})

const removedIn = (Dockerfile: string, more: Record<string, string> = {}, over: Partial<Service> = {}) => {
  const sources = { Dockerfile, 'docker-compose.yml': '', '.gitignore': '', 'src/index.php': '', ...more }
  const web = { build: { context: ROOT }, ports: [{ target: 80 }], volumes: [bind('src', '/var/www/html')], ...over }
  return linesIn(adopt({ web }, { sources, tree: { binds: folders('src', 'conf') } }), 'app')?.filter((line) =>
    line.startsWith('RUN rm'),
  )
}
const taking = (...names: string[]) => [`RUN rm -rf ${names.map((name) => `/var/www/html/${name}`).join(' ')}`]
const ALL_OF_IT = 'FROM php:apache\nCOPY . /var/www/html/\nRUN composer install\n'
// With them goes what the proposal itself adds to the repository.
const TOPS = ['Dockerfile', 'docker-compose.yml', '.gitignore', 'src']
const OURS = ['dartagnan.*', '.dartagnan', '.gitmodules', 'Makefile']
const inVolume = { type: 'volume', source: 'up', target: '/var/www/html/up' }
test.each([
  ['all of the repository', ALL_OF_IT, {}, taking(...TOPS, ...OURS)],
  [
    'what a line of the build writes there',
    "FROM php:apache\nRUN echo '<?php phpinfo();' > /var/www/html/info.php && echo 1 > /etc/one\n",
    {},
    taking('info.php'),
  ],
  [
    'the page of a web server of Debian',
    'FROM debian\nRUN apt-get update && apt-get install -qy apache2 php\n',
    {},
    taking('index.html', 'index.nginx-debian.html'),
  ],
  [
    'but what .dockerignore hides from the build',
    ALL_OF_IT,
    { '.dockerignore': '*.yml' },
    taking('Dockerfile', '.gitignore', 'src', '.dockerignore', ...OURS),
  ],
  [
    'what a stage has passed on',
    `${ALL_OF_IT}FROM php\nCOPY --from=0 /var/www /var/www\n`,
    {},
    taking(...TOPS, ...OURS),
  ],
  [
    'a file in a folder that the mount has, too',
    ALL_OF_IT,
    { 'src/a/b.php': '', 'a/b.php': '', 'a/c.php': '', "a/d/it's.php": '', 'a/d/e.php': '' },
    taking(...TOPS, 'a/c.php', 'a/d', ...OURS),
  ],
  [
    'a name that a shell would take apart',
    'FROM php\nCOPY my* /var/www/html/\n',
    { "my 'x.php": '' },
    taking(`'my '\\''x.php'`),
  ],
  ['the code alone', 'FROM php\nCOPY src/index.php /var/www/html/\nRUN a\n', { 'src/b.sh': '' }, []],
  ['nothing', 'FROM php\nRUN composer install\n', {}, []],
])(
  'what COPY brings to the place of a mount, and the mount hid, must not be in the image: %s',
  (_, text, more, lines) => {
    const run = { command: ['sh', 'b.sh'] }
    expect(removedIn(text, more, run)).toEqual(lines)
  },
)

test('what COPY brings there must be said: what lies in the repository later stays in the image', () => {
  const web = { build: { context: ROOT }, ports: [{ target: 80 }], volumes: [bind('src', '/var/www/html')] }
  const saidOf = (Dockerfile: string) =>
    said(adopt({ web }, { sources: { Dockerfile, 'src/a.php': '' }, tree: { binds: folders('src') } }), 'web').join()
  expect(saidOf(ALL_OF_IT)).toContain('note: its Dockerfile brings Dockerfile, src, dartagnan.*')
  // Also where another line brings there what the mount had, so that the image is left as its author made it.
  const both = saidOf(`${ALL_OF_IT}COPY src /var/www/html\n`)
  expect(both).toContain(
    'brings Dockerfile, src, dartagnan.*, .dartagnan, .gitmodules, .gitignore, Makefile to /var/www',
  )
  expect(both).not.toContain('removes it again')
  expect(saidOf('FROM php\nCOPY src /var/www/html\n')).not.toContain('its Dockerfile brings')
  expect(saidOf('FROM php\nRUN composer install\n')).not.toContain('its Dockerfile brings')
})

test('what lies in another mount stays for that, whatever COPY brings there', () => {
  const volumes = [bind('src', '/var/www/html'), inVolume, bind('conf', '/var/www/html/conf/own')]
  const more = { 'up/a.txt': '', 'conf/a.php': '', 'conf/own/b.php': '' }
  expect(removedIn(ALL_OF_IT, more, { volumes })).toEqual([
    ...taking(...TOPS, 'conf/a.php', ...OURS),
    ...taking('conf/own/b.php'),
  ])
})

test('a script that another image has by the same name must install nothing', () => {
  const imageOf = (name: string) =>
    `FROM php:8-cli\nWORKDIR /app\nCOPY . .\nCOPY ${name}/run.sh /usr/local/bin/run.sh\nRUN chmod +x /usr/local/bin/run.sh\nENTRYPOINT ["run.sh"]\n`
  const of = (name: string) => ({ build: { context: ROOT, dockerfile: `${name}/Dockerfile` } })
  const volumes = [bind('.', '/app')]
  const adoption = adopt(
    { web: { ...WEB, ...of('web'), volumes }, worker: { ...of('worker'), volumes } },
    {
      sources: {
        ...{ 'web/Dockerfile': imageOf('web'), 'web/run.sh': 'composer install\nexec php-fpm\n' },
        ...{ 'worker/Dockerfile': imageOf('worker'), 'worker/run.sh': 'exec php a.php\n' },
        ...{ 'composer.json': '{"require": {"a/b": "*"}}', 'a.php': '' },
      },
      tree: { binds: { [ROOT]: 'folder' } },
    },
  )
  const found = expect.stringMatching(/^note: . has composer.json, and nothing installed its packages/)
  expect(said(adoption, 'web')).not.toContainEqual(found)
  expect(said(adoption, 'worker')).toContainEqual(found)
})

test('packages of PHP of which git keeps not even the list must be missing, and none that git keeps', () => {
  let required = 'vendor/autoload.php'
  const saidOf = (...more: string[]) => {
    const sources = { Dockerfile: 'FROM php:8-apache\nEXPOSE 3000\n', 'web/a.php': `<?php require '${required}';` }
    const web = { ...WEB, volumes: [bind('web', '/var/www/html')] }
    const kept = Object.fromEntries(more.map((file) => [file, '']))
    return said(
      adopt({ web }, { sources: { ...sources, ...kept }, tree: { binds: { [`${ROOT}/web`]: 'folder' } } }),
      'web',
    )
  }
  const found = 'missing: web requires vendor/autoload.php, and nothing installs its packages in the image'
  expect(saidOf()).toContain(found)
  for (const kept of ['web/app/vendor/autoload.php', 'vendor/autoload.php'])
    expect(saidOf(kept).join()).not.toContain('autoload')
  // What looks first, or only speaks of them, does without.
  for (const text of [
    "file_exists('vendor/autoload.php') ? require 'vendor/autoload.php' : 0;",
    '/* vendor/autoload.php */',
  ]) {
    const sources = { Dockerfile: 'FROM php:8-apache\nEXPOSE 3000\n', 'web/a.php': `<?php ${text}` }
    const web = { ...WEB, volumes: [bind('web', '/var/www/html')] }
    const told = said(adopt({ web }, { sources, tree: { binds: { [`${ROOT}/web`]: 'folder' } } }), 'web')
    expect(told.join()).not.toContain('nothing installs')
  }
  // The mount does not bring what lies above it.
  required = '../vendor/autoload.php'
  expect(saidOf().join()).not.toContain('autoload')
})

const LISTED = 'nothing install'
test.each([
  ['composer.json', 'vendor/autoload.php', 'vendor/a/b.php'],
  ['Gemfile', 'vendor/bundle/ruby/a.rb', 'vendor/assets/a.js'],
  ['package.json', 'node_modules/a/index.js', 'node_modules/.gitkeep'],
  ['requirements.txt', '.venv/lib/a.py', 'venv.md'],
])('packages that git keeps beside their list are installed: those of %s', (list, own, other) => {
  const web: Service = { image: 'acme/own', ports: [{ target: 80 }], volumes: [bind('code', '/srv')] }
  const saidWith = (...files: string[]) => {
    const sources = Object.fromEntries(['a.js', list, ...files].map((file) => [`code/${file}`, '']))
    return said(adopt({ web }, { sources, tree: { binds: folders('code') } }), 'web').join()
  }
  expect(saidWith(own)).not.toContain(LISTED)
  expect(saidWith(other)).toContain(`code has ${list}, and ${LISTED}`)
  // Beside it, that of JavaScript is mostly for the build alone.
  expect(saidWith(own, 'package.json')).not.toContain(LISTED)
})

const UPLOADS = "<?php move_uploaded_file($_FILES['f']['tmp_name'], 'uploads/' . $_FILES['f']['name']);"
const PASSING = 'server { location / { fastcgi_pass php:9000; } }'
const shop = (php: Service, more: Record<string, string> = {}) => {
  const volumes = [bind('src', '/var/www/html')]
  const conf = bind('a.conf', '/etc/nginx/conf.d/default.conf')
  const binds = { ...folders('src'), [`${ROOT}/a.conf`]: 'file' as const }
  const sources = { 'src/index.php': UPLOADS, 'a.conf': PASSING, 'php/Dockerfile': 'FROM php:8-fpm\n', ...more }
  const web: Service = { image: 'nginx', ports: [{ target: 80 }], volumes: [...volumes, conf] }
  return adopt({ web, php: { volumes, ...php } }, { sources, tree: { binds } })
}
test('who says as whom a service runs with mounted code must own that code', () => {
  const lines = (user?: string) => linesIn(shop({ image: 'php:8-fpm', ...(user ? { user } : {}) }), 'php')?.join('\n')
  expect(lines('1000:1000')).toContain('COPY --chown=1000:1000 src /var/www/html/')
  expect(lines('root')).toContain('COPY src /var/www/html/')
  // Of such a server, only the first process is root.
  expect(lines('root')).toContain('RUN install -d -o www-data /var/www/html/uploads')
  const job = { image: 'php:8-fpm', user: 'root', command: ['php', 'a.php'] }
  expect(linesIn(shop(job), 'php')?.join()).not.toContain('www-data')
})

test('code that is mounted twice must have its packages in both places, where the image has them in one', () => {
  const text = 'FROM php:8-fpm\nWORKDIR /app\nCOPY src/composer.json .\nRUN composer install\nCOPY src .\n'
  const build = { context: ROOT, dockerfile: 'php.Dockerfile' }
  const php = { build, volumes: [bind('src', '/app'), bind('src', '/var/www/html')] }
  const lines = linesIn(shop(php, { 'php.Dockerfile': text, 'src/composer.json': '{}', 'src/a.php': '' }), 'php')
  expect(lines?.join('\n')).toContain('\nCOPY src /var/www/html/\nRUN cp -a /app/. /var/www/html/')
})

test('the packages that a proposed Dockerfile installs must be of the user whom the author gives their folder', () => {
  const given =
    'FROM php:8-fpm\nRUN install-php-extensions @composer && chown -R 1000:www-data /var/www/html\nUSER 1000\n'
  const sources = { 'php/Dockerfile': given, 'src/composer.json': '{"require": {"a/b": "1"}}' }
  const lines = linesIn(shop({ build: { context: `${ROOT}/php` } }, sources), 'php')?.join('\n')
  expect(lines).toContain('COPY --chown=1000:www-data src /var/www/html/')
  expect(lines).toContain('composer install --no-interaction && chown -R 1000:www-data vendor')
})

test.each([
  ['composer install && php-fpm', 'USER www-data\n', true],
  ['cp -n .env.dist .env && php-fpm', 'USER www-data\n', true],
  ['composer install && php-fpm', '', false],
  ['php-fpm', 'USER www-data\n', false],
  // That is the number of the owner of the mounted folder.
  ['php-fpm', 'ARG UID=1000\nRUN usermod -u $UID www-data\n', true],
  ['php-fpm', 'RUN useradd -u 1000 -ms /bin/sh other\n', false],
])('code beside which the start "%s" puts files, after %j, must be of its user: %s', (line, user, isGiven) => {
  const php = { build: { context: `${ROOT}/php` }, command: ['sh', '-c', line] }
  const sources = { 'php/Dockerfile': `FROM php:8-fpm\n${user}`, 'src/composer.json': '{"require": {"a/b": "1"}}' }
  const lines = linesIn(shop(php, sources), 'php')?.join('\n') ?? ''
  expect(lines.includes('\nRUN chown -R www-data /var/www/html\n')).toBe(isGiven)
})

test.each([
  ['src/public', '/app/public'],
  ['.', '/code'],
])(
  'what users send must be one volume also where the web server mounts another folder around it: %s',
  (source, target) => {
    const php = { image: 'php:8-fpm', volumes: [bind('src', '/app')] }
    const conf = bind('a.conf', '/etc/nginx/conf.d/default.conf')
    const web: Service = { image: 'nginx', ports: [{ target: 80 }], volumes: [bind(source, target), conf] }
    const sources = {
      'src/public/index.php': UPLOADS.replaceAll("'uploads/'", "__DIR__ . '/uploads/'"),
      'a.conf': PASSING,
    }
    const binds = { ...folders('src', 'src/public'), [ROOT]: 'folder' as const, [`${ROOT}/a.conf`]: 'file' as const }
    const { app, php: behind } = composed(adopt({ web, php }, { sources, tree: { binds } })).services
    const key = String(behind?.['volumes']).replace(/:.*/, '')
    expect(behind?.['volumes']).toEqual([`${key}:/app/public/uploads`])
    expect(app?.['volumes']).toEqual([`${key}:${source === '.' ? '/code/src/public' : target}/uploads`])
  },
)

test.each([
  ['a ready image', { image: 'php:8-fpm' }],
  ['an image of its own', { build: { context: `${ROOT}/php` } }],
])('what users send to PHP behind a web server must be one volume in both, and PHP must own it: %s', (_, php) => {
  const adoption = shop(php)
  const { app, php: behind } = composed(adoption).services
  expect([app?.['volumes'], behind?.['volumes']]).toEqual(Array(2).fill(['web-uploads:/var/www/html/uploads']))
  expect(linesIn(adoption, 'php')?.at(-1)).toBe('RUN install -d -o www-data /var/www/html/uploads')
  expect(linesIn(adoption, 'app')?.join()).not.toContain('install -d')
  expect(said(adoption, 'php').join()).not.toMatch(/missing|is root's/)
  const begun = composed(shop(php, { 'src/uploads/a.png': '' })).services
  expect(begun['app']?.['volumes']).toEqual(['php-uploads:/var/www/html/uploads:ro,nocopy'])
  expect(begun['php']?.['volumes']).toEqual(['php-uploads:/var/www/html/uploads'])
  // A volume would hide the code that git keeps there.
  const kept = shop(php, { 'src/uploads/a.php': '' })
  expect(composed(kept).services['php']?.['volumes']).toBeUndefined()
  expect(said(kept, 'php').join()).toContain('may keep what users send, beside src/uploads/a.php, in no volume')
})

test('whom the author gives the folder of the code must own what is copied there later', () => {
  const given = { 'php/Dockerfile': 'FROM php:8-fpm\nRUN mkdir -p /x && chown -R www-data:www-data /var/www/html\n' }
  const lines = linesIn(shop({ build: { context: `${ROOT}/php` } }, given), 'php')
  expect(lines?.join('\n')).toContain('COPY --chown=www-data:www-data src /var/www/html/')
})

test.each([
  ['a ready image', { image: 'php:8-fpm' }],
  ['an image of its own', { build: { context: `${ROOT}/php` } }],
])('the files in which PHP behind a web server keeps data must be said to lie beside the code: %s', (_, php) => {
  const db = "<?php\n$db = new PDO('sqlite:' . __DIR__ . '/db/shop.db');"
  const found = `note: /var/www/html/db beside the code: ${MOVED}`
  expect(said(shop(php, { 'src/index.php': db }), 'php')).toContain(found)
})

test.each([
  ['a ready image', { image: 'php:8-apache' }],
  ['an image of its own', { build: { context: ROOT, dockerfile: 'php' } }],
])('PHP must own the volume of what users send to it alone: %s', (_, php) => {
  const web: Service = { ports: [{ target: 80 }], volumes: [bind('src', '/var/www/html')], ...php }
  const sources = { 'src/index.php': UPLOADS, php: 'FROM php:8-apache\n' }
  const adoption = adopt({ web }, { sources, tree: { binds: folders('src') } })
  expect(linesIn(adoption, 'app')?.at(-1)).toBe('RUN install -d -o www-data /var/www/html/uploads')
  expect(said(adoption, 'data').join()).not.toContain("is root's")
})

const LARAVEL = ['artisan', 'bootstrap/app.php']
const MADE = 'storage/framework/cache/data storage/framework/sessions storage/framework/views storage/logs'
test.each([
  ['www-data', {}, LARAVEL, `storage bootstrap/cache ${MADE}`, 'storage bootstrap/cache'],
  ['1000:1000', { user: '1000:1000' }, ['bin/console', 'config/bundles.php'], 'var', 'var'],
  ['www-data', {}, ['api/spark', 'api/app/Config/App.php'], '', 'api/writable'],
])(
  'the user that runs a framework (%s) must own the folders in which that writes',
  (user, over, files, made, owned) => {
    const more = Object.fromEntries(files.map((file) => [`src/${file}`, '']))
    const paths = (names: string) => names.replaceAll(/(^| )/g, '$1/var/www/html/')
    const line = linesIn(shop({ image: 'php:8-fpm', ...over }, more), 'php')?.find((one) => one.includes('chown -R'))
    expect(line).toContain(`&& chown -R ${user} ${paths(owned)}`)
    expect(line).toContain(`RUN mkdir -p ${paths(made || owned)} `)
    const proof = Object.fromEntries(Object.entries(more).slice(0, 1))
    expect(linesIn(shop({ image: 'php:8-fpm' }, proof), 'php')?.join()).not.toContain('chown')
    expect(linesIn(shop({ image: 'php:8-cli' }, more), 'php')?.join()).not.toContain('chown')
  },
)

test.each([
  ['1000', '', true],
  ['1000', 'RUN chown -R 1000 /srv\n', false],
  ['', '', false],
])(
  'code of an image that runs as the owner of the mounted folder, %j, must have its folders to write in: %s',
  (user, own, isMade) => {
    const Dockerfile = `FROM php:8-apache\nWORKDIR /srv\nCOPY . /srv\n${own}`
    const names = ['system/core/CodeIgniter.php', 'application/config/config.php', 'a.php']
    const sources = { Dockerfile, ...Object.fromEntries(names.map((name) => [name, ''])) }
    const web = { ...WEB, ...(user ? { user } : {}), volumes: [bind('', '/srv')] }
    const lines = String(linesIn(adopt({ web }, { sources, tree: { binds: FOLDER } }), 'app'))
    expect(lines.includes('chown -R 1000 /srv/application/cache /srv/application/logs')).toBe(isMade)
  },
)

test.each([
  ['storage\n', '', true],
  ['', '', false],
  ['storage\n', 'RUN mkdir -p storage/framework/views\n', false],
])('folders of Laravel that .dockerignore hides from a COPY of all must be made: %s %s', (ignore, own, isMade) => {
  const Dockerfile = `FROM php:8-apache\nWORKDIR /srv\nCOPY . /srv\n${own}`
  const names = ['artisan', 'bootstrap/app.php', 'storage/framework/views/.gitignore', 'a.php']
  const sources = { Dockerfile, '.dockerignore': ignore, ...Object.fromEntries(names.map((name) => [name, ''])) }
  const web = { ...WEB, volumes: [bind('', '/srv')] }
  const adoption = adopt({ web }, { sources, tree: { binds: FOLDER } })
  expect(String(linesIn(adoption, 'app')).includes('mkdir -p /srv/storage /srv/bootstrap/cache')).toBe(isMade)
})

test.each([
  ['', 'missing: the image lacks vendor/autoload.php of ., and nothing installs vendor'],
  ['RUN composer install\n', 'note: the image lacks vendor/autoload.php of .'],
])('packages of PHP that git keeps and .dockerignore hides must be missing, or installed: %s', (own, found) => {
  const Dockerfile = `FROM php:8-apache\nWORKDIR /srv\nCOPY . /srv\n${own}`
  const sources = { Dockerfile, '.dockerignore': 'vendor\n', 'a.php': '', 'vendor/autoload.php': '' }
  const web = { ...WEB, volumes: [bind('', '/srv')] }
  expect(said(adopt({ web }, { sources, tree: { binds: FOLDER } }), 'web')).toContain(found)
})

test('what is said to do for code below a volume must not end below that again', () => {
  const volumes = [{ type: 'volume', source: 'pages', target: '/srv' }, bind('theme', '/srv/theme')]
  const sources = { 'web/Dockerfile': 'FROM php:8-apache\n', 'theme/a.php': '' }
  const web: Service = { build: { context: `${ROOT}/web` }, ports: [{ target: 80 }], volumes }
  const { findings } = adopt(
    { web },
    { sources, tree: { binds: folders('theme') }, project: { volumes: { pages: {} } } },
  )
  const [code] = findings.filter((one) => one.found.startsWith('theme at /srv/theme is code'))
  expect(code?.mend).toContain(
    'mount no volume at /srv, but where the service writes below it, and let its Dockerfile copy',
  )
})

const SYMFONY = {
  'composer.json': '{"require": {"symfony/webpack-encore-bundle": "*"}}',
  'package.json': '{"scripts": {"build": "encore production"}}',
  'webpack.config.js': "const Encore = require('@symfony/webpack-encore')\n",
}
const VITE = {
  ...{ 'composer.json': '{}', 'package.json': '{"scripts": {"build": "vite build"}}' },
  'resources/views/app.blade.php': "@vite(['a.js'])\n",
}
test.each([
  [SYMFONY, 'public/build'],
  [VITE, 'public/build'],
  [{ ...VITE, 'resources/views/app.blade.php': "{{ mix('a.js') }}\n" }, 'public/mix-manifest.json'],
  [{ ...VITE, 'resources/views/app.blade.php': "@if (is_file('build/manifest.json'))\n@vite('a')\n" }, undefined],
  [{ ...VITE, web: 'FROM debian:12\nRUN apt-get install -y nginx php8.2-fpm\nCOPY . /srv\n' }, 'public/build'],
  [{ ...VITE, 'public/build/manifest.json': '' }, undefined],
  [{ ...VITE, web: 'FROM php:8-apache\nCOPY . /srv\nRUN npm ci && npm run build\n' }, undefined],
])('a list of scripts that pages need and no image makes must be missing: %j', (files, list) => {
  const sources = { web: 'FROM php:8-apache\nCOPY . /srv\nRUN composer install\n', 'index.php': '', ...files }
  const web: Service = { build: { context: ROOT, dockerfile: 'web' }, ports: [{ target: 80 }] }
  const found = said(adopt({ web, job: { ...web, ports: [], command: ['php', 'work'] } }, { sources }), 'web')
  expect(found.filter((one) => one.startsWith('missing: its pages'))).toEqual(
    list ? [expect.stringContaining(`its pages need ${list}, which npm run build makes`)] : [],
  )
})

test('a list of scripts that pages need must be made in the image, where its code was mounted: also for the web server before it', () => {
  const sources = { ...VITE, 'php/Dockerfile': 'FROM php:8-fpm\n', 'public/index.php': '', 'a.conf': PASSING }
  const volumes = [bind('.', '/srv')]
  const conf = bind('a.conf', '/etc/nginx/conf.d/default.conf')
  const php: Service = { build: { context: ROOT, dockerfile: 'php/Dockerfile' }, volumes }
  const web: Service = { image: 'nginx', ports: [{ target: 80 }], volumes: [...volumes, conf] }
  const binds = { [ROOT]: 'folder', [`${ROOT}/a.conf`]: 'file' } as const
  const adoptWith = (more: Record<string, string>) =>
    adopt({ web, php }, { sources: { ...sources, ...more }, tree: { binds } })
  const adoption = adoptWith({})
  for (const name of ['app', 'php']) {
    const lines = linesIn(adoption, name)
    expect(lines).toContain('FROM node:24 AS page-assets')
    expect(lines?.slice(lines.indexOf('COPY . /srv/') + 1)).toContain(
      'COPY --from=page-assets /app/public/build/ /srv/public/build/',
    )
  }
  expect(said(adoption, 'php').filter((one) => /its pages need/.test(one))).toEqual([expect.stringMatching(/^note: /)])
  const needs = adoptWith({ 'resources/js/app.js': "import x from '../../vendor/a/b'\n" })
  expect(linesIn(needs, 'php')?.join()).not.toContain('page-assets')
  expect(said(needs, 'php').filter((one) => /its pages need/.test(one))).toEqual([expect.stringMatching(/^missing: /)])
})

// As phpdocker.io writes it.
test('code that is mounted into a database stays out of its image, unless that reads it', () => {
  const files = { 'composer.json': '{"require": {}}', 'index.php': '', 'my.cnf': '', 'a.sql': '' }
  const sources = { ...files, 'php/Dockerfile': 'FROM php:8-fpm\nRUN composer install\n' }
  const dbWith = (target: string, over: Partial<Service> = {}) => {
    const db: Service = { image: 'mysql:8', working_dir: target, volumes: [bind('', target)], ...over }
    return adopt({ web: WEB, db }, { sources: { ...sources, Dockerfile: IMAGE }, tree: { binds: FOLDER } })
  }
  const adoption = dbWith('/application')
  expect(composed(adoption).services['db']).toMatchObject({ image: 'mysql:8' })
  expect(said(adoption, 'db').join()).not.toContain('nothing installs')
  expect(said(adoption, 'db')).toContain('note: the mount of . over /application is left out: it is code')
  const reads = [dbWith('/docker-entrypoint-initdb.d'), dbWith('/app', { command: ['--init-file=/app/a.sql'] })]
  for (const one of reads) expect(composed(one).services['db']).toMatchObject({ build: expect.anything() })
})

test('an image whose name has capital letters is named, with the name that it can have', () => {
  const adoption = adopt({ web: WEB, one: { image: 'Team/Shop:V1' } })
  expect(said(adoption, 'one')).toContain('missing: no image can be called Team/Shop:V1: names have small letters')
  expect(adoption.findings.map(({ mend }) => mend)).toContain('write team/shop:V1 in its place, then run this again')
})

const SERVING = 'server { root /var/www/html/web; location / { fastcgi_pass php:9000; } }'
test.each([
  [
    'the proposed Dockerfile installs',
    { 'php/Dockerfile': 'FROM php:8-fpm\nCOPY --from=composer:2 /usr/bin/composer /usr/bin/composer\n' },
    { context: `${ROOT}/php` },
  ],
  [
    'the own Dockerfile installs, and has a part of the code',
    { 'php.Dockerfile': 'FROM php:8-fpm\nCOPY src/composer.json src/lib /var/www/html/\nRUN composer install\n' },
    { context: ROOT, dockerfile: 'php.Dockerfile' },
  ],
  [
    'the own Dockerfile installs',
    { 'php.Dockerfile': 'FROM php:8-fpm\nCOPY src /var/www/html\nRUN cd /var/www/html && composer install\n' },
    { context: ROOT, dockerfile: 'php.Dockerfile' },
  ],
])('a web server must have what the build of PHP makes below the web root: %s', (_, files, build) => {
  const adoption = shop(
    { build },
    { 'src/composer.json': '{"require": {"a/b": "1"}}', 'src/web/a.php': '', ...files, 'a.conf': SERVING },
  )
  const taken = linesIn(adoption, 'app')?.filter((line) => line.includes('--from'))
  expect(taken).toEqual(['COPY --from=php /var/www/html/web/ /var/www/html/web/'])
  expect(composed(adoption).services['app']?.['build']).toMatchObject({ additional_contexts: { php: 'service:php' } })
  expect(said(adoption, 'web')).toContain(
    'ok: /var/www/html/web comes from the image of php, whose build makes more than src has',
  )
  // Where nothing is made, git has all of it.
  expect(linesIn(shop({ build: { context: `${ROOT}/php` } }), 'app')?.join()).not.toContain('--from')
})

test('a web server must have what a build makes in a folder that it alone mounts', () => {
  const made = 'FROM node AS pages\nFROM php:8-fpm\nWORKDIR /app\nCOPY src .\nCOPY --from=pages /a/build ./web/build\n'
  const adoptionOf = (text: string) => {
    const volumes = [bind('src/web', '/srv/web'), bind('a.conf', '/etc/nginx/conf.d/default.conf')]
    const web = { image: 'nginx', ports: [{ target: 80 }], volumes }
    const php = { build: { context: ROOT, dockerfile: 'php.Dockerfile' } }
    const sources = { 'php.Dockerfile': text, 'src/web/a.php': '', 'src/web/a.js': '', 'a.conf': SERVING }
    return adopt({ web, php }, { sources, tree: { binds: { ...folders('src/web'), [`${ROOT}/a.conf`]: 'file' } } })
  }
  expect(linesIn(adoptionOf(made), 'app')).toContain('COPY --from=php /app/web/ /srv/web/')
  expect(linesIn(adoptionOf('FROM php:8-fpm\nCOPY src /app\n'), 'app')?.join()).not.toContain('--from')
})

test("the .env of Symfony's runtime must be in the image where git keeps none, and its values must be asked for", () => {
  const more = {
    'code/composer.json': '{"require": {"symfony/runtime": "*"}}',
    'code/index.php': '',
    bare: 'FROM php:8-apache\nCOPY --from=composer /usr/bin/composer /usr/bin/\n',
  }
  const web = { build: BARE.build, volumes: [bind('code', '/var/www/html')] }
  const touch = 'RUN touch /var/www/html/.env'
  const asks =
    'missing: symfony/runtime reads code/.env, which is in no version and not here: the image has an empty one'
  expect(linesIn(mounted(web, more), 'app')?.at(-2)).toBe(touch)
  expect(said(mounted(web, more), 'web')).toContain(asks)
  const kept = mounted(web, { ...more, 'code/.env': '' })
  expect(linesIn(kept, 'app')).not.toContain(touch)
  expect(said(kept, 'web')).not.toContain(asks)
})

test('the link to what users of Laravel send must be in the images of PHP and of the web server, unless a start makes it', () => {
  const files = {
    'src/artisan': '',
    'src/public/index.php': '',
    'src/a.blade.php': '<img src="{{ asset(\'storage/\' . $a) }}">',
  }
  const link = 'RUN ln -sfn ../storage/app/public /var/www/html/public/storage'
  const linesOf = (more = {}, command = 'php-fpm') => {
    const adoption = shop({ image: 'php:8-fpm', command: [command] }, { ...files, ...more })
    return ['app', 'php'].map((name) => linesIn(adoption, name)?.includes(link))
  }
  expect(linesOf()).toEqual([true, true])
  expect(linesOf({}, 'php artisan storage:link; php-fpm')).toEqual([true, false])
  expect(linesOf({ 'src/a.blade.php': '' })).toEqual([false, false])
  expect(linesOf({ 'src/public/storage/a.png': '' })).toEqual([false, false])
})

test('what Yii publishes below the pages must be one volume, which the web server reads', () => {
  const files = ['yii', 'config/web.php', 'web/index.php', 'web/assets/.gitignore']
  const more = Object.fromEntries(files.map((file) => [`src/${file}`, '']))
  const adoption = shop({ image: 'php:8-fpm' }, { ...more, 'src/index.php': '' })
  const { app, php } = composed(adoption).services
  expect(php?.['volumes']).toEqual(['php-assets:/var/www/html/web/assets'])
  expect(app?.['volumes']).toEqual(['php-assets:/var/www/html/web/assets:ro,nocopy'])
  expect(said(adoption, 'php')).toContain('ok: /var/www/html/web/assets in the volume php-assets')
})

test("Laravel's key without a value must be missing, unless the start makes one", () => {
  const sources = { Dockerfile: 'FROM php:8-apache\nCOPY . /var/www/html\n', artisan: '', 'a.php': '' }
  const saidOf = (APP_KEY: string, more: object = {}, files: object = {}) =>
    said(adopt({ web: { ...WEB, environment: { APP_KEY }, ...more } }, { sources: { ...sources, ...files } }), 'web')
  const lacks = 'missing: APP_KEY has no value: Laravel answers each page with an error'
  expect(saidOf('')).toContain(lacks)
  expect(saidOf('base64:x')).not.toContain(lacks)
  expect(saidOf('', { command: ['sh', 'start.sh'] }, { 'start.sh': 'php artisan key:generate\n' })).not.toContain(lacks)
})

test('Laravel with an example of .env alone must be told to make that file, unless something gives the key', () => {
  const example = {
    'app/.env.example': 'APP_NAME=a\nAPP_KEY=\n',
    'app/composer.json': '{"require":{"laravel/framework":"11"}}',
  }
  const sources = { 'php/Dockerfile': 'FROM php:8-fpm\n', 'app/artisan': '', 'app/a.php': '', ...example }
  const php = { build: { context: `${ROOT}/php` }, volumes: [bind('app', '/var/www/html')] }
  const web = { image: 'nginx', ports: WEB.ports ?? [], volumes: php.volumes }
  const saidOf = (more: object = {}, tree: object = {}, files: object = {}) =>
    said(adopt({ web, php: { ...php, ...more } }, { sources: { ...sources, ...files }, tree }), 'php').join()
  const lacks = 'missing: no APP_KEY, and no app/.env yet: Laravel answers each page with an error'
  expect(saidOf()).toContain(lacks)
  expect(saidOf({ environment: { APP_KEY: 'base64:x' } })).not.toContain(lacks)
  expect(saidOf({}, { envValues: { 'app/.env': {} } })).not.toContain(lacks)
  expect(saidOf({}, {}, { 'app/config/app.php': "'key' => env('APP_KEY', 'base64:x')," })).not.toContain(lacks)
  expect(saidOf({ command: ['sh', 'a.sh'] }, {}, { 'app/a.sh': 'cp .env.prod .env\n' })).not.toContain(lacks)
})

test('packages that only the start installs must be said to be installed by each container anew', () => {
  const volumes = [bind('', '/app'), { type: 'volume', source: 'packages', target: '/app/node_modules' }]
  const web = { ...WEB, volumes, command: ['sh', '-c', 'npm ci && node a.js'] }
  const over = { tree: { binds: FOLDER }, project: { volumes: { packages: null } } }
  const saidOf = (Dockerfile: string) =>
    said(adopt({ web }, { ...over, sources: { Dockerfile, 'a.js': '', 'package.json': '{}' } }), 'web').join()
  const again = 'note: /app/node_modules has what its start installs: each new container does it again'
  expect(saidOf('FROM node:24\nWORKDIR /app\nCOPY . .\n')).toContain(again)
  expect(saidOf('FROM node:24\nWORKDIR /app\nCOPY . .\nRUN npm ci\n')).not.toContain(again)
})

test('what every user of the host may write to must be so in the image: git keeps no permissions', () => {
  const sources = { 'index.php': '', 'img/a.txt': '', 'count.txt': '' }
  const open = { [`${ROOT}/img`]: 'folder', [`${ROOT}/count.txt`]: 'file', [`${ROOT}/new.txt`]: 'file' } as const
  const linesOf = (web: Service, Dockerfile: string, more: SourceTree['open'] = open) =>
    linesIn(
      adopt({ web }, { sources: { ...sources, Dockerfile }, tree: { open: more, binds: { [ROOT]: 'folder' } } }),
      'app',
    )
  const mounted = { ...WEB, ports: [{ target: 80 }], volumes: [bind('.', '/var/www/html')] }
  const given = ['RUN install -d -o www-data /var/www/html/img', 'RUN chown www-data /var/www/html/count.txt']
  expect(linesOf(mounted, 'FROM php:8-apache\n')?.slice(-2)).toEqual(given)
  expect(linesOf(mounted, 'FROM php:8-apache\n', {})?.join()).not.toContain('www-data')
  const node = IMAGE.replace('EXPOSE', 'USER node\nEXPOSE')
  expect(linesOf(WEB, node)).toContain('RUN install -d -o node /app/img')
  expect(linesOf(WEB, IMAGE), 'root may').toBeUndefined()
  expect(linesOf(WEB, node.replace('USER', 'RUN chown -R node /app\nUSER')), 'whose author did so').toBeUndefined()
})

test('code that the image has as well must stay mounted below a volume: there it would be that of the first version', () => {
  const volumes = [{ type: 'volume', source: 'pages', target: '/srv' }, bind('api', '/srv/api', { read_only: true })]
  const sources = { Dockerfile: 'FROM php:8-apache\nCOPY api /srv/api\n', 'api/a.php': '' }
  const builder = { image: 'node', volumes: [{ type: 'volume', source: 'pages', target: '/dist' }] }
  const adoption = adopt({ web: { ...WEB, volumes }, builder }, { sources, tree: { binds: folders('api') } })
  expect(composed(adoption).services['app']?.['volumes']).toContainEqual(
    expect.objectContaining({ type: 'bind', target: '/srv/api', read_only: true }),
  )
  expect(said(adoption, 'web')).toContainEqual(
    expect.stringMatching(/^missing: api at \/srv\/api is code that a volume would hide/),
  )
})
test.each(['wordpress:6', 'php:8-apache'])(
  'a theme below the volume of a system of pages stays mounted: %s',
  (image) => {
    const volumes = [{ type: 'volume', source: 'pages', target: '/var/www/html' }, bind('mine', '/var/www/html/themes')]
    const web = { ...WEB, build: { context: `${ROOT}/docker` }, volumes }
    const sources = { 'docker/Dockerfile': `FROM ${image}\n`, 'mine/a.php': '' }
    const adoption = adopt(
      { web },
      { sources, project: { volumes: { pages: null } }, tree: { binds: folders('mine') } },
    )
    const says =
      image === 'php:8-apache' ? /^missing: mine at .* is code/ : /^note: mine at .* stays mounted, read-only/
    expect(said(adoption, 'web')).toContainEqual(expect.stringMatching(says))
  },
)

test('a Dockerfile whose last line goes on must end before what is added to it', () => {
  const web = { ...WEB, volumes: [bind('src', '/srv')] }
  const sources = { Dockerfile: 'FROM php:8-apache\nRUN install \\\n  gettext \\\n', 'src/a.php': '' }
  const lines = linesIn(adopt({ web }, { sources, tree: { binds: folders('src') } }), 'app')
  expect(lines).toContain('  gettext')
  expect(lines).toContain('COPY src /srv/')
})

test('a folder that stays mounted, and that git add would commit, must be named with the line that keeps it out', () => {
  const volumes = [bind('keys', '/etc/letsencrypt', { read_only: true })]
  const tree = { binds: folders('keys'), uncommitted: [`${ROOT}/keys`] }
  const { findings } = adopt({ web: { image: 'nginx', ports: [{ target: 80 }], volumes } }, { tree })
  const [one] = findings.filter(({ found }) => found.includes('git add would commit it'))
  expect(one).toMatchObject({ verdict: 'note', mend: expect.stringMatching(/\/keys .*\.gitignore$/) })
})

test('scripts of a database of which git keeps only some stay mounted: the image would lack the others', () => {
  const db = { image: 'postgres:17', volumes: [bind('init', '/docker-entrypoint-initdb.d')] }
  const sources = { 'init/1.sql': '' }
  const tree = { binds: folders('init'), files: ['init/1.sql', 'init/all.tar'], tracked: ['init/1.sql'] }
  const volumesOf = (more: object) =>
    composed(adopt({ web: WEB, db }, { sources, tree: { ...tree, ...more } })).services['db']?.['volumes']
  const mount = expect.objectContaining({ type: 'bind', target: '/docker-entrypoint-initdb.d', read_only: true })
  expect(volumesOf({})).toContainEqual(mount)
  expect(volumesOf({ files: ['init/1.sql'] })).not.toContainEqual(mount)
})
