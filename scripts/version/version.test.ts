import fc from 'fast-check'
import semver from 'semver'
import { expect, test } from 'vitest'
import { isVersion, type Revision, tagsFor, versionOf } from './version.ts'

const revision = (over: Partial<Revision>): Revision => ({
  commit: 'abc1234def5678abc1234def5678abc1234def567',
  committedAt: 0,
  tag: 'v1.4.2',
  distance: 0,
  dirtyTree: undefined,
  ...over,
})

test.each([
  ['a release tag', {}, '1.4.2'],
  ['commits after it', { distance: 5 }, '1.4.3-dev.5.gabc1234'],
  ['a pre-release tag', { tag: 'v1.5.0-rc.1' }, '1.5.0-rc.1'],
  ['commits after a pre-release', { tag: 'v1.5.0-rc.1', distance: 2 }, '1.5.0-rc.1.dev.2.gabc1234'],
  ['no tag at all', { tag: undefined, distance: 7 }, '0.1.0-dev.7.gabc1234'],
  ['a tag that is not a version', { tag: 'vacation', distance: 7 }, '0.1.0-dev.7.gabc1234'],
  ['files that no commit holds', { dirtyTree: 'feedbeef12' }, '1.4.3-dev.0.gabc1234.dirty.tfeedbee'],
])('the version of %s', (_, over, expected) => expect(versionOf(revision(over))).toBe(expected))

test('every version must be valid, and sort after the tag below it', () => {
  const parts = fc.record({ numbers: fc.tuple(fc.nat(99), fc.nat(99), fc.nat(99)), distance: fc.nat(999) })
  fc.assert(
    fc.property(parts, ({ numbers, distance }) => {
      const version = versionOf(revision({ tag: `v${numbers.join('.')}`, distance: distance + 1 }))
      return (
        isVersion(version) &&
        semver.gt(version, numbers.join('.')) &&
        semver.lt(version, semver.inc(numbers.join('.'), 'patch') ?? '')
      )
    }),
  )
})

test.each([
  ['the first release', '1.4.2', [], ['1.4.2', '1.4', '1', 'latest']],
  ['a patch of an older minor', '1.3.9', ['1.4.2'], ['1.3.9', '1.3']],
  ['a patch of an older major', '1.4.3', ['1.4.2', '2.0.0'], ['1.4.3', '1.4', '1']],
  ['a pre-release', '2.0.0-rc.1', ['1.4.2'], ['2.0.0-rc.1']],
  ['a development version', '1.4.3-dev.5.gabc1234', ['1.4.2'], ['1.4.3-dev.5.gabc1234']],
  ['a release after its pre-release', '2.0.0', ['1.4.2', '2.0.0-rc.1'], ['2.0.0', '2.0', '2', 'latest']],
  ['an older release built again', '1.4.1', ['1.4.1', '1.4.2'], ['1.4.1']],
  ['a zero major', '0.3.0', ['0.2.0'], ['0.3.0', '0.3', '0', 'latest']],
])('the tags of %s', (_, version, existing, expected) => expect(tagsFor(version, existing)).toEqual(expected))

test.each(['1.4', 'v1.4.2', 'latest', '--help', '$(touch /tmp/p)', '1.4.2\n', ''])(
  '%j must not be a version',
  (text) => {
    expect(isVersion(text)).toBe(false)
  },
)
