import { expect, test } from 'vitest'
import { adopt, bind, composed, ROOT, said } from '../testing/adoption.ts'
import { MOVED } from './rules/beside.ts'
import type { Service } from './source-tree.ts'

// What git does not keep of mounted code was on the host; a release had none of it, and nothing was said.

const WRITES = "fs.writeFileSync(path.join('data', 'recordings', name), text)\n"
const web: Service = {
  image: 'node:24',
  ports: [{ target: 3000 }],
  command: ['node', 'a.js'],
  volumes: [bind('', '/app')],
}
const volumesOf = (sources: Record<string, string>, own: Service = web) =>
  composed(adopt({ web: own }, { sources, tree: { binds: { [ROOT]: 'folder' } } })).services['app']?.['volumes']

test.each([
  [
    'named by .gitignore',
    { '.gitignore': 'node_modules/\n/data/recordings/*\n' },
    ['web-recordings:/app/data/recordings'],
  ],
  ['kept by a placeholder', { 'data/recordings/.gitkeep': '' }, ['web-recordings:/app/data/recordings']],
  ['in a cache', { 'storage/cache/data/.gitkeep': '' }, undefined],
  ['that a wider one has', { '.gitignore': 'data/recordings\ndata\n' }, ['web-data:/app/data']],
  ['of a name that says nothing', { '.gitignore': 'dist/\ntmp/\n' }, undefined],
  ['that the code does not name', { '.gitignore': 'media/\n' }, undefined],
  ['of Flask, without Flask', { '.gitignore': 'instance/\n', 'b.py': "all('instance')" }, undefined],
  [
    'of Flask',
    { '.gitignore': 'instance/\n', 'b.py': "from flask import a\nall('instance')" },
    ['web-instance:/app/instance'],
  ],
  ['that Flask serves', { '.gitignore': '_tmp\n', 'b.py': "static_folder='_tmp'\n" }, ['web-_tmp:/app/_tmp']],
  ['that Flask serves and a build makes', { '.gitignore': 'dist\n', 'b.py': "static_folder='dist'\n" }, undefined],
  ['for tests', { 'test/fixtures/files/.keep': '', 'b.js': "open('test/fixtures/files/a')" }, undefined],
  ['of Rails for pictures', { Gemfile: '', 'app/assets/images/.keep': '', 'b.rb': "'/assets/images/a'" }, undefined],
  ['in which git keeps files', { '.gitignore': 'data/\n', 'data/a.csv': '' }, undefined],
])('a folder of mounted code %s must be a volume, or not', (_, more, volumes) => {
  expect(volumesOf({ 'package.json': '{}', 'a.js': WRITES, ...more })).toEqual(volumes)
})

test('a folder that holds the data of a server must be no volume of the code', () => {
  const db = { image: 'mysql:8', volumes: [bind('docker/data/db', '/var/lib/mysql')] }
  const sources = {
    '.gitignore': '/docker/data/db\n',
    'docker/data/.gitkeep': '',
    'a.js': WRITES,
    'package.json': '{}',
  }
  const tree = { binds: { [ROOT]: 'folder' as const, [`${ROOT}/docker/data/db`]: 'missing' as const } }
  const adoption = adopt({ web, db }, { sources, tree })
  expect(composed(adoption).services['app']).not.toHaveProperty('volumes')
  expect(said(adoption, 'db').join()).not.toContain('lies in')
})

test('nor must one below a folder that the server alone mounts', () => {
  const db = { image: 'mysql:8', volumes: [bind('docker/sql', '/docker-entrypoint-initdb.d')] }
  const sources = { 'docker/sql/.gitignore': '/data\n', 'a.js': WRITES, 'package.json': '{}' }
  const tree = { binds: { [ROOT]: 'folder' as const, [`${ROOT}/docker/sql`]: 'folder' as const } }
  expect(composed(adopt({ web, db }, { sources, tree })).services['app']).not.toHaveProperty('volumes')
})

test.each([
  ["reply({ 'data': rows })\n", undefined],
  [WRITES, ['web-data:/app/data']],
])('at the top, that must be one where the code names it as a path: %s', (text, volumes) => {
  const db = { image: 'mysql:8', volumes: [bind('data/db', '/var/lib/mysql')] }
  const sources = { '.gitignore': 'data/\n', 'a.js': text, 'package.json': '{}' }
  const tree = { binds: { [ROOT]: 'folder' as const, [`${ROOT}/data/db`]: 'missing' as const } }
  const adoption = adopt({ web, db }, { sources, tree })
  expect(composed(adoption).services['app']?.['volumes']).toEqual(volumes)
})

test.each([
  ['names', 'sites.json', false, true],
  ['does not name', 'others.json', false, false],
  ['may not write', 'sites.json', true, false],
])(
  'a file of git that is mounted, and that code which writes files %s, must be said, or not',
  (_, file, readOnly, isSaid) => {
    const program = "FILE = 'sites.json'\nwith open(self.file, 'w') as f:\n    json.dump(all, f)\n"
    const sources = {
      Dockerfile: 'FROM python\nWORKDIR /app\nCOPY . .\nCMD ["python", "a.py"]\n',
      'a.py': program,
      [file]: '[]',
    }
    const own = {
      build: { context: ROOT },
      ports: [{ target: 80 }],
      volumes: [{ ...bind(file, `/app/${file}`), read_only: readOnly }],
    }
    const adoption = adopt({ web: own }, { sources, tree: { binds: { [`${ROOT}/${file}`]: 'file' } } })
    expect(said(adoption, 'web').join().includes('a.py names sites.json and writes files')).toBe(isSaid)
  },
)

test('a folder of data below a mounted folder without code must be a volume, too', () => {
  const sources = { 'package.json': '{}', 'a.js': WRITES, 'data/a.json': '{}', '.gitignore': 'data/recordings\n' }
  const over = { tree: { binds: { [`${ROOT}/data`]: 'folder' } } } as const
  const own = { build: { context: ROOT }, ports: [{ target: 80 }], volumes: [bind('data', '/app/data')] }
  const proposed = composed(
    adopt({ web: own }, { sources: { ...sources, Dockerfile: 'FROM node\nWORKDIR /app\nCOPY . .\n' }, ...over }),
  )
  expect(proposed.services['app']?.['volumes']).toEqual(['web-recordings:/app/data/recordings'])
})

test('a folder of mounted code that has a mount of its own needs no other one', () => {
  const sources = { 'package.json': '{}', 'a.js': WRITES, '.gitignore': 'data/\n' }
  const own = { type: 'volume', source: 'kept', target: '/app/data' }
  expect(volumesOf(sources, { ...web, volumes: [bind('', '/app'), own] })).toEqual(['kept:/app/data'])
  const adoption = adopt({ web }, { sources, tree: { binds: { [ROOT]: 'folder' } } })
  expect(said(adoption, 'web').join()).toContain('/app/data is the folder data')
})

const absent = (names: string) =>
  `note: git ignores ${names} in ., and its code names ${names.includes(',') ? 'them' : 'it'}: the image has none; ${MOVED}`
test.each([
  ['a database', '/shop-database\n', "open({ pathname: './shop-database' })", absent('shop-database')],
  ['files', 'a.yml\nb.yml\n', "read('a.yml')\nread(cwd() + '/b.yml')", absent('a.yml, b.yml')],
  ['one that the code does not name', 'a.yml\n', 'read(name)', undefined],
  [
    'a list of packages, and what a tool makes',
    'yarn.lock\nopenapi.json\n',
    "a('yarn.lock', 'openapi.json')",
    undefined,
  ],
  ['one of another host', 'a.json\n', "get('https://x.org/a.json')", undefined],
  ['one in a volume', 'kept/a.yml\n', "read('kept/a.yml')", undefined],
])('what git ignores below mounted code, and the code names, must be said, or not: %s', (_, ignored, text, finding) => {
  const sources = { 'package.json': '{}', 'a.js': text, '.gitignore': ignored }
  const own = { ...web, volumes: [bind('', '/app'), { type: 'volume', source: 'kept', target: '/app/kept' }] }
  const adoption = adopt({ web: own }, { sources, tree: { binds: { [ROOT]: 'folder' } } })
  const found = said(adoption, 'web').filter((one) => one.includes('git ignores'))
  expect(found).toEqual(finding === undefined ? [] : [finding])
})
test('a database that git ignores, of two services with the code, must be missing: each would have its own', () => {
  const sources = {
    'package.json': '{}',
    'a.js': "open({ pathname: './shop-database' })",
    '.gitignore': '/shop-database\n',
  }
  const own = { ...web, volumes: [bind('', '/app')] }
  const adoption = adopt(
    { web: own, worker: { ...own, ports: [] } },
    { sources, tree: { binds: { [ROOT]: 'folder' } } },
  )
  expect(said(adoption, 'web')).toContain(
    'missing: git ignores shop-database in ., and its code names it: the image has none; each container of web, worker would have its own',
  )
})
test.each([
  ['/app/sources', 'web-sources', ['web-sources:/app/sources']],
  ['/srv/sources', 'init-sources', undefined],
])(
  'a folder at %s that becomes a volume must be in a service that sees it there by a wider mount, or not',
  (to, name, all) => {
    const init = { ...web, ports: [], volumes: [bind('', '/app'), bind('sources', to)] }
    const binds = { [ROOT]: 'folder' as const, [`${ROOT}/sources`]: 'missing' as const }
    const sources = { 'package.json': '{}', 'a.js': 'x' }
    const { services } = composed(adopt({ web, init }, { sources, tree: { binds } }))
    expect(services['init']?.['volumes']).toEqual([`${name}:${to}`])
    expect(services['app']?.['volumes']).toEqual(all)
  },
)
