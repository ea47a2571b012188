import { expect, test } from 'vitest'
import { type Ignored, parseIgnored } from './ignore.ts'
import { auditDocument, type Compared, failureOf, judge, renderAudit } from './judge.ts'
import type { Finding } from './match.ts'

const TODAY = '2026-11-28'
const finding: Finding = {
  id: 'CVE-2026-1',
  ecosystem: 'PyPI',
  package: 'flask',
  version: '3.1.1',
  severity: 'high',
  fixed: '3.1.2',
  names: ['GHSA-1', 'CVE-2026-1'],
}
const entry: Ignored = { id: 'GHSA-1', reason: 'no such route', until: TODAY }
const passes = (gate: Parameters<typeof judge>[1], change: Partial<Finding> = {}, ignored: Ignored[] = []) =>
  judge([{ ...finding, ...change }], gate, ignored, TODAY)[0]?.passes

test.each([
  ['the same severity', passes('high'), undefined],
  ['a worse one', passes('low'), undefined],
  ['one below the gate', passes('critical'), 'below the gate'],
  ['an unknown one', passes('low', { severity: 'unknown' }), 'below the gate'],
  ['no gate', passes('off', { severity: 'critical' }), 'the gate is off'],
  ['no fix', passes('high', { fixed: '' }), 'no fix yet'],
  ['a malicious package, which nothing mends', passes('high', { fixed: '', names: ['MAL-1'] }), undefined],
  ['an entry of the list up to today', passes('high', {}, [entry]), `ignored until ${TODAY}: no such route`],
  ['an entry that has ended', passes('high', {}, [{ ...entry, until: '2026-11-27' }]), undefined],
  ['an entry for another package', passes('high', {}, [{ ...entry, package: 'gunicorn' }]), undefined],
  ['an entry for another id', passes('high', {}, [{ ...entry, id: 'CVE-2026-2' }]), undefined],
])('%s must decide', (_, found, expected) => {
  expect(found).toBe(expected)
})

const compared: Compared = {
  ...{ version: '1.0.0', image: 'sha256:a', packages: 90, records: 60_000, findings: [] },
  ...{ left: [{ reason: 'no order of versions is known for alpine', packages: 3 }], unclear: ['X-1 (a 1)'] },
}
test('a failure must show the table and name what fails; what was not checked must be told', () => {
  const judged = judge([{ ...finding, id: 'CVE-2026-2', severity: 'low' }, finding], 'high', [], TODAY)
  const text = renderAudit(compared, judged, 'high', [entry])
  expect(text.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
    ['SEVERITY', 'ID', 'PACKAGE', 'FIXED IN', 'GATE'],
    ['high', 'CVE-2026-1', 'flask 3.1.1', '3.1.2', 'FAILS the gate'],
    ['low', 'CVE-2026-2', 'flask 3.1.1', '3.1.2', 'below the gate'],
    [''],
    [`no longer ignored: GHSA-1, since ${TODAY}`],
    ['not checked: 3 packages (no order of versions is known for alpine)'],
    ['not comparable: X-1 (a 1)'],
    [
      'audited: 1.0.0, 90 packages against 60000 records; known vulnerabilities: 2, of which fail VULNERABILITY_GATE=high: 1',
    ],
  ])
  const document = auditDocument(compared, judged, 'high')
  expect(document.outcome).toBe('failed')
  expect(failureOf(judged, 'high', text, document)).toMatchObject({
    message: 'known vulnerabilities fail VULNERABILITY_GATE=high: CVE-2026-1 in flask',
    next: expect.stringContaining('make outdated UPDATE=1'),
    document,
  })
})

test('where nothing fails there must be no failure', () => {
  const judged = judge([finding], 'critical', [], TODAY)
  expect(failureOf(judged, 'critical', '', {})).toBeUndefined()
  expect(auditDocument(compared, judged, 'critical').outcome).toBe('passed')
})

test('a list of ignored vulnerabilities must give a reason and a date for each', () => {
  const text =
    '- {id: CVE-2026-1, reason: no such route, until: 2026-12-31}\n- {id: X, package: a, reason: b, until: 2026-12-31}'
  expect(parseIgnored(text, 'x.yaml')).toHaveLength(2)
  expect(parseIgnored('', 'x.yaml')).toEqual([])
})

test.each([
  ['no reason', '- {id: CVE-2026-1, until: 2026-12-31}', 'x.yaml at 0.reason'],
  ['an empty reason', '- {id: CVE-2026-1, reason: " ", until: 2026-12-31}', 'x.yaml at 0.reason'],
  ['no date', '- {id: CVE-2026-1, reason: a}', 'x.yaml at 0.until'],
  ['a date that does not exist', '- {id: CVE-2026-1, reason: a, until: 2026-13-01}', 'x.yaml at 0.until'],
  ['a misspelt key', '- {id: CVE-2026-1, reason: a, until: 2026-12-31, packages: b}', 'x.yaml at 0.packages'],
  ['no list', 'id: CVE-2026-1', 'x.yaml: '],
])('a list with %s must be refused in one line', (_, text, says) => {
  expect(() => parseIgnored(text, 'x.yaml')).toThrow(says)
})
