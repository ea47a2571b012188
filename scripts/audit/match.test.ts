import { expect, test } from 'vitest'
import type { Package } from '../distribution/sbom.ts'
import { Matcher, mergeFindings, subjectsOf } from './match.ts'
import { parseRecord } from './record.ts'

const debian = { id: 'debian', release: '13' }
const PACKAGES: Package[] = [
  {
    type: 'deb',
    name: 'libssl3t64',
    version: '3.5.1-1+b2',
    source: { name: 'openssl', version: '3.5.1-1' },
    distribution: debian,
  },
  {
    type: 'deb',
    name: 'openssl',
    version: '3.5.1-1',
    source: { name: 'openssl', version: '3.5.1-1' },
    distribution: debian,
  },
  { type: 'pypi', name: 'Flask_Login', version: '1.10' },
  { type: 'npm', name: '@scope/a', version: '1.10.0' },
  { type: 'deb', name: 'bash', version: '5.2', distribution: { id: 'ubuntu', release: '24.04' } },
]
const NAMES = { Debian: ['Debian:13', 'openssl'], PyPI: ['PyPI', 'flask-login'], npm: ['npm', '@scope/a'] } as const
type Known = keyof typeof NAMES
const range = (...events: object[]) => ({ ranges: [{ type: 'ECOSYSTEM', events }] })
const record = (ecosystem: Known, affected: object, more: object = {}) => {
  const [release, name] = NAMES[ecosystem]
  return { id: 'X-1', affected: [{ package: { ecosystem: release, name }, ...affected }], ...more }
}

/** What is found where the database of an ecosystem holds just these records. */
function compare(ecosystem: string, ...records: object[]) {
  const matcher = new Matcher(ecosystem, subjectsOf(PACKAGES).subjects.get(ecosystem) ?? [])
  for (const one of records) {
    const parsed = parseRecord(one)
    if (!parsed) throw new Error('no record')
    matcher.add(parsed)
  }
  return { found: mergeFindings(matcher.findings), unclear: matcher.unclear }
}

const from = { introduced: '0' }
test.each([
  ['Debian', 'a fix to come', [from, { fixed: '3.5.1-1+deb13u1' }], '3.5.1-1+deb13u1'],
  ['Debian', 'no fix', [from], ''],
  ['Debian', 'a fix before all versions', [from, { fixed: '0' }], undefined],
  ['Debian', 'a fix that is there', [from, { fixed: '3.5.1-1' }], undefined],
  ['Debian', 'a fix that only the binary package seems to lack', [from, { fixed: '3.5.1-1+a' }], '3.5.1-1+a'],
  ['PyPI', 'a later fix, by numbers', [from, { fixed: '1.11' }], '1.11'],
  ['PyPI', 'an earlier fix, by numbers', [from, { fixed: '1.9' }], undefined],
  ['PyPI', 'its version as the last', [from, { last_affected: '1.10.0' }], '> 1.10.0'],
  ['PyPI', 'an earlier one as the last', [from, { last_affected: '1.9' }], undefined],
  ['PyPI', 'an introduction to come', [{ introduced: '1.11' }], undefined],
  ['PyPI', 'a second range in the same list', [from, { fixed: '1.0' }, { introduced: '1.5' }, { fixed: '2.0' }], '2.0'],
  ['PyPI', 'its events in another order', [{ fixed: '1.5' }, from], undefined],
  ['npm', 'a later fix', [{ introduced: '1.0.0' }, { fixed: '1.11.0' }], '1.11.0'],
  ['npm', 'an earlier fix', [{ introduced: '1.0.0' }, { fixed: '1.9.0' }], undefined],
] as const)('%s: %s must be judged by its order of versions', (ecosystem, _, events, fixed) => {
  const { found, unclear } = compare(ecosystem, record(ecosystem, range(...events)))
  expect(found.map((one) => one.fixed)).toEqual(fixed === undefined ? [] : [fixed])
  expect(unclear).toEqual([])
})

test('an advisory must be of the very ecosystem, release and package', () => {
  const other = (ecosystem: string, name: string) => ({
    id: 'X',
    affected: [{ package: { ecosystem, name }, ...range(from) }],
  })
  const records = [other('Debian:12', 'openssl'), other('Debian:13', 'libssl3t64'), other('Debian:1', 'openssl')]
  expect(compare('Debian', ...records).found).toEqual([])
  expect(compare('PyPI', other('npm', 'flask-login')).found).toEqual([])
  expect(compare('PyPI', other('PyPI', 'Flask.Login')).found).toHaveLength(1)
  expect(compare('Ubuntu', other('Ubuntu:24.04:LTS', 'bash'), other('Ubuntu:22.04:LTS', 'bash')).found).toHaveLength(1)
})

test('a source with several packages must be found once, with the version of the source', () => {
  expect(compare('Debian', record('Debian', range(from))).found).toMatchObject([
    { package: 'openssl', version: '3.5.1-1' },
  ])
})

test('a listed version must count, and a withdrawn record must not', () => {
  expect(compare('PyPI', record('PyPI', { versions: ['1.10'] })).found).toHaveLength(1)
  expect(compare('PyPI', record('PyPI', { versions: ['1.1'] })).found).toEqual([])
  expect(compare('PyPI', record('PyPI', range(from), { withdrawn: '2026-01-01T00:00:00Z' })).found).toEqual([])
})

test('a range without an order must be told, not passed over', () => {
  expect(compare('PyPI', record('PyPI', range(from, { fixed: 'french toast' })))).toMatchObject({
    found: [],
    unclear: ['X-1 (flask-login 1.10)'],
  })
})

const CRITICAL = 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H'
test.each([
  ['critical', { severity: [{ type: 'CVSS_V3', score: CRITICAL }] }],
  [
    'critical',
    { severity: [{ type: 'CVSS_V4', score: 'CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N' }] },
  ],
  ['high', { severity: [{ type: 'CVSS_V2', score: 'AV:N/AC:L/Au:N/C:P/I:P/A:P' }] }],
  ['medium', { database_specific: { severity: 'MODERATE' } }],
  ['high', { severity: [{ type: 'Ubuntu', score: 'high' }] }],
  ['critical', { database_specific: { severity: 'LOW' }, severity: [{ type: 'CVSS_V3', score: CRITICAL }] }],
  ['critical', { id: 'MAL-2026-1' }],
  ['unknown', { severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:X' }] }],
  ['unknown', { database_specific: { severity: JSON.parse('['.repeat(9e4) + ']'.repeat(9e4)) } }],
  ['unknown', {}],
])('the severity must be %s', (severity, more) => {
  expect(compare('PyPI', record('PyPI', range(from), more)).found).toMatchObject([{ severity }])
})

test("what Debian calls unimportant must be low, whatever its vector says of others' programs", () => {
  const unimportant = { ...range(from), ecosystem_specific: { urgency: 'unimportant' } }
  const severity = [{ type: 'CVSS_V3', score: CRITICAL }]
  expect(compare('Debian', record('Debian', unimportant, { severity })).found).toMatchObject([{ severity: 'low' }])
})

test('records on one vulnerability must be one finding, by its CVE, with what each of them knows', () => {
  const one = record('PyPI', range(from), { id: 'PYSEC-1', aliases: ['CVE-2026-1'] })
  const other = record('PyPI', range(from, { fixed: '2' }), {
    id: 'GHSA-1',
    aliases: ['CVE-2026-1'],
    database_specific: { severity: 'HIGH' },
  })
  expect(compare('PyPI', one, other).found).toMatchObject([{ id: 'CVE-2026-1', severity: 'high', fixed: '2' }])
})

test('an advisory on several vulnerabilities must be left out where each of them is found', () => {
  const cve = (id: string) => record('Debian', range(from), { id: `DEBIAN-${id}`, upstream: [id] })
  const dsa = record('Debian', range(from), { id: 'DSA-1-1', upstream: ['CVE-2026-1', 'CVE-2026-2'] })
  const ids = (...records: object[]) => compare('Debian', ...records).found.map(({ id }) => id)
  expect(ids(dsa, cve('CVE-2026-1'), cve('CVE-2026-2'))).toEqual(['CVE-2026-1', 'CVE-2026-2'])
  expect(ids(dsa, cve('CVE-2026-1'))).toEqual(['DSA-1-1', 'CVE-2026-1'])
})

test('packages without an order or a release must be counted with the reason', () => {
  const apk: Package = { type: 'apk', name: 'musl', version: '1', distribution: { id: 'alpine', release: '3.22' } }
  const sid: Package = { type: 'deb', name: 'bash', version: '5', distribution: { id: 'debian', release: '' } }
  expect(subjectsOf([apk, apk, sid])).toMatchObject({
    left: [
      { packages: 2, reason: 'no order of versions is known for alpine' },
      { packages: 1, reason: 'the release of debian is not named in the image' },
    ],
  })
})

test.each([
  [null],
  [[]],
  ['x'],
  [{}],
  [{ id: 1 }],
  [{ id: 'X', affected: {} }],
  [{ id: 'X', affected: [{ ranges: [{ type: 1 }] }] }],
])('%j must be no record', (value) => {
  expect(parseRecord(value)).toBeUndefined()
})
