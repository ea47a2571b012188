import { expect, test } from 'vitest'
import { imageRow, movePins, npmRow, parseRequirements, pinned, pythonRow } from './plan.ts'

const locked = { upstream: 'node:24', source: 'registry', reference: 'node@sha256:aa', id: 'sha256:id' } as const
test.each([
  ['the same digest', locked, { digest: 'sha256:aa' }, { state: 'up to date', update: '', latest: 'sha256:aa' }],
  ['another digest', locked, { digest: 'sha256:bb' }, { state: 'moved', locked: 'sha256:aa', update: 'sha256:bb' }],
  ['no answer', locked, { problem: 'no such host' }, { state: 'no answer', update: '', note: 'no such host' }],
  [
    'a stand-in',
    { ...locked, source: 'stand-in', reference: 'dartagnan/node:x' },
    { problem: '' },
    { state: 'stand-in', locked: 'sha256:id', update: '' },
  ],
] as const)('an image with %s', (_, image, answer, expected) => {
  expect(imageRow('node', 'lock.json', image, answer)).toMatchObject(expected)
})

test.each([
  ['node:24', 'node@sha256:a'],
  ['node', 'node@sha256:a'],
  ['127.0.0.1:5000/x:1', '127.0.0.1:5000/x@sha256:a'],
  ['registry.example.com:5000/team/x', 'registry.example.com:5000/team/x@sha256:a'],
])('%s is pulled by its digest as %s', (upstream, expected) => {
  expect(pinned(upstream, 'sha256:a')).toBe(expected)
})

const npm = { name: 'x', spec: '1.2.0', current: '1.2.0', wanted: '1.2.0', latest: '1.3.0', compatible: ['1.3.0'] }
test.each([
  ['a pin with a newer version of its major', npm, '1.3.0', ''],
  [
    'a pin with a newer version of its major and a newer major',
    { ...npm, latest: '2.0.0', compatible: ['1.10.0', '1.9.0'] },
    '1.10.0',
    'by hand: npm install x@2.0.0 --save-exact',
  ],
  [
    'a pin with only a newer major',
    { ...npm, latest: '2.0.0', compatible: ['1.2.0'] },
    '',
    'by hand: npm install x@2.0.0 --save-exact',
  ],
  ['a range', { ...npm, spec: '~1.2.0', wanted: '1.2.9' }, '1.2.9', 'by hand: npm install x@1.3.0'],
  ['a package without a lock', { ...npm, current: undefined }, '', 'by hand: npm install x@1.3.0 --save-exact'],
  [
    'a package from git',
    { ...npm, spec: 'github:a/b', wanted: 'git', latest: 'git' },
    '',
    'by hand: npm install x@git',
  ],
  [
    'a pin above the latest',
    { ...npm, current: '1.4.0', compatible: ['1.3.0'] },
    '',
    'by hand: npm install x@1.3.0 --save-exact',
  ],
])('%s must move as far as its spec allows', (_, found, update, note) => {
  expect(npmRow('package.json', found)).toMatchObject({ update, note, state: 'moved' })
})

const REQUIREMENTS = [
  '# a comment',
  '-r other.txt',
  'flask==3.1.1',
  'Py_Thing[extra] == 1.10  # why',
  "markers==2.0; python_version < '4'\r",
  'ranged>=1.13.2.dev0,<=1.13.2',
  'bare',
  'pre==1.0rc1',
  'star==1.*',
  'hashed==1.0 \\',
  '    --hash=sha256:aa',
  'https://example.com/x.whl',
  'git+https://example.com/x',
  './folder',
  '',
].join('\n')

test('a requirements file must be read as pip reads it, and only plain pins must count as pins', () => {
  const rows = parseRequirements(REQUIREMENTS)
  expect(rows.filter(({ pin }) => pin).map(({ name, spec }) => `${name} ${spec}`)).toEqual([
    'flask 3.1.1',
    'Py_Thing 1.10',
    'markers 2.0',
  ])
  expect(rows.filter(({ pin }) => !pin).map(({ name, spec }) => `${name} ${spec}`)).toEqual([
    'ranged >=1.13.2.dev0,<=1.13.2',
    'bare ',
    'pre ==1.0rc1',
    'star ==1.*',
    'hashed ==1.0',
  ])
})

const pin = { name: 'x', spec: '1.9', pin: true }
test.each([
  ['a newer version of its major', pin, ['1.9', '1.10'], { state: 'moved', update: '1.10', latest: '1.10', note: '' }],
  [
    'a newer version of its major and a newer major',
    pin,
    ['2.0', '1.10', '1.9'],
    { update: '1.10', latest: '2.0', note: 'another major: by hand' },
  ],
  ['only a newer major', pin, ['2.0', '1.9'], { state: 'moved', update: '', note: 'another major: by hand' }],
  ['nothing newer', pin, ['1.9', '1.8'], { state: 'up to date', update: '', latest: '1.9' }],
  ['only older ones', pin, ['1.8'], { state: 'up to date', update: '' }],
  ['only newer pre-releases', pin, ['1.10rc1', '1.9', '1.9.post1'], { state: 'up to date', update: '' }],
  ['no answer', pin, undefined, { state: 'no answer', update: '', latest: '' }],
  ['a range', { ...pin, spec: '>=1', pin: false }, ['9.9'], { state: 'left alone', update: '', latest: '9.9' }],
])('a requirement with %s', (_, requirement, versions, expected) => {
  expect(pythonRow('requirements.txt', requirement, versions)).toMatchObject(expected)
})

test('pins must move in place, and every other byte must stay', () => {
  const row = (name: string, update: string) => pythonRow('', { name, spec: '0', pin: true }, [`0.${update}`])
  const rows = ['flask', 'Py_Thing', 'markers', 'ranged', 'star', 'hashed'].map((name) => row(name, '9'))
  expect(movePins(REQUIREMENTS, rows)).toBe(
    REQUIREMENTS.replace('flask==3.1.1', 'flask==0.9').replace('== 1.10', '== 0.9').replace('==2.0;', '==0.9;'),
  )
  expect(movePins(REQUIREMENTS, [])).toBe(REQUIREMENTS)
})
