import { expect, test } from 'vitest'
import { imageOf } from './registry-image.ts'

test('a manifest names its image by the digest of its config; an index has none', () => {
  expect(imageOf('{"config": {"digest": "sha256:c"}}', 'sha256:m')).toBe('sha256:c')
  expect(imageOf('{"manifests": []}', 'sha256:m')).toBe('sha256:m')
})
