import { expect, test } from 'vitest'
import { closest } from './closest.ts'

test.each([
  ['PROT', 'PORT'],
  ['PORTS', 'PORT'],
  ['READY_TIMOUT', 'READY_TIMEOUT'],
  ['DATABASE_URL', undefined],
])('%s must be taken for %s', (word, meant) => {
  expect(closest(word, ['BIND', 'PORT', 'PROJECT', 'READY_TIMEOUT'])).toBe(meant)
})
