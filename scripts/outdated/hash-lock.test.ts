import { expect, test } from 'vitest'
import { hashLockRow, readReport, renderHashLock, withAnswer } from './hash-lock.ts'

const [A, B, C] = ['a', 'b', 'c'].map((digit) => digit.repeat(64)) as [string, string, string]
const pinned = { name: 'flask', version: '3.1.1', hashes: [A] }
const file = (filename: string, sha256: string) => ({ filename, hashes: { sha256 } })

test("pip's report must give each package by the name that an index has, with the hash of its file", () => {
  const one = (name: string, hashes?: object) => ({
    metadata: { name, version: '1' },
    download_info: { url: '', archive_info: { hashes } },
  })
  expect(
    readReport(JSON.stringify({ install: [one('Flask_Login', { sha256: A }), one('x', { md5: '1' }), one('y')] })),
  ).toEqual([
    { name: 'flask-login', version: '1', hashes: [A] },
    { name: 'x', version: '1', hashes: [] },
    { name: 'y', version: '1', hashes: [] },
  ])
  expect(() => readReport(JSON.stringify({ install: [one('x', { sha256: `${A} --index-url=http://x` })] }))).toThrow()
})

test('an index must add the hashes of all files of that version, and of no other', () => {
  const files = [
    file('flask-3.1.1-py3-none-any.whl', A),
    file('flask-3.1.1.tar.gz', B),
    file('flask-3.1.10-py3-none-any.whl', C),
    file('flask-3.1.1rc1.tar.gz', C),
    file('flask.egg', C),
  ]
  expect(withAnswer(pinned, { files })).toEqual({ ...pinned, hashes: [A, B] })
})

test.each([undefined, 'text', {}, { files: [{ filename: 'flask-3.1.1.tar.gz', hashes: { sha256: 'short' } }] }])(
  'the answer %j must add nothing',
  (answer) => {
    expect(withAnswer(pinned, answer)).toEqual(pinned)
  },
)

const text = renderHashLock('requirements.txt', [{ ...pinned, name: 'werkzeug', hashes: [A, B] }, pinned])
test('a lock must be a requirements file with hashes, in the order of names', () => {
  expect(text.split('\n').slice(1)).toEqual([
    'flask==3.1.1 \\',
    `    --hash=sha256:${A}`,
    'werkzeug==3.1.1 \\',
    `    --hash=sha256:${A} \\`,
    `    --hash=sha256:${B}`,
    '',
  ])
})

const werkzeug = { ...pinned, name: 'werkzeug' }
test.each([
  ['the same', text, [pinned, werkzeug], false, { state: 'up to date', update: '', locked: '2 with hashes' }],
  [
    'one that moved',
    text,
    [pinned, { ...werkzeug, version: '3.2' }],
    false,
    { state: 'moved', note: 'werkzeug 3.1.1 → 3.2' },
  ],
  ['one less', text, [pinned], false, { state: 'moved', update: '1 with hashes' }],
  ['a requirement that UPDATE=1 moves', text, [pinned, werkzeug], true, { state: 'moved', note: '' }],
  ['no hashes yet', '# none', [pinned], false, { state: 'moved', locked: 'no hashes', note: 'flask new → 3.1.1' }],
  ['no answer', text, 'no such host', true, { state: 'no answer', update: '', note: 'no such host' }],
] as const)('a lock with %s must say so', (_, held, found, moving, expected) => {
  expect(hashLockRow('app/requirements.lock', held, found, moving)).toMatchObject({
    name: 'requirements.txt',
    ...expected,
  })
})
