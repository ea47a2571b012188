import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { ON_DEMAND, standInFor, whyNoStandIn } from './stand-in.ts'

const locked = (source: 'registry' | 'stand-in') => ({
  python: { upstream: 'python:3.13', source, reference: 'r', id: 'sha256:1' },
})
const nameOf = (reference: string, source: 'registry' | 'stand-in' = 'stand-in') =>
  standInFor(reference, locked(source))?.name

test.each([
  ['redis', 'redis'],
  ['redis:alpine', 'redis'],
  ['docker.io/library/redis', 'redis'],
  ['library/golang:1.24-alpine', 'golang'],
  ['python:3.9', 'python'],
  ['debian:bookworm-slim', 'debian'],
  ['alpine:3.20', undefined],
  ['mongo', undefined],
  ['constructor', undefined],
  ['bitnami/redis:8', undefined],
  ['ghcr.io/redis:8', undefined],
  ['localhost:5000/redis:8', undefined],
  [`redis:8@sha256:${'0'.repeat(64)}`, undefined],
])('the stand-in for %s must be %s', (reference, name) => {
  expect(nameOf(reference)).toBe(name)
})

test("where the lock names a registry's images, no image may have a stand-in", () => {
  expect(nameOf('redis:alpine', 'registry')).toBeUndefined()
  expect(standInFor('python:3', {})).toBeUndefined()
  const mixed = { ...locked('registry'), node: { ...locked('stand-in').python, upstream: 'node:24' } }
  expect(standInFor('python:3', mixed)).toBeUndefined()
})

test.each(Object.entries(ON_DEMAND))('%s must have a Dockerfile that says it stands in for %s', (name, upstream) => {
  const file = `compose/images/${name}/Dockerfile`
  expect(existsSync(file)).toBe(true)
  expect(readFileSync(file, 'utf8')).toMatch(new RegExp(`^# Stand-in for ${upstream}\\b`))
})

test("a message must say why Alpine's own image has no stand-in", () => {
  expect(whyNoStandIn('docker.io/alpine:3')).toContain('apk')
  expect(whyNoStandIn('mongo')).toBe('')
})
