import { expect, test } from 'vitest'
import { parseSettings } from '../config/settings.ts'
import { goodReleases, type ReleaseEntry, renderEntry, servedSince } from './history.ts'

const entry = (version: string, over: Partial<ReleaseEntry> = {}): ReleaseEntry => ({
  outcome: 'deployed',
  target: 'deploy',
  version,
  revision: 'r',
  image: `sha256:${version}`,
  release: `release-${version}`,
  from: '',
  by: 'aramis',
  at: '2026-01-01T00:00:00Z',
  ms: 0,
  cut: 0,
  held: 0,
  because: '',
  ...over,
})
const back = (version: string, from: string) => entry(version, { target: 'rollback', from: `release-${from}` })
const good = (...entries: ReleaseEntry[]) => goodReleases(entries).map(({ version }) => version)

test.each([
  ['what serves, and where', {}, {}, 'deployed: 1.0.0 at http://127.0.0.1:8080'],
  ['a name to reach every address by', {}, { BIND: '0.0.0.0', PORT: '80' }, 'deployed: 1.0.0 at http://localhost:80'],
  ['that a rollback is no failure', { target: 'rollback' }, {}, 'rolled back to 1.0.0 at http://127.0.0.1:8080'],
  ['that a restore has succeeded', { target: 'restore' }, {}, 'restored: 1.0.0 at http://127.0.0.1:8080'],
])('an entry must tell %s', (_, over, settings, says) => {
  const text = renderEntry(entry('1.0.0', over), parseSettings([], settings))
  expect(text.endsWith(says), text).toBe(true)
})

test('good releases must be listed with the current one first', () => {
  expect(good(entry('1.0.0'), entry('1.1.0'))).toEqual(['1.1.0', '1.0.0'])
})

test.each(['unchanged', 'refused', 'rolled back', 'abandoned', 'needs a human'] as const)(
  'a release whose outcome is %j must not be good',
  (outcome) => expect(good(entry('1.0.0'), entry('1.1.0', { outcome }))).toEqual(['1.0.0']),
)

test('a release that was rolled back from must not be good any more', () => {
  expect(good(entry('1.0.0'), entry('1.1.0'), back('1.0.0', '1.1.0'))).toEqual(['1.0.0'])
})

test('a release that was rolled back from must be good again once it is deployed again', () => {
  expect(good(entry('1.0.0'), entry('1.1.0'), back('1.0.0', '1.1.0'), entry('1.1.0'))).toEqual(['1.1.0', '1.0.0'])
})

test('a rollback that failed must leave what it would have gone back from', () => {
  const failed = { ...back('1.0.0', '1.1.0'), outcome: 'needs a human' } as const
  expect(good(entry('1.0.0'), entry('1.1.0'), failed)).toEqual(['1.1.0', '1.0.0'])
})

test('a release that is deployed again must move to the top, and be there once', () => {
  expect(good(entry('1.0.0'), entry('1.1.0'), entry('1.0.0'))).toEqual(['1.0.0', '1.1.0'])
})

test('a deploy must leave the release that served before good', () => {
  expect(good(entry('1.0.0'), entry('1.1.0', { from: 'release-1.0.0' }))).toEqual(['1.1.0', '1.0.0'])
})

test('the same version under another configuration must be a release of its own', () => {
  expect(good(entry('1.0.0'), entry('1.0.0', { release: 'other' }))).toEqual(['1.0.0', '1.0.0'])
})

const over = (volumes: string, more: Partial<ReleaseEntry> = {}) =>
  entry('1.0.0', { release: `release-1.0.0-${volumes}`, base: 'release-1.0.0', ...more })
const ids = (...entries: ReleaseEntry[]) => goodReleases(entries).map(({ release }) => release)

test('one release over other volumes must be the same to go back to, as it was deployed last', () => {
  const restored = over('2', { target: 'restore', from: 'release-1.0.0-1' })
  expect(ids(over('1'), restored)).toEqual(['release-1.0.0-2'])
  expect(ids(over('1'), entry('1.1.0'), restored)).toEqual(['release-1.0.0-2', 'release-1.1.0'])
})

test('an entry from before data were part of a release must be the same as one over the first volumes', () => {
  expect(ids(entry('1.0.0'), over('2', { target: 'restore' }))).toEqual(['release-1.0.0-2'])
})

test('what was rolled back from must not be good any more, though the data went back too', () => {
  const back2 = over('2', { target: 'rollback', from: 'release-1.1.0' })
  expect(ids(over('1'), entry('1.1.0'), back2)).toEqual(['release-1.0.0-2'])
})

test('a release that was rolled back with its data must not be good, and what was put back must be', () => {
  const put = over('2', { target: 'restore', from: 'release-1.0.0-1' })
  expect(ids(over('1'), put, entry('1.1.0', { outcome: 'rolled back with data' }))).toEqual(['release-1.0.0-2'])
})

test('the good ones of fifty thousand must be found within five seconds', () => {
  const many = Array.from({ length: 50_000 }, (_, index) => entry('1.0.0', { release: `release-${index}` }))
  const began = performance.now()
  expect(goodReleases(many)).toHaveLength(50_000)
  expect(performance.now() - began).toBeLessThan(5000)
})

test('a container serves since the rollout that made it, before that was watched', () => {
  const at = Date.parse('2026-01-01T00:00:00Z')
  const steps = [
    { step: 'ready', ms: 3000 },
    { step: 'bake', ms: 5000 },
    { step: 'stop', ms: 1000 },
  ]
  const entries = [entry('1', { ms: 4000 }), entry('2', { at: '2026-01-01T01:00:00Z', ms: 10_000, steps })]
  expect(servedSince(entries, at + 1000)).toBe(at + 4000)
  expect(servedSince(entries, at + 5000)).toBe(at + 3_600_000 + 4000)
  expect(servedSince(entries, at + 7_200_000)).toBeUndefined()
})
