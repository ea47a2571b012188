import { expect, test } from 'vitest'
import { type Pushing, planPush } from './push-plan.ts'

const pushing: Pushing = {
  repository: 'registry.example.com/journal',
  version: '1.4.2',
  image: 'sha256:aa',
  tested: true,
  held: undefined,
  tags: [],
}

test('an image that the registry lacks must be sent, with the aliases that no greater version holds', () => {
  expect(planPush(pushing, false)).toEqual({ upload: true, aliases: ['1.4', '1', 'latest'] })
  expect(planPush({ ...pushing, tags: ['1.5.0', 'sha256-ab.sig', 'latest'] }, false)).toEqual({
    upload: true,
    aliases: ['1.4'],
  })
  expect(planPush({ ...pushing, version: '1.5.0-rc.1' }, false).aliases).toEqual([])
})

test.each([
  ['the same image', { digest: 'sha256:m', image: 'sha256:aa' }],
  ['the image of a containerd store, which goes by its manifest', { digest: 'sha256:aa', image: 'sha256:config' }],
])('%s must not be sent again', (_, held) => {
  expect(planPush({ ...pushing, held }, false).upload).toBe(false)
})

test('another image under a full version must be refused, even by force', () => {
  const held = { digest: 'sha256:m', image: 'sha256:bb' }
  expect(() => planPush({ ...pushing, held }, true)).toThrow('a full version never moves')
})

test('an image without evidence must be refused, unless it is forced', () => {
  expect(() => planPush({ ...pushing, tested: false }, false)).toThrow('has not passed its tests')
  expect(planPush({ ...pushing, tested: false }, true).upload).toBe(true)
})
