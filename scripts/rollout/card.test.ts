import { expect, test } from 'vitest'
import type { ReleaseEntry } from '../release/history.ts'
import { makeRelease } from '../release/make-release.ts'
import { renderCard } from './card.ts'

const release = (version: string, app: object = {}) =>
  makeRelease(
    { name: 'p', services: { app: { image: `sha256:${version}`, ...app }, proxy: {} } },
    { id: `sha256:${version}`, version, revision: 'r', volumes: [] },
    { port: 8000, health: '/healthz', replicas: 1 },
    { template: '', hold: 10 },
  )
const [one, two] = [release('1.0.0'), release('2.0.0', { mem_limit: '64m' })]
const steps = [
  { step: 'start', ms: 900 },
  { step: 'switch', ms: 20 },
  { step: 'start', ms: 300 },
]
const entry = (over: Partial<ReleaseEntry> = {}): ReleaseEntry => ({
  ...{ outcome: 'deployed', target: 'deploy', version: '2.0.0', revision: 'r', image: 'i', release: 'x', from: 'y' },
  ...{ by: 'aramis', at: '', ms: 12_000, cut: 0, held: 900, because: '', steps, snapshot: '0123456789abcdef' },
  ...over,
})

test('the card must say what changed, how long each step took, what requests felt, and the way back', () => {
  expect(renderCard(entry(), one, two)).toEqual([
    'changed  image 1.0.0 → 2.0.0; app: mem_limit',
    'took     12 s: start 1.2 s',
    'requests 0 cut, held for 0.9 s',
    'data     snapshot 01234567',
    'back     make rollback   (to 1.0.0)',
  ])
})

test('who has waited for all of HOLD_TIMEOUT must be told of: the others fail as long as what they need is not there', () => {
  expect(renderCard(entry({ held: 10_200 }), one, two)[2]).toBe(
    'requests 0 cut, held for 10 s, all of HOLD_TIMEOUT=10: later ones failed until this version served',
  )
})

test.each([
  ['rollback', 'make deploy VERSION=1.0.0'],
  ['restore', 'make restore SNAPSHOT=01234567'],
])('the way back from a %s must be another', (target, back) => {
  expect(renderCard(entry({ target }), one, two).at(-1)).toBe(`back     ${back}`)
})

test('a first deploy has nothing to go back to, and what failed has no card', () => {
  expect(renderCard(entry(), undefined, two).map((row) => row.split(' ')[0])).toEqual(['took', 'data'])
  expect(renderCard(entry({ outcome: 'rolled back' }), one, two)).toEqual([])
})

test.each([
  [9000, 'exclusive', 'requests wait up to 50 s for this start: for fewer, HOLD_TIMEOUT=9 in the settings'],
  [
    45_000,
    'exclusive',
    'a deploy has 37.5 s for this start while requests wait: a slow start: HOLD_TIMEOUT is 50 already, which is the most: x-rollout: overlap for the service starts the new version beside the old one, where both may write to its data (docs/guides/deploys.md)',
  ],
  [5000, 'exclusive', undefined],
  [35_000, 'overlap', undefined],
])('a first deploy must say that its start is too slow for the next one: %i ms, %s', (ms, rollout, said) => {
  const first = release('1.0.0', { 'x-rollout': rollout })
  const rows = renderCard(entry({ steps: [{ step: 'ready', ms }] }), undefined, first)
  expect(rows.find((row) => row.startsWith('later'))).toBe(said && `later    ${said}`)
})
