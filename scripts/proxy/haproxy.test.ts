import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { Route } from '../release/model.ts'
import { keptStates, parseSets, type Sets } from './endpoints.ts'
import { holdVariable, parseLive, parseServers, renderConfig, renderLive } from './haproxy.ts'

// As HAProxy 3.0 answers `show servers state` and `show stat -1 4 -1`, columns that are not read left out.
const STATES = `1
# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state
3 app-blue 1 app1 172.22.0.4 2 0
3 app-blue 2 app2 172.22.0.5 2 8
3 app-blue 3 app3 - 0 32
3 app-blue 4 app4 - 0 40
4 app-green 1 app1 172.22.0.6 2 0
4 app-green 2 app2 172.22.0.7 2 0
9 app-bodies 1 lane unix 2 0

`
const STATS = `# pxname,svname,scur,econ,eresp,status,check_status,hrsp_5xx,req_tot
app-blue,app1,2,1,2,UP,L7OK,4,120
app-blue,app2,1,0,0,DRAIN,L7OK,0,80
app-blue,app3,0,0,0,MAINT (resolution),,0,0
app-blue,app4,0,0,0,MAINT (resolution),,0,0
app-green,app1,0,0,0,UP,,0,0
app-green,app2,0,0,0,UP,INI,0,0
app-bodies,lane,5,0,0,no check,,0,0

`
const servers = parseServers(STATES, STATS)
const pick = <K extends keyof (typeof servers)[number]>(key: K) => servers.map((server) => server[key])

test('slots must be read with their set, member, drain, requests in flight, answers and errors', () => {
  const slot = { service: 'app', color: 'blue' }
  const none = { up: false, inFlight: 0, answers: 0, errors: 0 }
  expect(servers.slice(0, 4)).toEqual([
    {
      ...slot,
      name: 'app1',
      address: '172.22.0.4',
      up: true,
      draining: false,
      inFlight: 2,

      answers: 120,
      errors: 7,
    },
    {
      ...slot,
      name: 'app2',
      address: '172.22.0.5',
      up: false,
      draining: true,
      inFlight: 1,

      answers: 80,
      errors: 0,
    },
    { ...slot, ...none, name: 'app3', address: '', draining: false },
    { ...slot, ...none, name: 'app4', address: '', draining: true },
  ])
})

test('slots of the same name must be told apart by their set', () => {
  expect(pick('color')).toEqual(['blue', 'blue', 'blue', 'blue', 'green', 'green'])
  expect(pick('inFlight')[4]).toBe(0)
})

test('a slot must be up to whoever asks as it is to HAProxy, which has it so before the first check, too', () => {
  expect(pick('up')).toEqual([true, false, false, false, true, true])
  const statusOf = (status: string) => parseServers(STATES, STATS.replace('UP,INI', `${status},L7STS`)).at(-1)?.up
  expect(['UP 1/2', 'DOWN', 'DOWN 1/2', 'NOLB'].map(statusOf)).toEqual([true, false, false, false])
})

test('a service may have a dash in its name', () => {
  const [first] = parseServers(STATES.replaceAll('app-', 'my-app-'), STATS.replaceAll('app-', 'my-app-'))
  expect(first).toMatchObject({ service: 'my-app', color: 'blue', inFlight: 2 })
})

test('the live sets must be read from the file', () => {
  expect(parseLive('app green\napi blue\n')).toEqual({ app: 'green', api: 'blue' })
})

test('the live sets must be read from the answer to `show map`', () => {
  expect(parseLive('0x7f127d6840e0 app green\n0x7f127d684130 api blue\n\n')).toEqual({ app: 'green', api: 'blue' })
})

test('lines that name no set must be left out', () => {
  expect(parseLive('\nUnknown map identifier. Please use #<id> or <file>.\napp red\n')).toEqual({})
})

test('the live sets must come back from the file as they were', () => {
  const live = { app: 'green', 'my-api': 'blue' } as const
  expect(parseLive(renderLive(live))).toEqual(live)
})

const route = (service: string, path: string): Route => ({
  service,
  path,
  port: 8000,
  health: '/healthz',
  rollout: 'overlap',
  replicas: 1,
})
const blue = { port: 8000, health: '/healthz' }
const green = { port: 9000, health: '/ok', threads: 8 }
const sets: Sets = { app: { blue, green }, 'my-api': { blue, green: blue } }
const template = readFileSync('compose/proxy/haproxy.cfg', 'utf8')
const settings = { template, hold: 10, maxBody: '5m', maxConnections: 70 }
const config = renderConfig(settings, [route('app', '/'), route('my-api', '/api')], sets)
// The frontend `bodies` has the same rules: a test of its own compares them.
const BODIES = /\nfrontend bodies\n.*?\n\n/s
const lines = config
  .replace(BODIES, '')
  .split('\n')
  .map((line) => line.trim())

test('the sets must be read back from a configuration', () => {
  expect(parseSets(config)).toEqual(sets)
  expect(parseSets(template)).toEqual({})
})

test('every place of the template must be filled in', () => {
  expect(config).toContain('deny deny_status 413 if { req.body_size gt 5242880 }')
  expect(config).toContain('reject if { sc0_conn_cur gt 70 }')
  expect(template).toMatch(/^ {2}# @VARIABLES$/m)
  expect(template).toMatch(/^ {2}# @RULES$/m)
  expect(config).not.toMatch(/@[A-Z]/)
})

test('the most specific path must decide, whole segments of it', () => {
  const found = lines.filter((line) => line.includes('set-var(txn.service)'))
  expect(found).toEqual([
    'http-request set-var(txn.service) str(my-api) if !{ var(txn.service) -m found } { path /api }',
    'http-request set-var(txn.service) str(my-api) if !{ var(txn.service) -m found } { path_beg /api/ }',
    'http-request set-var(txn.service) str(app) if !{ var(txn.service) -m found } { path_beg / }',
  ])
})

test('the order in which services are named must make no difference', () => {
  const routes = [route('app', '/'), route('my-api', '/api'), route('web', '/web')]
  const all = { ...sets, web: { blue, green } }
  expect(renderConfig(settings, routes.toReversed(), all)).toBe(renderConfig(settings, routes, all))
})

test('each service must have a hold of its own, in a variable without dashes and at most as long as allowed', () => {
  expect(lines.filter((line) => line.startsWith('set-var proc.'))).toEqual([
    'set-var proc.hold_my.api int(0)',
    'set-var proc.hold_app int(0)',
  ])
  expect(lines.filter((line) => line.includes('lua.hold '))).toEqual([
    'http-request lua.hold proc.hold_my.api 10000 if { var(txn.service) -m str my-api } { var(proc.hold_my.api) -m int 1 }',
    'http-request lua.hold proc.hold_app 10000 if { var(txn.service) -m str app } { var(proc.hold_app) -m int 1 }',
  ])
})

test('the holds of services whose names differ must differ', () => {
  expect(['a-b', 'a_b'].map(holdVariable)).toEqual(['proc.hold_a.b', 'proc.hold_a_b'])
})

test('which set is live must be asked only when a request need wait no longer', () => {
  const asked = lines.findIndex((line) => line.includes('set-var(txn.live)'))
  expect(asked).toBeGreaterThan(lines.findLastIndex((line) => line.includes('lua.hold ')))
  expect(asked).toBeLessThan(lines.findIndex((line) => line.startsWith('use_backend')))
})

test('the live set must answer, and the other one only where it has nobody in health', () => {
  const app = '{ var(txn.service) -m str app }'
  expect(lines.filter((line) => line.startsWith('use_backend app-'))).toEqual([
    `use_backend app-green if ${app} { var(txn.live) -m str green } { nbsrv(app-green) gt 0 }`,
    `use_backend app-blue if ${app} { nbsrv(app-blue) gt 0 }`,
    `use_backend app-green if ${app} { nbsrv(app-green) gt 0 }`,
    `use_backend app-blue if ${app}`,
  ])
})

test('each set must be checked and reached at its own endpoint', () => {
  const backend = (name: string) => lines.slice(lines.indexOf(`backend ${name}`)).slice(1, 4)
  expect(backend('app-blue')).toEqual([
    'http-check send meth GET uri "/healthz" hdr Host localhost hdr Accept "*/*"',
    'http-check expect status 200-399,429',
    'server-template app 1-30 "app-blue:8000" fall 6',
  ])
  expect(backend('app-green')).toEqual([
    'http-check send meth GET uri "/ok" hdr Host localhost hdr Accept "*/*"',
    'http-check expect status 200-399,429',
    'server-template app 1-30 "app-green:9000" maxconn 7',
  ])
})

test('where any answer counts, the proxy must ask for a page that does nothing, and take all but errors of the server', () => {
  const any = { port: 8000, health: '*' }
  const text = renderConfig(settings, [route('app', '/')], { app: { blue: any, green: any } })
  expect(text).toContain(
    'meth GET uri "/healthz" hdr Host localhost hdr Accept "*/*"\n  http-check expect status 200-499\n',
  )
  expect(parseSets(text)['app']?.blue).toEqual(any)
})

test('an application that writes at each request must get none of the proxy, and one over HTTPS a handshake', () => {
  const spared = { port: 443, health: 'tcp', tls: true }
  const text = renderConfig(settings, [route('app', '/')], { app: { blue: spared, green: spared } })
  expect(text).not.toContain('http-check')
  expect(text.match(/ {2}option tcp-check\n {2}server-template .* ssl verify none /g)).toHaveLength(2)
  expect(parseSets(text)['app']?.blue).toEqual(spared)
})

test('bodies that are still coming must take half of the threads of the replicas, as large answers do, and know the same rules', () => {
  const laneOf = (change: Partial<Route>) =>
    /server lane .* maxconn (\d+)/.exec(renderConfig(settings, [{ ...route('app', '/'), ...change }], sets))?.[1]
  const changes = [{}, { threads: 8 }, { threads: 8, replicas: 3 }, { threads: 1 }]
  expect(changes.map(laneOf)).toEqual(['16', '4', '12', '1'])
  const rulesOf = (name: string) =>
    config
      .split(`\nfrontend ${name}\n`)[1]
      ?.split('\n\n')[0]
      ?.match(/^ {2}(use_backend|http-request (set-var\(txn.(service|live)\)|lua.hold)).*$/gm)
  const large = '  use_backend app-bodies if { var(txn.service) -m str app } { var(txn.large) -m bool }'
  const rendered = (threads?: number) => renderConfig(settings, [{ ...route('app', '/'), threads }], sets)
  expect([rendered(8).includes(large), rendered().includes('txn.large) -m bool }\n  use')]).toEqual([true, false])
  const [lane, ...more] = rulesOf('http')?.filter((rule) => rule.includes('-bodies')) ?? []
  expect([lane, more]).toEqual(['  use_backend %[var(txn.service)]-bodies if !{ internal.htx.has_eom }', []])
  expect(rulesOf('bodies')).toEqual(rulesOf('http')?.filter((rule) => rule !== lane))
})

test('a release of before the limits of clients must get the configuration of its time', () => {
  const old = template.replace(BODIES, '').replace(/^.*@MAX.*\n/gm, '')
  expect(renderConfig({ template: old, hold: 10 }, [route('app', '/')], sets)).not.toMatch(
    /undefined|use_backend.*-bodies/,
  )
})

test('a slot whose port is another one now, or that speaks TLS now, must be forgotten by a reload, and no other', () => {
  const at = (port: number, tls = false) => ({ port, health: '/', ...(tls && { tls }) })
  const now: Sets = {
    app: { blue: at(80), green: at(8080) },
    'my-api': { blue: at(80), green: at(80) },
    tls: { blue: at(443, true), green: at(443, true) },
  }
  const line = (set: string, port: number, tls = 0) => `3 ${set} 1 x1 172.22.0.4 ${'0 '.repeat(13)}${port} - ${tls} 0\n`
  const kept = [
    ...['1\n', `# be_id be_name ${'x '.repeat(17)}srv_port\n`],
    ...[line('app-blue', 80), line('my-api-green', 80), line('tls-blue', 443, 1)],
  ]
  const input = [...kept, line('app-green', 80), line('gone-blue', 80), line('tls-green', 443)].join('')
  const config = renderConfig(settings, [], now)
  expect(execFileSync('awk', [keptStates(config)], { input, encoding: 'utf8' })).toBe(kept.join(''))
})

// The kernel repeats what asks for a connection after a second, and its answer may come from whoever has the address by then.
test.each(['compose/proxy/haproxy.cfg', 'compose/gate/haproxy.cfg'])(
  '%s must give a connection up half a second before it is asked for again, and a busy member over 3 s [fault 35]',
  (file) => {
    const text = readFileSync(file, 'utf8')
    const [timeout = 0, retries = 0] = [/^ +timeout connect (\d+)ms$/m, /^ +retries (\d+)$/m].map((setting) =>
      Number(setting.exec(text)?.[1]),
    )
    expect(timeout).toBeGreaterThan(0)
    expect(timeout).toBeLessThanOrEqual(500)
    expect(timeout * (retries + 1)).toBeGreaterThan(3000)
  },
)

// docs/security.md promises it of both, and the gate's removal would hide what the proxy beside it lets through.
test.each(['compose/proxy/haproxy.cfg', 'compose/gate/haproxy.cfg'])(
  '%s must take away whatever a client says of where it comes from',
  (file) => {
    // Setting a header takes away what the client said, too.
    const removed = [...readFileSync(file, 'utf8').matchAll(/^ +http-request (?:del|set)-header (\S+)/gm)].map(
      ([, name = '']) => name.toLowerCase(),
    )
    const lies = ['forwarded', '_', 'proxy', 'x-client-ip', 'true-client-ip', 'x-forwarded-', 'x-real-ip']
    expect(removed).toEqual(expect.arrayContaining(lies))
  },
)
