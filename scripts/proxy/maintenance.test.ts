import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { isMaintenance, withMaintenance } from './maintenance.ts'

const template = readFileSync('compose/proxy/haproxy.cfg', 'utf8')
const begun = { since: '2026-01-01T00:00:00Z', by: 'ann', page: 'a "b"\n$c\\', hold: 0 }

test('maintenance must answer by a rule ahead of all that route, and leave nothing behind', () => {
  const config = withMaintenance(template, begun)
  const [rule = ''] = config.match(/^ {2}http-request return .*$/gm) ?? []
  expect(rule).toContain('status 503')
  expect(rule).toContain('string "a \\"b\\"\\n\\$c\\\\" if')
  expect(config.indexOf(rule)).toBeLessThan(config.indexOf('# @RULES'))
  expect(config).not.toContain('lua.hold proc.maintenance')
  const held = withMaintenance(config, { ...begun, hold: 7 })
  expect(held).toContain('lua.hold proc.maintenance 7000')
  expect(held.match(/http-request return/g)).toHaveLength(1)
  expect(withMaintenance(held, undefined)).toBe(template)
})

test('what the ledger has must be a maintenance or none', () => {
  expect(isMaintenance(begun)).toBe(true)
  expect(isMaintenance({ ...begun, since: 'now' })).toBe(false)
})
