import { expect, test } from 'vitest'
import { autoBump, nextVersion, type Observed, parseBump, planPublish } from './publish-plan.ts'

const observed: Observed = {
  branch: 'main',
  shallow: false,
  commit: 'c0ffee',
  subject: 'feat: a page',
  changed: [],
  versions: ['1.2.3'],
  atHead: [],
  base: '1.2.3',
  messages: ['feat: a page'],
  changelog: undefined,
  origin: { versions: ['1.2.3'], ahead: false },
}
const plan = (more: Partial<Observed>, bump: Parameters<typeof planPublish>[0] = 'auto') =>
  planPublish(bump, { ...observed, ...more }, '2026-11-21')

test.each([
  ['1.2.3', ['fix: a'], '1.2.4'],
  ['1.2.3', ['perf: a', 'chore: b'], '1.2.4'],
  ['1.2.3', ['fix: a', 'feat: b', 'fix: c'], '1.3.0'],
  ['1.2.3', ['Fix: upper case counts'], '1.2.4'],
  ['1.2.3', ['feat(api)!: a'], '2.0.0'],
  ['1.2.3', ['chore!: drop the old engine'], '2.0.0'],
  ['1.2.3', ['fix: a\n\nBREAKING CHANGE: the path has moved'], '2.0.0'],
  ['1.2.3', ['fix: a\n\nBREAKING-CHANGE: the path has moved'], '2.0.0'],
  ['1.2.3', ['Revert "feat: a"\n\nThis reverts commit c0ffee.'], '1.2.4'],
  ['0.4.1', ['feat!: a'], '0.5.0'],
  ['0.4.1', ['feat: a'], '0.5.0'],
  ['0.4.1', ['fix: a'], '0.4.2'],
  ['2.0.0-rc.1', ['feat!: a'], '2.0.0'],
  [undefined, ['the first commit'], '0.1.0'],
])('auto after %s with %j must be %s', (base, messages, version) => {
  expect(plan({ base, versions: [], origin: 'none', messages })).toMatchObject({ kind: 'commit', version })
})

test.each([
  ['patch', '1.2.3', '1.2.4'],
  ['minor', '1.2.3', '1.3.0'],
  ['major', '1.2.3', '2.0.0'],
  ['major', '0.4.1', '1.0.0'],
  ['patch', undefined, '0.0.1'],
  ['minor', undefined, '0.1.0'],
  ['major', undefined, '1.0.0'],
] as const)('%s after %s must be %s, whatever the commits say', (bump, base, version) => {
  expect(nextVersion(base, bump)).toBe(version)
  expect(plan({ base, versions: [], origin: 'none', messages: ['docs: a'] }, bump)).toMatchObject({ bump, version })
})

test.each([
  [['docs: a', 'chore: b']],
  [['Update the page', 'feature: no such type', 'feat:no blank', 'we fix: nothing']],
  [['docs: a\n\n-notes-\nfeat: b']],
  [['chore: say that a BREAKING CHANGE: is none in a subject']],
  [[' \n']],
])('auto with %j must be refused with the subjects', (messages) => {
  expect(() => plan({ messages })).toThrow(
    expect.objectContaining({
      next: 'make release BUMP=patch',
      detail: expect.stringMatching(/\S/) as string,
    }) as Error,
  )
})

test('the bump of auto must not depend on the order of commits', () => {
  const change = { type: 'fix', scope: '', subject: 's', breaking: false, note: '' }
  const all = [change, { ...change, type: 'feat' }, { ...change, breaking: true }]
  expect(autoBump(all, '1.0.0')).toBe('major')
  expect(autoBump(all.toReversed(), '1.0.0')).toBe('major')
})

test.each([undefined, '', 'AUTO', '1.2.3', '--help'])('BUMP=%s must be refused with the choices', (given) => {
  expect(() => parseBump(given)).toThrow(/the choices are patch, minor, major, auto/)
  expect(() => parseBump(given)).toThrow(JSON.stringify(given ?? ''))
})

test.each<[string, Partial<Observed>, RegExp]>([
  ['a detached HEAD', { branch: undefined }, /detached/],
  ['files that no commit holds', { changed: ['?? x'] }, /no commit holds/],
  ['such files on a tag', { changed: ['?? x'], atHead: ['1.2.3'] }, /no commit holds/],
  ['a tag that exists here', { versions: ['1.2.3', '1.3.0'] }, /v1\.3\.0 exists already/],
  ['a shallow clone', { shallow: true }, /shallow/],
  ['a release that only origin has', { origin: { versions: ['1.2.3', '9.0.0'], ahead: false } }, /not here: 9\.0\.0/],
  ['a section that exists', { changelog: '## 1.3.0 - 2026-01-01\n\n- a\n' }, /has a section 1\.3\.0 already/],
  ['an origin with other commits', { origin: { versions: [], ahead: true } }, /has commits that are not here/],
  [
    'a tag that origin lacks, with other commits there',
    { atHead: ['1.2.3'], origin: { versions: [], ahead: true } },
    /has commits that are not here/,
  ],
])('%s must be refused', (_, more, message) => {
  expect(() => plan(more)).toThrow(message)
})

const halfway = { subject: 'Release 1.3.0', changelog: '## Unreleased\n\n## 1.3.0 - 2026-11-20\n\n- a\n' }
test.each<[string, Partial<Observed>, object]>([
  ['nothing since the tag', { atHead: ['1.2.3'] }, { kind: 'unchanged', version: '1.2.3' }],
  [
    'nothing since the tag, and no origin',
    { atHead: ['1.2.3'], origin: 'none' },
    { kind: 'unchanged', version: '1.2.3' },
  ],
  [
    'a tag that origin lacks, whatever else lies here',
    { atHead: ['1.2.3', '1.2.2'], changed: ['?? x'], origin: { versions: ['1.2.2'], ahead: false } },
    { kind: 'push', version: '1.2.3' },
  ],
  ['a tag, and an origin that is silent', { atHead: ['1.2.3'], origin: 'silent' }, { kind: 'push', version: '1.2.3' }],
  ['a release commit without its tag', halfway, { kind: 'tag', version: '1.3.0' }],
  ['such a subject without a section', { ...halfway, changelog: '' }, { kind: 'commit', version: '1.3.0' }],
  [
    'such a subject of a version that is tagged elsewhere',
    { ...halfway, subject: 'Release 1.2.3', changelog: '## 1.2.3\n' },
    { kind: 'commit', version: '1.3.0' },
  ],
])('%s', (_, more, expected) => {
  expect(plan(more)).toMatchObject(expected)
})
