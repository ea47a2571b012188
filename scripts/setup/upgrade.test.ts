import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { LEDGER_FORMAT } from '../state/records.ts'
import { chooseUpgrade, newLines, requireReads } from './upgrade.ts'

test.each([
  [['v1.0.0', 'v1.10.0', 'v1.9.0', 'v2.0.0-rc.1', 'latest', ''], undefined, 'v1.10.0'],
  [['v1.0.0', 'v1.10.0'], '1.0.0', 'v1.0.0'],
  [['v1.0.0', 'v1.10.0'], 'v1.10.0', 'v1.10.0'],
  [['v2.0.0-rc.1'], '2.0.0-rc.1', 'v2.0.0-rc.1'],
  [['', 'nightly'], undefined, undefined],
])('of %j, %s must choose %s', (tags, wanted, chosen) => {
  expect(chooseUpgrade(tags, wanted)).toBe(chosen)
})

test.each(['3.0.0', '--help', '$(id)', ''])(
  'the version %j, which does not exist, must be refused with those that do',
  (wanted) => {
    expect(() => chooseUpgrade(['v1.0.0', 'v2.0.0'], wanted)).toThrow('the newest are v2.0.0, v1.0.0')
  },
)

test('a toolkit that cannot read the ledger must be refused, and one from before there were formats reads none', () => {
  expect(() => requireReads('{"ledger": 2}', 'v1', 'shop', 2)).not.toThrow()
  expect(() => requireReads('{}', 'v0', 'shop', 0)).not.toThrow()
  for (const old of ['{}', '{"ledger": 1}'])
    expect(() => requireReads(old, 'v1', 'shop', 2)).toThrow(
      'v1 of the toolkit cannot read the ledger of shop: its format is 2',
    )
})

test.each(['', 'no JSON', '[]', 'null', '{"ledger": "1"}'])(
  'a toolkit whose package.json is %j must be refused',
  (text) => {
    expect(() => requireReads(text, 'v1', 'shop', 1)).toThrow('v1 of the toolkit')
  },
)

test('package.json must say which ledger this toolkit reads', () => {
  expect(JSON.parse(readFileSync('package.json', 'utf8'))).toMatchObject({ ledger: LEDGER_FORMAT })
})

test('the changelog between must hold what is new, in its order', () => {
  expect(newLines('# C\n\n- a\n', '# C\n\n## 2\n\n- b\n- a\n')).toBe('## 2\n- b')
})
