import { expect, test } from 'vitest'
import { openNetworks } from './compose-model.ts'

test.each([
  [{ back: null }, ['p_back']],
  [{ inner: null, back: null }, ['p_back']],
  [{ inner: null }, []],
  [undefined, []],
])('a service with the networks %j must have a way out by %j', (networks, open) => {
  const app = networks === undefined ? {} : { networks }
  const all = { back: { name: 'p_back' }, inner: { name: 'p_inner', internal: true } }
  expect(openNetworks({ name: 'p', services: { app }, networks: all }, 'app')).toEqual(open)
})
