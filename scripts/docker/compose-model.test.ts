import { expect, test } from 'vitest'
import { isClosed } from './compose-model.ts'

test.each([
  [{ back: null }, false],
  [{ back: null, inner: null }, false],
  [{ inner: null }, true],
  [{}, false],
  [undefined, false],
])('a service with the networks %j must be closed: %s', (networks, closed) => {
  const app = networks === undefined ? {} : { networks }
  const compose = { name: 'p', services: { app }, networks: { back: null, inner: { internal: true } } }
  expect(isClosed(compose, 'app')).toBe(closed)
})
