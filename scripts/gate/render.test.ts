import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { doorBehindGate, subnetOf, withGate, withoutGate } from '../proxy/behind-gate.ts'
import { place, unplace } from '../proxy/successor.ts'
import type { Claim, Claims } from './claims.ts'
import { parseSlots, renderConfig, renderFiles, slotCommands, withSlots } from './render.ts'

const claim = (slot: number, sites: string[], more: Partial<Claim> = {}): Claim => ({
  ...{ slot, sites, www: true, hsts: 0, tls: 'none' },
  ...{ acme: { directory: 'https://acme.test/dir', email: '', dns: '' }, ...more },
})
const claims: Claims = {
  shop: claim(2, ['example.com/shop', 'shop.test'], { hsts: 60, tls: 'acme' }),
  journal: claim(1, ['example.com', 'www.example.com'], { tls: 'local' }),
}

test('the maps must lead each name to its project and slot', () => {
  const files = renderFiles(claims)
  expect(files['names.map']).toBe(
    'example.com/ journal@slot-1\nwww.example.com/ journal@slot-1\nexample.com/shop/ shop@slot-2\nshop.test/ shop@slot-2\n',
  )
  expect(files['bare.map']).toBe('www.example.com example.com\n')
  expect(files['hsts.map']).toBe('example.com 60\nshop.test 60\n')
  expect(files['wanted']).toBe(
    'journal local example.com,www.example.com https://acme.test/dir - -\nshop acme example.com,shop.test https://acme.test/dir - -\n',
  )
})

test('the names with www must lead to themselves where nobody wants them to lead elsewhere', () => {
  expect(renderFiles({ a: claim(1, ['a.test', 'www.a.test'], { www: false }) })['bare.map']).toBe('')
  expect(renderFiles({ a: claim(1, ['www.a.test']) })['bare.map']).toBe('')
})

test('each slot must be a backend of its own, and a free one lead nowhere', () => {
  const slots = withSlots(withSlots('', {}), claims).split('backend ')
  expect(slots[1]).toBe(
    'slot-1\n  server proxy journal.gate:8080 send-proxy-v2 resolvers docker resolve-prefer ipv4 init-addr last,none\n',
  )
  expect(slots[3]).toMatch(/^slot-3\n {2}server proxy 192\.0\.2\.1:8080 disabled /)
  expect(slots).toHaveLength(65)
})

const COLUMNS =
  '# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state srv_agent_state bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl srv_check_port srv_check_addr srv_agent_addr srv_agent_port'
const state = (name: string, address: string, admin: number, alias: string) =>
  `5 ${name} 1 proxy ${address} 2 ${admin} 1 1 1 1 0 0 8 0 0 0 ${alias} 8080 - 0 0 - - 0`
test('only slots that lead elsewhere must be changed, and those of projects that have left be closed last', () => {
  const states = [
    ...['1', COLUMNS, state('acme', '-', 32, 'companion')],
    ...[state('slot-1', '172.17.1.2', 64, 'journal.gate'), state('slot-2', '192.0.2.1', 69, '-')],
    ...[state('slot-3', '172.17.1.4', 64, 'gone.gate'), state('slot-4', '192.0.2.1', 5, '-')],
  ]
  const slots = parseSlots(states.join('\n'))
  expect(slots.map(({ name, alias, ready }) => [name, alias, ready])).toEqual([
    ['slot-1', 'journal.gate', true],
    ['slot-2', '', false],
    ['slot-3', 'gone.gate', true],
    ['slot-4', '', false],
  ])
  expect(slotCommands(claims, slots)).toEqual({
    before: ['set server slot-2/proxy state maint', 'set server slot-2/proxy fqdn shop.gate'],
    after: ['set server slot-3/proxy state maint'],
  })
})

const facing = (http: number, https: number) => ({
  ...{ GATE_HTTP_PORT: http, GATE_HTTPS_PORT: https },
  ...{ GATE_MAX_CONNECTIONS: 1000, GATE_MAX_RATE: 20_000 },
})
test('redirects must name a port that is not the usual one', () => {
  const template = readFileSync('compose/gate/haproxy.cfg', 'utf8')
  const other = renderConfig(template, facing(8000, 8443), {})
  expect(other).toContain('https://%[var(txn.host)]:8443%[pathq]')
  expect(other).toContain('http://%[var(txn.bare)]:8000%[pathq]')
  const usual = renderConfig(template, facing(80, 443), {})
  expect(usual).toContain('https://%[var(txn.host)]%[pathq]')
  expect(usual).not.toMatch(/@[A-Z]/)
})

test("a project's proxy must believe the gate's network alone, and only what is meant for that project", () => {
  const template = readFileSync('compose/proxy/haproxy.cfg', 'utf8')
  const config = withGate(template, 'journal', '172.17.5.0/24')
  expect(config.match(/^.*expect-proxy.*$/gm)).toEqual([
    '  tcp-request connection expect-proxy layer4 if { src 172.17.5.0/24 }',
  ])
  expect(config).toContain(
    'deny_status 421 if { var(sess.gate) -m bool } !{ req.hdr(x-forwarded-project) -m str journal }',
  )
  expect(subnetOf(config)).toBe('172.17.5.0/24')
  expect(withGate(config, 'journal', '172.17.6.0/24')).toBe(withGate(template, 'journal', '172.17.6.0/24'))
  expect(withoutGate(config)).toBe(template)
  expect(subnetOf(template)).toBeUndefined()
})

test('a successor and its door must know the connections of the gate, and no others, as those', () => {
  const template = readFileSync('compose/proxy/haproxy.cfg', 'utf8')
  const config = withGate(template, 'journal', '172.17.5.0/24')
  const successor = place(config, '1')
  expect(successor.match(/^ {2}bind .*name gate$/gm)).toHaveLength(1)
  expect(successor).toContain('set-var(sess.gate) bool(true) if { src 172.17.5.0/24 } || { so_name gate }')
  expect(unplace(successor)).toBe(config)
  const door = readFileSync('compose/proxy/door.cfg', 'utf8')
  expect(doorBehindGate(door, config)).toContain('  use_backend gate if { src 172.17.5.0/24 }\n  default_backend relay')
  expect(doorBehindGate(door, template)).not.toMatch(/use_backend|@GATE/)
})
