import { globSync, readFileSync } from 'node:fs'
import { lexer } from 'marked'
import { expect, test } from 'vitest'

const entries = lexer(readFileSync('docs/troubleshooting.md', 'utf8')).flatMap((token) =>
  token.type === 'heading' && token.depth === 3 ? [String(token.text)] : [],
)
// A value may be empty, or bring its own blank.
const tight = (text: string) => text.replaceAll(/ ?…[… ]*/g, '…')

// What the code says, with … for each value. The innermost values come first.
function messagesOf(text: string): string {
  const less = text.replaceAll(/\$\{[^{}]*\}|\$\([^()]*\)|\$\w+/g, '…')
  return less === text ? tight(text.replaceAll('\\"', '"')) : messagesOf(less)
}
const texts = globSync(['scripts/**/*.ts', 'scripts/**/*.sh'])
  .filter((file) => !file.endsWith('.test.ts'))
  .map((file) => readFileSync(file, 'utf8'))
  .filter((text) => /Failure|fail "/.test(text))
  .map(messagesOf)

test('the page must have entries, each once', () => {
  expect(entries.length).toBeGreaterThanOrEqual(30)
  expect(entries.toSorted()).toEqual([...new Set(entries)].sort())
})

test.each(entries)('"%s" must be the beginning of a message of the code', (entry) => {
  const begins = ['`', "'", '"'].map((quote) => quote + tight(entry))
  expect(texts.filter((text) => begins.some((literal) => text.includes(literal))).length).toBeGreaterThan(0)
})
