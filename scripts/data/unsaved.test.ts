import { expect, test } from 'vitest'
import {
  looksLikeData,
  namelessData,
  requireHandedOn,
  requireSaved,
  sayUnsaved,
  type Written,
  writableBinds,
  writtenPaths,
} from './unsaved.ts'

const added = (...paths: string[]) => paths.map((Path) => ({ Path, Kind: 1 }))

test('of what the engine says only files that a container has written may be left, without its mounts', () => {
  const changes = [
    { Path: '/app', Kind: 0 },
    ...added('/app/data.db', '/app/uploads', '/app/uploads/a.png', '/data/x', '/data'),
    { Path: '/app/old.txt', Kind: 2 },
    { Path: '/app/code.py', Kind: 0 },
    ...added('/run/secrets', '/run/secrets/token', '/database.txt'),
  ]
  expect(writtenPaths(changes, ['/data'])).toEqual([
    '/app/code.py',
    '/app/data.db',
    '/app/uploads/a.png',
    '/database.txt',
  ])
})

test('a folder from which something was deleted must be no file', () => {
  expect(
    writtenPaths(
      [
        { Path: '/srv', Kind: 0 },
        { Path: '/srv/a', Kind: 2 },
      ],
      [],
    ),
  ).toEqual([])
})

test.each([
  ...['/tmp/x', '/run/app.sock', '/var/run/nginx.pid', '/var/cache/nginx/client_temp', '/var/log/app/access'],
  ...[
    '/root/.cache/pip/a',
    '/app/__pycache__/a.pyc',
    '/app/node_modules/.cache/b',
    '/app/celerybeat.pid',
    '/app/coverage/lcov.info',
    '/home/u/.bash_history',
    '/var/spool/exim4/input/a-D',
    '/var/mail/root',
    '/var/www/html/writable/debugbar/debugbar_1.json',
  ],
  ...[
    '/etc/hosts',
    '/etc/nginx/conf.d/default.conf',
    '/usr/lib/x/y',
    '/usr/local/lib/python3/site-packages/z',
    '/.dockerenv',
  ],
  ...[
    '/var/www/storage/framework/views/a.php',
    '/app/tmp/pids/server',
    '/app/.next/x',
    '/app/celerybeat-schedule.db',
    '/app/package-lock.json',
    '/var/lib/php/sessions/a',
    '/usr/local/bin/tool',
    '/bin/x',
  ],
])('%s must be left out: nobody misses it', (path) => {
  expect(writtenPaths(added(path), [])).toEqual([])
})

test.each([
  '/etc/letsencrypt/live/a',
  '/usr/src/app/notes',
  '/usr/share/nginx/html/a',
  '/srv/catalog/x',
  '/tmpfile',
  '/var/lib/app/x',
])('%s must be shown', (path) => {
  expect(writtenPaths(added(path), [])).toEqual([path])
})

const minute = 60_000
const times = { created: 100 * minute, started: 200 * minute }
const file = (path: string, modified: number, head = ''): Written => ({ path, modified, head })
const second = 1000
const { created, started } = times
test.each<[string, Written, boolean]>([
  ['a database by its name', file('/app/data.db', started), true],
  ['a database by how it begins', file('/app/state', started, 'SQLite format 3\0'), true],
  ['an upload', file('/app/uploads/a.png', started), true],
  ['variables for a database', file('/app/.env.prod.db', created + second), false],
  ['what was written while it served', file('/app/notes.txt', started + 5 * minute), true],
  ['what was written before its last start', file('/app/notes.txt', started - 5 * minute), true],
  ['what its first requests have written', file('/app/notes.txt', created + 8 * second), true],
  ['what was written soon after its last start', file('/app/notes.txt', started + 8 * second), true],
  ['a table, however soon', file('/app/Items.CSV', created + second), true],
  ['a table that a restart came close to', file('/app/items.csv', started + second), true],
  ['the file in which an application keeps its rows', file('/app/Database.json', created + second), true],
  ['rows in a text, after a restart', file('/srv/app/users.txt', started + second), true],
  ['rows under a name of several', file('/app/todos_db.json', created + second), true],
  ['a file in a folder of data', file('/app/Data/state', started + second), true],
  ['a photo that was sent among what a build makes', file('/app/static/img/a.png', created + 2 * minute), true],
  ...[
    'pictures',
    'images',
    'Imagenes',
    'photos',
    'fotos',
    'avatars',
    'gallery',
    'documentos',
    'public/img',
    'videos',
  ].map((folder): [string, Written, boolean] => [
    `what was sent to ${folder} right after a restart`,
    file(`/app/${folder}/a.png`, started + 2 * second),
    true,
  ]),
  ...['static/images', 'staticfiles/admin/img', 'dist/images', 'public/build/images', 'public/assets/img'].map(
    (folder): [string, Written, boolean] => [
      `what a start collects in ${folder}`,
      file(`/app/${folder}/a.png`, started + 2 * second),
      false,
    ],
  ),
  ['a picture of the image', file('/app/images/logo.png', created - minute), false],
  ['what it writes when it starts', file('/app/env.js', started + 2 * second), false],
  ['what its first start has written', file('/app/env.js', created + 2 * second), false],
  ['settings of a database', file('/app/config/database.yml', created + second), false],
  ['what only begins as such a name', file('/app/dbconfig.json', created + second), false],
  ['what a start writes of its packages', file('/app/package-data/manifest.json', created + second), false],
  ['settings that its entrypoint writes', file('/usr/share/nginx/html/config.json', started + second), false],
  ['what a restart writes, where the engine cuts the time to a second', file('/app/env.js', started - 900), false],
  ['what was unpacked with its old time', file('/app/code.js', 0), false],
  ['a table of the image that got another owner', file('/app/data/seed.csv', created - minute), false],
  ['what a slow start collects', file('/app/staticfiles/logo.png', created + 30 * second), false],
  ['what a slow start builds', file('/app/dist/data/pages.json', created + 30 * second), false],
  ['code that a migration writes', file('/app/shop/migrations/0002_a.py', created + 30 * second), false],
  [
    'a program that a start has compiled',
    { ...file('/srv/shop/shop', created + 57 * second), head: '\x7fELF\x02\x01' },
    false,
  ],
  ['one that came while it served', { ...file('/srv/firmware/a', started + 5 * minute), head: '\x7fELF' }, true],
  ['one that a user has sent', { ...file('/srv/uploads/shop', created + 57 * second), head: '\x7fELF' }, true],
  [
    'what a start has compiled of code for uploads',
    file('/app/dist/product/upload/a.d.ts', created + 9 * second),
    false,
  ],
  ['what a user has sent to a folder of a build', file('/app/dist/upload/a.png', created + 9 * second), true],
  ['what a tool keeps for itself', file('/root/.dotnet/first.use', created + 30 * second), false],
])('%s must look like data: %j', (_, written, is) => {
  expect(looksLikeData(written, times)).toBe(is)
})

test.each([
  ['a text that came at once', file('/app/sites.json', created + 3 * second), true],
  ['settings that somebody has saved', file('/app/app.conf', created + 30 * second), true],
  ['what its start has written', file('/app/sites.json', created + 900), false],
  ['what an installer has written', file('/app/config/db_config.php', created + 31 * second), true],
  ['what a start writes there', file('/app/config/db_config.php', created + 900), false],
  ['what the first request has compiled', file('/app/pages/a.js', created + 4 * second), false],
  ['what a later start has written', file('/app/app.conf', started + 2 * second), false],
])(
  'since it served, of what a container writes in its first minute %s must look like data, or not',
  (_, written, is) => {
    expect(looksLikeData(written, { ...times, served: created + 2 * second })).toBe(is)
  },
)

test.each([
  ['what its start has written late', 20, false],
  ['what came once it served', 40, true],
])('of a container that takes 35 s to serve, %s must be data, or not', (_, after, is) => {
  const written = file('/app/ver.json', created + after * second)
  expect(looksLikeData(written, { ...times, served: created + 35 * second })).toBe(is)
})

test('a message must count, and name the first files', () => {
  expect(sayUnsaved('app', ['/app/data.db'])).toBe('app has written 1 file outside of its volumes: /app/data.db')
  expect(sayUnsaved('app', ['/1', '/2', '/3', '/4', '/5'])).toBe(
    'app has written 5 files outside of its volumes: /1, /2, /3, and 2 more',
  )
})

test('a volume without a name must be told, unless it is a cache', () => {
  expect(namelessData(['/data', '/app/node_modules', '/var/cache/x'])).toEqual(['/data'])
})

test('of folders of the host those must be told to which a service writes data', () => {
  const bind = (source: string, over: object = {}) => ({ type: 'bind', source, target: '/x', ...over })
  const volumes = [
    bind('/srv/files'),
    bind('/srv/read', { read_only: true }),
    bind('/var/run/docker.sock'),
    bind('/etc/localtime'),
  ]
  const compose = {
    name: 'p',
    services: { app: { volumes }, logs: { volumes, 'x-snapshot': false }, proxy: { volumes } },
  }
  expect(writableBinds(compose)).toEqual(['app: /srv/files'])
})

const over = (...volumes: { type: string; source?: string; target: string }[]) => ({
  name: 'p',
  services: { files: { image: 'files:2', volumes } },
  volumes: { kept: { name: 'p_kept-2' } },
})
const keeping = (service: string) => [{ service, container: 'p-files-1', written: [], data: [], nameless: ['/data'] }]
const kept = { type: 'volume', source: 'kept', target: '/data/' }

test('a deploy must refuse to mount an empty volume over one without a name: it would begin without its data', () => {
  const call = (...force: 'unsaved-files'[]) =>
    requireHandedOn(keeping('files'), over(kept), ['p_kept-2'], new Set(force))
  expect(call).toThrow(
    'this deploy would leave data behind: files keeps /data in a volume without a name, and p_kept-2 there would be empty',
  )
  expect(() => call('unsaved-files')).not.toThrow()
})

test.each([
  ['is there already, with a copy', over(kept), [], 'files'],
  ['another service has', over(kept), ['p_kept-2'], 'gone'],
  ['lies elsewhere', over({ ...kept, target: '/other' }), ['p_kept-2'], 'files'],
  ['has no name either', over({ type: 'volume', target: '/data' }), ['p_kept-2'], 'files'],
])('a volume that %s must stop no deploy', (_, compose, made, service) => {
  expect(() => requireHandedOn(keeping(service), compose, made, new Set())).not.toThrow()
})

test('a deploy that refuses to lose files must name all of them: a person has to copy them', () => {
  const data = ['/srv/1.csv', '/srv/2.csv', '/srv/3.csv', '/srv/4.csv']
  const writer = { service: 'app', container: 'p-app-1', written: data, data, nameless: [] }
  const lines = data.map((path) => `p-app-1:${path}`).join('\n')
  expect(() => requireSaved([writer], new Set())).toThrow(expect.objectContaining({ detail: lines }))
})
