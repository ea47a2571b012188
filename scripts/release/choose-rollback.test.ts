import { expect, test } from 'vitest'
import type { Snapshot } from '../data/snapshot.ts'
import { holdsDataOf } from '../data/snapshot.ts'
import { chooseRelease, restoresData } from './choose-rollback.ts'
import type { ReleaseEntry } from './history.ts'

const entry = (version: string, over: Partial<ReleaseEntry> = {}): ReleaseEntry => ({
  outcome: 'deployed',
  target: 'deploy',
  version,
  revision: 'r',
  image: `image-${version}`,
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
const three = [entry('1.0.0'), entry('1.1.0'), entry('1.2.0')]
const images = (...versions: string[]) => new Set(versions.map((version) => `image-${version}`))
const all = images('1.0.0', '1.1.0', '1.2.0')
const choose = (entries: ReleaseEntry[], version?: string, available = all, interrupted = false) =>
  chooseRelease(entries, ({ image }) => available.has(image), version, interrupted).version

test('without VERSION it must be the release before the current one', () => {
  expect(choose(three)).toBe('1.1.0')
})

test('VERSION must be taken', () => {
  expect(choose(three, '1.0.0')).toBe('1.0.0')
})

test('a release that failed must not be chosen', () => {
  expect(choose([entry('1.0.0'), entry('1.1.0', { outcome: 'rolled back' }), entry('1.2.0')])).toBe('1.0.0')
})

test('two rollbacks in a row must go further back', () => {
  const once = entry(choose(three), { target: 'rollback', from: 'release-1.2.0' })
  expect(choose([...three, once])).toBe('1.0.0')
})

test('a rollback that was undone must be tried again, and a deploy that failed be left', () => {
  expect(choose([...three, entry('1.1.0', { target: 'rollback', outcome: 'rolled back' })])).toBe('1.1.0')
  expect(choose([...three, entry('1.3.0', { outcome: 'rolled back' })])).toBe('1.2.0')
})

test('where a run was interrupted it must be the current release', () => {
  expect(choose(three, undefined, all, true)).toBe('1.2.0')
})

const here = images('1.0.0', '1.2.0')
test.each([
  ['whose image is gone', three, undefined, here, '1.1.0 is no longer kept on this engine; there are: 1.0.0'],
  [
    'that is named, and whose image is gone',
    three,
    '1.1.0',
    here,
    '1.1.0 is no longer kept on this engine; there are: 1.0.0',
  ],
  ['that is unknown', three, '9.9.9', all, 'VERSION="9.9.9" is not an earlier good release; there are: 1.1.0, 1.0.0'],
  [
    'that serves already',
    three,
    '1.2.0',
    all,
    'VERSION="1.2.0" is not an earlier good release; there are: 1.1.0, 1.0.0',
  ],
  [
    'before the first',
    [entry('1.0.0')],
    undefined,
    all,
    'there is no earlier good release; there is none to choose from',
  ],
  ['before any', [], undefined, all, 'there is no earlier good release; there is none to choose from'],
])('a release %s must be refused with the choices', (_, entries, version, available, says) => {
  expect(() => choose(entries, version, available)).toThrow(`cannot roll back: ${says}`)
})

test('the next command must be one that can be of use', () => {
  expect(() => choose(three, '9.9.9')).toThrow(expect.objectContaining({ next: expect.stringContaining('VERSION=') }))
  expect(() => choose([])).toThrow(expect.objectContaining({ next: 'make history' }))
})

test.each(['abandoned', 'rolled back', 'needs a human'] as const)(
  'after a run that ended as %s it must be the current release, not one before it',
  (outcome) => {
    expect(choose([...three, entry('1.3.0', { outcome })])).toBe('1.2.0')
  },
)

test('DATA=restore must ask for the data, and no DATA for none', () => {
  expect(restoresData('restore')).toBe(true)
  expect(restoresData(undefined)).toBe(false)
})

test.each(['yes', '1', 'Restore', 'restore ', ''])('DATA=%j must be refused, with the value quoted', (data) => {
  const next = expect.stringContaining('make rollback DATA=restore')
  const failure = { message: expect.stringContaining(`DATA=${JSON.stringify(data)}`), next }
  expect(() => restoresData(data)).toThrow(expect.objectContaining(failure))
})

test.each([
  ['of the very release', { release: 'release-1.0.0', version: '1.0.0' }, true],
  ['of its version over other volumes', { release: 'over-others', version: '1.0.0' }, true],
  ['of another version', { release: 'release-1.1.0', version: '1.1.0' }, false],
])('a snapshot %s must be one that holds its data, or not', (_, taken, holds) => {
  expect(holdsDataOf(entry('1.0.0'))(taken as Snapshot)).toBe(holds)
})
