import { expect, test } from 'vitest'
import type { ReleaseEntry } from '../release/history.ts'
import { checkPromotion } from './promotion.ts'

const before = { ENV: 'staging', PROJECT: 'p-staging', ENGINE: '' }
const served = (image: string, built?: Record<string, string>) =>
  ({ outcome: 'deployed', image, ...(built ? { built } : {}) }) as ReleaseEntry
const check = (images: Record<string, string>, ...entries: ReleaseEntry[]) =>
  checkPromotion({ version: '1.0.0', images, before, entries }, new Set())

test('all images of a version must have served together in the environment before', () => {
  const images = { '': 'sha256:a', worker: 'sha256:w' }
  expect(check(images, served('sha256:a', { worker: 'sha256:w@sha256:digest', mail: 'sha256:m' }))).toBeUndefined()
  expect(check({ '': 'sha256:a' }, served('sha256:a'))).toBeUndefined()
  const apart = [served('sha256:a', { worker: 'sha256:old' }), served('sha256:b', { worker: 'sha256:w' })]
  expect(() => check(images, ...apart)).toThrow('1.0.0 (a, w) has not served in staging')
  expect(() => check(images, served('sha256:a'))).toThrow('has not served')
})
