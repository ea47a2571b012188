import { expect, test } from 'vitest'
import { parseUpstream, renderLock } from './image-lock.ts'
import { planImages } from './lock-plan.ts'

const upstream = { python: 'python:3.13' }
const standIns = { python: 'dartagnan/python:f00' }
const pulled = { upstream: 'python:3.13', source: 'registry', reference: 'python@sha256:d', id: 'sha256:1' } as const
const built = {
  upstream: 'python:3.13',
  source: 'stand-in',
  reference: 'dartagnan/python:f00',
  id: 'sha256:2',
} as const
const step = (pull: string, because: string) => [
  { name: 'python', upstream: 'python:3.13', standIn: 'dartagnan/python:f00', pull, because },
]

test.each([
  ['an image that no lock names', {}, {}, step('python:3.13', 'not in the image lock yet')],
  ['a pulled image that is here', { python: pulled }, { 'python@sha256:d': 'sha256:1' }, []],
  ['a pulled image that is gone, by its digest', { python: pulled }, {}, step('python@sha256:d', 'not on this engine')],
  ['a stand-in that is here', { python: built }, { 'dartagnan/python:f00': 'sha256:2' }, []],
  ['a stand-in that is gone', { python: built }, {}, step('python:3.13', 'not on this engine')],
  [
    'a stand-in that was built again',
    { python: built },
    { 'dartagnan/python:f00': 'sha256:3' },
    step('python:3.13', 'not on this engine'),
  ],
  [
    'a stand-in whose inputs have changed',
    { python: { ...built, reference: 'dartagnan/python:old' } },
    { 'dartagnan/python:old': 'sha256:2' },
    step('python:3.13', 'what the stand-in is built from has changed'),
  ],
  [
    'a lock of another upstream version',
    { python: { ...pulled, upstream: 'python:3.12' } },
    {},
    step('python:3.13', 'not in the image lock yet'),
  ],
])('%s', (_, lock, ids, expected) => {
  expect(planImages({ upstream, lock, ids, standIns })).toEqual(expected)
})

test('the upstream images must be the FROM lines, by name', () => {
  expect(parseUpstream('# a comment\nFROM node:24 AS node\nFROM python:3.13 AS python\n')).toEqual({
    node: 'node:24',
    python: 'python:3.13',
  })
})

test('a lock must have one image on each line, and read back the same', () => {
  const text = renderLock({ python: built, node: pulled })
  expect(text.split('\n')).toHaveLength(5)
  expect(JSON.parse(text)).toEqual({ node: pulled, python: built })
  // bootstrap.sh reads this line with sed.
  expect(text).toMatch(/^ *"node":.*"reference":"python@sha256:d"/m)
})
