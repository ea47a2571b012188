import { expect, test } from 'vitest'
import { adviceOf, isMissing, isTransient } from './errors.ts'

test.each([
  ['dial tcp 10.0.0.1:5000: connect: connection refused', true],
  ['net/http: TLS handshake timeout', true],
  ['received unexpected HTTP status: 503 Service Unavailable', true],
  ['failed with status: 429 Too Many Requests', true],
  ['unexpected EOF', true],
  ['login attempt failed with status: 401 Unauthorized', false],
  ['denied: requested access to the resource is denied', false],
  ['manifest unknown', false],
  ['x509: certificate signed by unknown authority', false],
])('%s: trying again may help: %s', (said, expected) => {
  expect(isTransient(said)).toBe(expected)
})

test('errors about missing images, credentials and certificates must be told apart', () => {
  expect(isMissing('registry.example.com/x:1: not found')).toBe(true)
  expect(isMissing('connection refused')).toBe(false)
  expect(adviceOf('401 Unauthorized', 'r')).toContain('REGISTRY_PASSWORD_FILE')
  expect(adviceOf('x509: certificate signed by unknown authority', 'r:5000')).toContain(
    '/etc/docker/certs.d/r:5000/ca.crt',
  )
  expect(adviceOf('connection refused', 'r')).toContain('docker login r')
})
