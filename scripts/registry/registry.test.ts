import { expect, test } from 'vitest'
import { adviceOf, imageOf, isMissing, isPlain, isTransient, type Pushing, planPush, registryOf } from './registry.ts'

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

test('only a registry of this host may be spoken to in the clear, and only without a certificate', () => {
  expect(isPlain('127.0.0.1:5000/x', '')).toBe(true)
  expect(isPlain('localhost:5000/x', 'secrets/ca.crt')).toBe(false)
  expect(isPlain('registry.example.com/x', '')).toBe(false)
})

const pushing: Pushing = {
  repository: 'registry.example.com/journal',
  version: '1.4.2',
  image: 'sha256:aa',
  tested: true,
  held: undefined,
  tags: [],
}

test('what is not there must be sent, with the aliases that no greater version holds', () => {
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

test('another image under a full version must be refused, by force as well', () => {
  const held = { digest: 'sha256:m', image: 'sha256:bb' }
  expect(() => planPush({ ...pushing, held }, true)).toThrow('a full version never moves')
})

test('an image without evidence must be refused, but by force', () => {
  expect(() => planPush({ ...pushing, tested: false }, false)).toThrow('has not passed its tests')
  expect(planPush({ ...pushing, tested: false }, true).upload).toBe(true)
})

test('a manifest names its image by the digest of its config; an index has none', () => {
  expect(imageOf('{"config": {"digest": "sha256:c"}}', 'sha256:m')).toBe('sha256:c')
  expect(imageOf('{"manifests": []}', 'sha256:m')).toBe('sha256:m')
})

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

test('what is missing, refused or not trusted must be told apart', () => {
  expect(isMissing('registry.example.com/x:1: not found')).toBe(true)
  expect(isMissing('connection refused')).toBe(false)
  expect(adviceOf('401 Unauthorized', 'r')).toContain('REGISTRY_PASSWORD_FILE')
  expect(adviceOf('x509: certificate signed by unknown authority', 'r:5000')).toContain(
    '/etc/docker/certs.d/r:5000/ca.crt',
  )
  expect(adviceOf('connection refused', 'r')).toContain('docker login r')
})
