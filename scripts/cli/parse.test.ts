import * as v from 'valibot'
import { expect, test } from 'vitest'
import { Failure } from './failure.ts'
import { keyLike, parseJson, tryJson } from './parse.ts'

const deep = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`
test.each(['', 'x', '{"a": 1', deep(300), deep(100_000), '{"a": {"__proto__": 1}}', '[{"constructor": null}]'])(
  '%.30s must be read as no JSON',
  (text) => expect(tryJson(text)).toBeUndefined(),
)

test('what is JSON must be read as it is', () => {
  const value = { a: [1, null, { b: 'x' }], c: { toString: 'y' } }
  expect(tryJson(JSON.stringify(value))).toEqual(value)
  expect(tryJson(deep(100))).toEqual(JSON.parse(deep(100)))
})

const parse = (text: string) =>
  parseJson(v.looseObject({ a: v.array(v.string()) }), text, { what: 'x.json', next: 'make it right' })
test.each([
  ['null', 'x.json: the whole should be Object, and is null'],
  ['{"a": ["b", 5]}', 'x.json: a.1 should be string, and is 5'],
  ['{"a": "two\\nlines"}', 'x.json: a should be Array, and is "two lines"'],
])('%s must be refused in one line that names the place', (text, says) => {
  expect(() => parse(text)).toThrow(Failure)
  expect(() => parse(text)).toThrow(says)
})

test('a key must be no name of what every object has', () => {
  const is = (key: string) => v.is(keyLike(/^\w+$/), key)
  expect(['data', 'toString', 'constructor', 'a b'].map(is)).toEqual([true, false, false, false])
})
