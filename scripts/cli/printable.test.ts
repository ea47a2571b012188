import fc from 'fast-check'
import { expect, test } from 'vitest'
import { printable, printableJson, printableMessage } from './printable.ts'

test.each([
  ['a colour', '\x1b[31mred', '\\x1b[31mred'],
  ['the title of a window', '\x1b]0;mine\x07', '\\x1b]0;mine\\x07'],
  ['a return to the beginning of the line', 'bad\rgood', 'bad\\x0dgood'],
  ['a sequence of one byte', '\x9b2J', '\\x9b2J'],
  ['a turn of the direction', 'a\u202eb', 'a\\u202eb'],
  ['lines, tabs and letters', 'a\n\tné 🗡', 'a\n\tné 🗡'],
])('%s must be shown, and do nothing', (_, text, expected) => {
  expect(printable(text)).toBe(expected)
})

test('a document must say the same, and do nothing', () => {
  const document = { a: 'x\x9b2J\u202ey\n', b: '\x7f' }
  const text = printableJson(JSON.stringify(document))
  expect(text).toBe('{"a":"x\\u009b2J\\u202ey\\n","b":"\\u007f"}')
  expect(JSON.parse(text)).toEqual(document)
})

test('no line of a message may look like a message of its own', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const [, ...more] = printableMessage(`\n${text}`).split('\n')
      expect(more.every((line) => line.startsWith('  '))).toBe(true)
    }),
  )
})
