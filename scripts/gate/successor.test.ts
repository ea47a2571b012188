import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { place } from '../proxy/successor.ts'
import { renderConfig } from './render.ts'
import { gateDoor, labelGate, placeGate } from './successor.ts'

const facing = { GATE_HTTP_PORT: 80, GATE_HTTPS_PORT: 443, GATE_MAX_CONNECTIONS: 1000, GATE_MAX_RATE: 20_000 }
const config = renderConfig(readFileSync('compose/gate/haproxy.cfg', 'utf8'), facing, {})
const binds = (text: string) => text.match(/^ {2}bind .*$/gm)

test('a gate and its successor must have no socket of one name but those that are handed over', () => {
  const sockets = (text: string) => text.match(/\S+\.sock/g)?.filter((path) => !path.endsWith('/door.sock')) ?? []
  const [first, second] = [placeGate(config), placeGate(config, '2')]
  expect(sockets(first).filter((socket) => sockets(second).includes(socket))).toEqual([])
  expect(first).toContain('/door.sock mode 600 level user expose-fd listeners\n')
  expect(second).toContain('stats socket /usr/local/etc/haproxy/runtime-2.sock mode 600 level admin\n')
})

test('each port of a door must have a way to the gate that serves, with TLS where the port has it', () => {
  const door = gateDoor(readFileSync('compose/proxy/door.cfg', 'utf8'))
  expect(binds(door)).toEqual(['  bind :8080', '  bind :8443', '  bind :8404'])
  const ways = door.match(/(?<=server next )\S+relay\S*/g) ?? []
  const relays = binds(placeGate(config, '1'))?.filter((line) =>
    ways.some((way) => line.includes(`${way} accept-proxy`)),
  )
  const folder = 'unix@/usr/local/etc/haproxy'
  const tls = `ssl crt-list /usr/local/etc/haproxy/crt.list strict-sni alpn h2,http/1.1`
  expect(relays).toEqual([
    `  bind ${folder}/relay.sock accept-proxy mode 600`,
    `  bind ${folder}/relay-8443.sock accept-proxy mode 600 ${tls}`,
    `  bind ${folder}/relay-8404.sock accept-proxy mode 600`,
  ])
  expect(door).not.toMatch(/@[A-Z]/)
  expect(place(config)).toBe(placeGate(config))
})

test('another image or definition of the gate must give it another label', () => {
  const labelOf = (image: string) =>
    JSON.stringify(labelGate({ name: 'g', services: { gate: { image } } }).services['gate']?.labels)
  expect(labelOf('a')).toBe(labelOf('a'))
  expect(labelOf('a')).not.toBe(labelOf('b'))
})
