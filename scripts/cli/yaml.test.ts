import fc from 'fast-check'
import { expect, test } from 'vitest'
import { stringify } from 'yaml'
import { Failure } from './failure.ts'
import { NO_KEYS } from './parse.ts'
import { parseYaml } from './yaml.ts'

const nested = (depth: number, open: string, close: string) => `a: ${open.repeat(depth)}${close.repeat(depth)}`
const bomb = [
  'a: &a [x, x, x, x, x, x, x, x, x]',
  ...'bcdefghi'.split('').map((name, index) => {
    const before = 'abcdefgh'[index]
    return `${name}: &${name} [${Array(9).fill(`*${before}`).join(', ')}]`
  }),
].join('\n')

test.each([
  ['lists in lists', nested(3000, '[', ']'), 'nested'],
  ['an open list', '['.repeat(8000), 'nested'],
  ['maps in maps', nested(3000, '{a: ', '}'), 'nested'],
  ['blocks in blocks', Array.from({ length: 1000 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n'), 'nested'],
  ['lists by dashes', `${'- '.repeat(3000)}a`, 'nested'],
  ['aliases of aliases', bomb, 'cannot be read'],
  ['keys without end', Array.from({ length: 400_000 }, (_, key) => `key-${key}: 1`).join('\n'), 'larger'],
  ['no YAML', 'a: "b', 'cannot be read'],
  ['a key that is there twice', 'a: 1\nb: 2\na: 3', 'not twice'],
  ['a key that every object has', 'constructor: {a: 1}', 'not allowed'],
  ['a key of all objects', 'a: {__proto__: {b: 1}}', 'not allowed'],
  ['keys of keys', '? '.repeat(4000), 'nested'],
])('%s must be refused within a second [security 37]', (_, text, says) => {
  const began = performance.now()
  expect(() => parseYaml(text, 'x.yaml')).toThrow(Failure)
  expect(() => parseYaml(text, 'x.yaml')).toThrow(says)
  expect(performance.now() - began).toBeLessThan(2000)
})

function hasForbiddenKey(value: unknown): boolean {
  let found = false
  JSON.stringify(value, (key, one: unknown) => {
    found ||= NO_KEYS.includes(key)
    return one
  })
  return found
}

test('what is written must be read, and anything else be refused in words', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = stringify(value)
      const read = () => stringify(parseYaml(text, 'x'))
      if (hasForbiddenKey(value)) expect(read).toThrow(Failure)
      else expect(read()).toBe(text)
    }),
    { numRuns: 200 },
  )
  fc.assert(
    fc.property(fc.string(), (text) => {
      try {
        parseYaml(text, 'x')
      } catch (error) {
        expect(error).toBeInstanceOf(Failure)
      }
    }),
    { numRuns: 2000 },
  )
})

test('a number beyond 64 bits must stay text, as Compose writes it without quotes', () => {
  const address = '0x7AA2f6a564A00FFe9a94A1263ea0Fa10CbA965dB'
  const text = `a: ${address}\nb: 0o7777777777777777777777777\nc: 1e999\nd: 0x10\ne: 1e3\n`
  expect(parseYaml(text, 'x')).toEqual({ a: address, b: '0o7777777777777777777777777', c: '1e999', d: 16, e: 1000 })
})
