import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { orderDebian, orderNode, orderPython } from './order.ts'

const dpkg = (one: string, other: string) => {
  const is = (relation: string) => spawnSync('dpkg', ['--compare-versions', one, relation, other]).status === 0
  return is('lt') ? -1 : Number(is('gt'))
}

test.each([
  ['1.0~rc1', '1.0'],
  ['1.0', '1.0+b1'],
  ['1.0-1', '1.0-1+deb13u1'],
  ['1.0-1+deb13u1', '1.0-1+deb13u10'],
  ['9.0', '1:0.1'],
  ['1.0a', '1.0+'],
  ['1.0~~', '1.0~'],
  ['1.0', '1.0-0.1'],
  ['2:2.38.1-5+deb12u2', '2:2.38.1-5+deb12u3'],
  ['20240101000000000000000000001', '20240101000000000000000000002'],
])("%s must be before %s in dpkg's order", (one, other) => {
  expect(dpkg(one, other)).toBe(-1)
  expect(Math.sign(orderDebian(one, other) ?? 0)).toBe(-1)
  expect(Math.sign(orderDebian(other, one) ?? 0)).toBe(1)
})

test("any two versions of Debian must have dpkg's order", () => {
  const pieces = fc.array(fc.constantFrom('0', '00', '1', '9', '10', '.', '+', '~', 'a', 'Z', 'rc', 'deb13u1'), {
    maxLength: 4,
  })
  const version = fc
    .tuple(fc.constantFrom('', '0:', '1:'), fc.constantFrom('0', '1', '01'), pieces, fc.option(pieces))
    .map(([epoch, first, upstream, revision]) =>
      [epoch, first, ...upstream, ...(revision ? ['-', '0', ...revision] : [])].join(''),
    )
  fc.assert(
    fc.property(version, version, (one, other) => {
      expect(Math.sign(orderDebian(one, other) ?? Number.NaN), `${one} and ${other}`).toBe(dpkg(one, other))
    }),
    { numRuns: 100 },
  )
})

test("Python's and Node's versions must have their own orders", () => {
  expect(orderPython('1.0.post1', '1.0')).toBeGreaterThan(0)
  expect(orderPython('1.0rc1', '1.0')).toBeLessThan(0)
  expect(orderPython('1.0', '1.0.0')).toBe(0)
  expect(orderPython('1.10', '1.9')).toBeGreaterThan(0)
  expect(orderNode('1.0.0-rc.1', '1.0.0')).toBeLessThan(0)
  expect(orderNode('1.10.0', '1.9.0')).toBeGreaterThan(0)
})

test.each([
  [orderPython, 'french toast'],
  [orderNode, '1.0'],
  [orderDebian, 'x1'],
  [orderDebian, ''],
])('what is no version must have no order', (order, text) => {
  expect(order(text, text)).toBeUndefined()
})
