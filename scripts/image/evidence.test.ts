import { expect, test } from 'vitest'
import { covers } from './evidence.ts'

test('evidence must count for the very images that were tested together', () => {
  expect(covers({}, {}), 'of versions before there were several').toBe(true)
  expect(covers({ built: { worker: 'sha256:w' } }, { worker: 'sha256:w' })).toBe(true)
  expect(covers({ built: { worker: 'sha256:w' } }, { worker: 'sha256:other' })).toBe(false)
  expect(covers({}, { worker: 'sha256:w' })).toBe(false)
})
