import { expect, test } from 'vitest'
import { findLeftOut } from './reach.ts'

const files = [
  { path: 'tests/data.it.test.ts', text: '// Not reached by: src/templates/**, tests/test_*.py\nimport …' },
  { path: 'tests/page.it.test.ts', text: 'import …' },
]
const left = (...changed: string[]) => findLeftOut(files, changed).map(({ path }) => path)

test.each([
  ['a path that a file declares', ['src/templates/a/index.html'], ['tests/data.it.test.ts']],
  ['several such paths', ['src/templates/index.html', 'tests/test_page.py'], ['tests/data.it.test.ts']],
  ['one such path, and another', ['src/templates/index.html', 'src/app.py'], []],
  ['a path that only begins like it', ['src/templates.py'], []],
  ['the tests themselves', ['tests/data.it.test.ts'], []],
])('%s', (_, changed, expected) => {
  expect(left(...changed)).toEqual(expected)
})

test('tests that are left out must come with the reason', () => {
  expect(findLeftOut(files, ['src/templates/index.html'])).toEqual([
    { path: 'tests/data.it.test.ts', because: 'the change does not reach it: src/templates/index.html' },
  ])
})
