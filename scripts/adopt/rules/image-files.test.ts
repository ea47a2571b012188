import { expect, test } from 'vitest'
import { adopt as adoptAll, composed, ROOT, said, WEB } from '../../testing/adoption.ts'
import type { ImageFacts, Service, SourceTree } from '../source-tree.ts'
import { MOVED } from './beside.ts'

// What the images themselves say, against what the lines of a Dockerfile or a name would make one believe.

const IMAGE: ImageFacts = {
  ...{
    isHere: true,
    volumes: [],
    environment: {},
    ports: [],
    user: '',
    entrypoint: [],
    cmd: ['node', 'a.js'],
    files: [],
  },
}
const adopt = (services: Record<string, Service>, tree: Partial<SourceTree>) =>
  adoptAll(services, { project: { volumes: { data: {} } }, tree })
const volumes = [{ type: 'volume', source: 'data', target: '/app/public' }]

test('a volume over files of an image must be asked about by these files, and one over none must not', () => {
  const web = { ...WEB, volumes }
  // It may begin with pictures, and a deploy that would hide a later one refuses.
  const pictures = adopt({ web }, { built: { '': { ...IMAGE, files: ['/app/public/a.png'] } } })
  expect(said(pictures, 'web').join()).toContain('note: the volume data covers /app/public/a.png')
  const examples = adopt({ web }, { tracked: ['public/a.png'], files: ['public/a.png'] })
  expect(said(examples, 'web').join()).toContain('note: the volume data covers public/a.png')
  const over = adopt({ web }, { built: { '': { ...IMAGE, files: ['/app/public/app.js', '/app/a.js'] } } })
  expect(said(over, 'web')).toContain(
    "missing: the volume data covers /app/public/app.js of the image at /app/public: the next version's would stay hidden",
  )
  const none = adopt({ web }, { built: { '': { ...IMAGE, files: ['/app/public/.gitkeep', '/app/a.js'] } } })
  expect(said(none, 'web')).toContain('ok: /app/public in the volume data')
  const declared = { ...IMAGE, volumes: ['/app/public'], files: ['/app/public/app.js'] }
  expect(said(adopt({ web }, { built: { web: declared } }), 'web')).toContain('ok: /app/public in the volume data')
})

test('a VOLUME of the base image must get a volume, although no line of the Dockerfile names it', () => {
  const worker: Service = { build: { context: `${ROOT}/w`, dockerfile_inline: 'FROM team/base\nCMD ["w"]\n' } }
  const adoption = adopt({ web: WEB, worker }, { images: { 'team/base': { ...IMAGE, volumes: ['/keep'] } } })
  expect(composed(adoption).services['worker']).toMatchObject({ volumes: ['worker-data:/keep'] })
})

test('a server and a database in an image must be said where no hook and no volume has them', () => {
  const files = [
    '/usr/lib/postgresql/17/bin/postgres',
    '/srv/start.sqlite3',
    '/usr/share/doc/a.db',
    '/app/node_modules/x/t.db',
  ]
  const all = said(
    adopt({ web: WEB, all: { image: 'team/all' } }, { images: { 'team/all': { ...IMAGE, files } } }),
    'all',
  )
  expect(all).toContain(
    'note: its image has postgres: where it runs there, a snapshot has its files as after a power cut',
  )
  expect(all).toContain(`note: /srv/start.sqlite3 of its image lies in no volume: ${MOVED}`)
})

test('the s6 supervision must be the first process of its container', () => {
  const app = { image: 'team/s6', entrypoint: ['/init'] }
  expect(composed(adopt({ web: WEB, app }, {})).services['app-service']).toMatchObject({ init: false })
})

test('what nobody has looked into must be named, and what has no volume', () => {
  const services = { web: WEB, events: { image: 'team/events' } }
  expect(said(adopt(services, {}), 'images')).toEqual([
    expect.stringMatching(/^note: not looked into, for they are not on this engine: web, events; /),
  ])
  expect(said(adopt(services, {}), 'data')).toEqual([
    'note: in no volume: events; a new container of these begins empty',
  ])
  const seen = { images: { 'team/events': IMAGE }, built: { '': IMAGE } }
  expect(said(adopt(services, seen), 'images')).toEqual([expect.stringMatching(/^ok: looked into; /)])
  expect(said(adopt(services, seen), 'data')).toEqual([
    'ok: in no volume: events; what looks like data there, the next deploy moves into one',
  ])
})

const FILL = 'for item in /opt/dist/*; do\n  cp -a "$item" "public/$(basename $item)"\ndone\nexec php-fpm\n'
const REFILLED =
  'note: the volume pub covers public/a.php of the image at /srv/public, and each start copies them there from /opt/dist'
const HIDDEN =
  "missing: the volume pub covers public/a.php of the image at /srv/public: the next version's would stay hidden"
test.each([
  ['anew', 'cp -a /opt/dist/. /srv/public/ 2>/dev/null || true\n', REFILLED],
  ['one by one', FILL, REFILLED],
  ['where it is empty', `if [ -z "$(ls -A public)" ]; then\n  cp -a /opt/dist/. public/\nfi\n`, HIDDEN],
  ['where one of them is absent', `[ -f public/a.php ] || cp -a /opt/dist/. /srv/public/\n`, HIDDEN],
  ['in part', 'cp -a /opt/dist/css public/css\n', HIDDEN],
  ['not at all', 'exec php-fpm\n', HIDDEN],
])('what the image has below a volume must be MISSING unless each start copies it there: %s', (_, script, found) => {
  const built =
    'FROM php:8-fpm\nWORKDIR /srv\nCOPY . .\nRUN cp -a /srv/public /opt/dist\nCOPY e.sh /e.sh\nENTRYPOINT ["/e.sh"]\n'
  const volumes = [{ type: 'volume', source: 'pub', target: '/srv/public' }]
  const [web, pages] = [
    { ...WEB, volumes },
    { image: 'nginx', volumes },
  ]
  const sources = { Dockerfile: built, 'public/a.php': '', 'e.sh': script }
  expect(
    said(adoptAll({ web, pages }, { sources, tree: { service: 'web' }, project: { volumes: { pub: {} } } }), 'web'),
  ).toContain(found)
})
