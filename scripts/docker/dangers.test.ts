import { expect, test } from 'vitest'
import type { ComposeService } from './compose-model.ts'
import { findDangers } from './dangers.ts'

const dangers = (app: object, volumes = {}, root = false) =>
  findDangers({ name: 'p', services: { app: app as ComposeService }, volumes }, () => (root ? '' : undefined)).map(
    ({ what }) => what,
  )

test.each<[string, object, RegExp]>([
  ['a privileged service', { privileged: true }, /privileged/],
  ["the host's network", { network_mode: 'host' }, /network/],
  ["the host's processes", { pid: 'host' }, /pid/],
  ["the host's IPC", { ipc: 'host' }, /ipc/],
  ["the host's users", { userns_mode: 'host' }, /userns/],
  ['a great capability', { cap_add: ['CAP_SYS_ADMIN'] }, /SYS_ADMIN/],
  ['no seccomp', { security_opt: ['seccomp:unconfined'] }, /unconfined/],
  ['a device', { devices: [{ source: '/dev/kvm' }] }, /devices/],
  [
    "the engine's socket",
    { volumes: [{ type: 'bind', source: '/var/run/docker.sock', target: '/s' }] },
    /commands the engine/,
  ],
  [
    'a folder of the host',
    { volumes: [{ type: 'bind', source: '/srv', target: '/srv' }] },
    /\/srv of the host, to write/,
  ],
  ['the ledger', { volumes: [{ type: 'volume', source: 'dartagnan_ledger', target: '/l' }] }, /ledger/],
  ['root by number', { user: '0:0' }, /root/],
])('%s must be named', (_, app, says) => {
  expect(dangers(app)).toEqual([expect.stringMatching(says)])
})

test('the ledger under another key must be named, and root by the image', () => {
  const mount = { volumes: [{ type: 'volume', source: 'state', target: '/l' }] }
  expect(dangers(mount, { state: { name: 'dartagnan_ledger', external: true } })).toHaveLength(1)
  expect(dangers({}, {}, true)).toEqual(['runs as root, and can write to its image'])
})

test('a way out of its networks must be named, of any service but the proxy', () => {
  const compose = (back: object | null) => ({
    name: 'p',
    services: { app: { networks: { back: null, edge: null } }, proxy: { networks: { front: null } } },
    networks: { back, edge: { internal: true }, front: null },
  })
  const found = (back: object | null) => findDangers(compose(back), () => undefined)
  expect(found({ internal: true })).toEqual([])
  expect(found(null)).toEqual([{ service: 'app', what: expect.stringContaining('reaches what its host reaches') }])
})

test('a hardened service must have no danger', () => {
  const data = { type: 'volume', source: 'data', target: '/data' }
  const hardened = { read_only: true, user: '10001', cap_add: ['CHOWN'], security_opt: ['no-new-privileges:true'] }
  expect(dangers({ ...hardened, volumes: [data] }, { data: {} }, true)).toEqual([])
})
