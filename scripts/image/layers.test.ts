import { expect, test } from 'vitest'
import { inOneOrder, presentLayers } from './layers.ts'

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
  expect([...presentLayers(sending, there)].sort()).toEqual(expected)
})

test.each([
  ['manifest.json', [{ Config: 'b' }, { Config: 'a', RepoTags: ['x'] }], (list: unknown) => list],
  ['index.json', [{ digest: 'b' }, { digest: 'a' }], (manifests: unknown) => ({ schemaVersion: 2, manifests })],
])('%s of one archive must be the same in whatever order the engine wrote it', (_, images, wrap) => {
  const [one, other] = [images, images.toReversed()].map((list) => inOneOrder(JSON.stringify(wrap(list))))
  expect(one).toBe(other)
  expect(JSON.parse(one ?? '')).toEqual(wrap(images.toReversed()))
})
