import { expect, test } from 'vitest'
import { planTags } from './tags.ts'

const built = { version: '1.4.2', candidate: 'sha256:new', tested: true, tags: {} }

test('a tested image must get its version, and the tags that the version moves', () => {
  expect(planTags({ ...built, tags: { '1.4.1': 'sha256:old', '1.4': 'sha256:old' } }, false)).toEqual([
    { tag: '1.4.2', image: 'sha256:new', because: 'new' },
    { tag: '1.4', image: 'sha256:new', because: 'moves from old' },
    { tag: '1', image: 'sha256:new', because: 'new' },
    { tag: 'latest', image: 'sha256:new', because: 'new' },
  ])
})

test('a tag that is already right must need no step', () => {
  const tags = { '1.4.2': 'sha256:new', '1.4': 'sha256:new', '1': 'sha256:new', latest: 'sha256:new' }
  expect(planTags({ ...built, tags }, false)).toEqual([])
})

test('an image without evidence must be refused, unless it is forced', () => {
  expect(() => planTags({ ...built, tested: false }, false)).toThrow('not passed its tests')
  expect(planTags({ ...built, tested: false }, true)).not.toEqual([])
})

test('a full version must never move, not even by force', () => {
  expect(() => planTags({ ...built, tags: { '1.4.2': 'sha256:old' } }, true)).toThrow('already names')
})
