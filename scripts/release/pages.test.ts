import { expect, test } from 'vitest'
import { pagesOf, withPages } from './pages.ts'

const line = '  http-error status 503 content-type text/plain string "own"\n'

test.each([
  [{ '404.html': 'a' }, 'pages/404.html is no page for an answer of the proxy'],
  [{ '503.txt': 'a' }, 'pages/503.txt is no page for an answer of the proxy'],
  [{ '503.html': '' }, 'pages/503.html is empty'],
  [{ '503.html': 'a'.repeat(14_001) }, 'pages/503.html has 14001 bytes'],
  [{ '503.html': '\ufffd' }, 'pages/503.html is no text in UTF-8'],
])('pages %o must be refused', (files, problem) => {
  expect(() => pagesOf('pages', files)).toThrow(problem)
})

test('a page of ones own must take the place of the one that the proxy has', () => {
  expect(withPages(`a\n${line}b\n`)).toBe(`a\n${line}b\n`)
  expect(withPages(line, pagesOf('pages', { '502.html': 'x' }))).toContain(`${line}  http-error status 502 `)
  const own = withPages(line, pagesOf('pages', { '503.html': 'x\n' }))
  expect(own).toBe('  http-error status 503 content-type "text/html; charset=utf-8" string "x\\n" hdr Retry-After 2\n')
})
