import { expect, test } from 'vitest'
import { layersThere } from './layers.ts'

test.each([
  ['nothing is there', [['a', 'b']], [], []],
  ['all is there', [['a', 'b']], [['a', 'b', 'c']], ['a', 'b']],
  ['the lower part is there', [['a', 'b', 'c']], [['a', 'b', 'x']], ['a', 'b']],
  ['the same layer lies on another', [['a', 'b']], [['x', 'b']], []],
  [
    'two share a layer, and one of them sits elsewhere',
    [
      ['a', 'b'],
      ['x', 'b'],
    ],
    [['a', 'b']],
    ['a'],
  ],
])('where %s', (_, sending, there, expected) => {
  expect([...layersThere(sending, there)].sort()).toEqual(expected)
})
