import { expect, test } from 'vitest'
import { isPlain, registryOf } from './name.ts'

test.each([
  ['journal', undefined],
  ['team/journal', undefined],
  ['registry.example.com/team/journal', 'registry.example.com'],
  ['localhost/journal', 'localhost'],
  ['localhost:5000/journal', 'localhost:5000'],
  ['10.0.0.1:5000/team/journal', '10.0.0.1:5000'],
])('%s lies in the registry %s', (repository, registry) => {
  expect(registryOf(repository)).toBe(registry)
})

test('only a registry on this host may be reached without TLS, and only without a certificate', () => {
  expect(isPlain('127.0.0.1:5000/x', '')).toBe(true)
  expect(isPlain('localhost:5000/x', 'secrets/ca.crt')).toBe(false)
  expect(isPlain('registry.example.com/x', '')).toBe(false)
})
