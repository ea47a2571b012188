import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, cpSync, mkdirSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import * as tls from 'node:tls'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { exec, tryExec } from '../cli/io/exec.ts'
import { waitFor } from '../cli/io/wait.ts'
import { listContainers } from '../docker/io/engine.ts'
import { SUCCESSOR_LABEL } from '../docker/labels.ts'
import { readClaims } from '../gate/io/claims.ts'
import { beginUpgrade, type GateSettings } from '../gate/io/gate.ts'
import type { GateStatus } from '../gate/status.ts'
import { lockedImage, proxyTag } from '../image/io/images.ts'
import { placeOf, servingProxy } from '../proxy/successor.ts'
import { startAuthority } from '../testing/authority.ts'
import { makeAuthority, makeCertificate } from '../testing/certificate.ts'
import { gateOf, readLocalRoot, runInGate } from '../testing/gate.ts'
import { startHttp2 } from '../testing/http2-load.ts'
import { buildImage } from '../testing/image.ts'
import { findLostOrDoubled, startTraffic } from '../testing/load.ts'
import { roundsOf, testInProof } from '../testing/proof.ts'
import { printProxyLog } from '../testing/proxy-log.ts'
import { TestProject } from '../testing/test-project.ts'

// Three applications behind one gate: the sample, a service that says what it was asked, and a static page.
const ECHO = `const server = require('node:http').createServer((request, response) => {
  if (request.url === '/events') {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    setTimeout(() => response.end(), 1000)
    return response.write('data: first\\n\\n')
  }
  response.setHeader('content-type', 'application/json')
  response.end(request.url === '/health' ? '{}' : JSON.stringify({ url: request.url, headers: request.headers }))
})
server.on('upgrade', (request, socket) => {
  socket.write('HTTP/1.1 101 Switching Protocols\\r\\nConnection: Upgrade\\r\\nUpgrade: websocket\\r\\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\\r\\n\\r\\n')
  socket.pipe(socket)
})
server.listen(3000)
`
const own = {
  journal: { HOSTS: 'journal.test,www.journal.test', HSTS: '300' },
  echo: { HOSTS: 'echo.test', APP_DIR: 'echo', APP_PORT: '3000', HEALTH_PATH: '/health' },
  page: { HOSTS: 'page.test,journal.test/docs', APP_DIR: 'page', APP_PORT: '80', HEALTH_PATH: '/' },
}
let projects: { [Name in keyof typeof own]: TestProject }
let gate: Awaited<ReturnType<typeof gateOf>>
let root: string

const envOf = (name: keyof typeof own) => ({ FORCE: 'untested', TLS: 'local', ...gate, ...own[name] })
const inGate = (...argv: string[]) => runInGate(gate.GATE, ...argv)
const statusOf = async (name: keyof typeof own) =>
  JSON.parse((await projects[name].must('status', { JSON: '1', ...envOf(name) })).stdout) as { gate: GateStatus }

beforeAll(async () => {
  const [journal, echo, page] = [await TestProject.create(), await TestProject.create(), await TestProject.create()]
  projects = { journal, echo, page }
  gate = await gateOf(journal)
  echo.write('echo/Dockerfile', 'FROM node:24-alpine\nCOPY server.js /\nCMD ["node", "/server.js"]\n')
  echo.write('echo/server.js', ECHO)
  page.write('page/Dockerfile', 'FROM nginx:alpine\nCOPY . /usr/share/nginx/html\n')
  page.write('page/index.html', 'the page\n')
  page.write('page/docs/index.html', 'the docs\n')
  await Promise.all([echo.commit('1.1.0'), page.commit('1.1.0')])
  const names = Object.keys(own) as (keyof typeof own)[]
  await Promise.all(names.map((name) => projects[name].must('build tag deploy', envOf(name))))
  root = await readLocalRoot(gate.GATE)
})
beforeEach(({ onTestFailed }) =>
  onTestFailed(async () => {
    for (const { name } of Object.values(projects)) await printProxyLog(name)
  }),
)
afterAll(async () => {
  for (const project of Object.values(projects)) await project[Symbol.asyncDispose]()
})

const http = (name: string, path = '/') => `http://${name}:${gate.GATE_HTTP_PORT}${path}`
const https = (name: string, path = '/') => `https://${name}:${gate.GATE_HTTPS_PORT}${path}`

/** What curl sees at a URL whose name leads to this host, with the root of the certificates. */
async function curl(url: string, ...more: string[]) {
  const { hostname, port } = new URL(url)
  const form = '\n%{http_version} %{http_code} %{redirect_url}\n%{errormsg}'
  projects.journal.write('.cache/root.pem', root)
  const argv = [
    'curl',
    '--silent',
    '--max-time',
    '20',
    '--cacert',
    `${projects.journal.folder}/.cache/root.pem`,
  ] as const
  const { stdout } = await tryExec(
    [...argv, '--resolve', `${hostname}:${port}:127.0.0.1`, '--write-out', form, ...more, url],
    { quiet: true },
  )
  const lines = stdout.split('\n')
  const [said, last = ''] = [lines.pop(), lines.pop()]
  const [version, status, location] = last.split(' ')
  // Where nobody answers, what curl says of it stands in the place of the answer.
  return {
    version,
    status: Number(status),
    location,
    body: (Number(status) === 0 ? said : undefined) ?? lines.join('\n'),
  }
}
const body = (text: string) => ({ status: 200, body: expect.stringContaining(text) })

/** Sends bytes over TLS as they are, and gives all that comes back until the end, or until `until` has come. */
function sendRaw(servername: string, text: string, until?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = ''
    const socket = tls.connect({ host: '127.0.0.1', port: Number(gate.GATE_HTTPS_PORT), servername, ca: root })
    socket.on('data', (piece) => {
      said += String(piece)
      if (until !== undefined && said.includes(until)) socket.destroy()
    })
    socket.on('close', () => resolve(said)).on('error', reject)
    socket.setTimeout(10_000, () => socket.destroy(new Error(`no end within 10 s: ${said}`)))
    socket.write(text)
  })
}

test('each project must answer by its own names, over TLS, and none by those of another', async () => {
  expect(await curl(https('journal.test', '/healthz'))).toMatchObject({ version: '2', ...body('"version"') })
  expect(await curl(https('echo.test', '/x'))).toMatchObject(body('"url":"/x"'))
  expect(await curl(https('page.test'))).toMatchObject(body('the page'))
  expect(await curl(https('journal.test', '/docs/'))).toMatchObject(body('the docs'))
  expect(await curl(http('nobody.test'))).toMatchObject({ status: 404, body: 'No site has this name here.\n' })
  expect(await curl(https('nobody.test'))).toMatchObject({ status: 0 })
  for (const name of ['journal.test', 'www.journal.test'])
    expect(await curl(http(name, '/a?b'))).toMatchObject({ status: 308, location: https('journal.test', '/a?b') })
  expect((await curl(https('journal.test'), '--head')).body).toMatch(/^strict-transport-security: max-age=300\r$/m)
  expect(await statusOf('journal')).toMatchObject({ gate: { runs: true, certificate: { kind: 'local', error: '' } } })
})

test('a name that another project has must be refused before anything is touched, with who has it', async () => {
  const { journal, echo, page } = projects
  const refused = await page.make('deploy', { ...envOf('page'), HOSTS: 'page.test,echo.test' })
  expect(refused.stderr).toContain(`HOSTS has echo.test, which the project "${echo.name}" of this engine has`)
  expect(await curl(https('echo.test', '/x'))).toMatchObject(body('"url":"/x"'))
  expect(await curl(https('page.test'))).toMatchObject(body('the page'))
  expect((await journal.must('plan', envOf('journal'))).stdout).toContain('nothing to do')
})

test('what a client says of where it comes from must not be believed, at the gate and beside it', async () => {
  const lies = [
    'Forwarded: for=6.6.6.6',
    'X-Forwarded-For: 6.6.6.6',
    'X-Real-IP: 6.6.6.6',
    'X-Forwarded-Proto: ftp',
    'X_Forwarded_For: 6.6.6.6',
    'True-Client-IP: 6.6.6.6',
    'Proxy: 6.6.6.6',
  ]
  const headers = [...lies, 'X-Forwarded-Host: evil.test', 'X-Forwarded-Project: other', 'X-Request-ID: mine']
  const asked = await curl(https('echo.test'), ...headers.flatMap((line) => ['--header', line]))
  const { headers: seen } = JSON.parse(asked.body) as { headers: Record<string, string> }
  expect(asked.body).not.toMatch(/6\.6\.6\.6|evil|other|mine/)
  expect(seen).toMatchObject({ 'x-forwarded-proto': 'https', 'x-forwarded-host': expect.stringMatching(/^echo\.test/) })
  expect(seen['x-forwarded-for']).toMatch(/^[\d.]+$/)
  expect(seen['x-request-id']).toMatch(/^[\da-f-]{36}$/)
  const beside = await curl(projects.echo.url, ...headers.flatMap((line) => ['--header', line]))
  expect(beside.body).not.toMatch(/6\.6\.6\.6|forwarded[^,]*(evil|other|ftp)/)
  expect((await curl(projects.echo.url, '--haproxy-protocol')).status).toBe(400)
})

const CLOSE = 'Connection: close\r\n\r\n'
const SMUGGLED = `0\r\n\r\nGET / HTTP/1.1\r\nHost: page.test\r\n${CLOSE}`
test.each<[string, string, number, string?]>([
  ['an SNI that differs from the Host', `GET / HTTP/1.1\r\nHost: page.test\r\n${CLOSE}`, 421],
  ['an absolute URI for another host', `GET https://page.test/ HTTP/1.1\r\nHost: echo.test\r\n${CLOSE}`, 400],
  ['an absolute URI for another name', `GET https://page.test/ HTTP/1.1\r\nHost: page.test\r\n${CLOSE}`, 421],
  ['an absolute URI', `GET https://echo.test/ HTTP/1.1\r\nHost: echo.test\r\n${CLOSE}`, 200],
  ['two hosts', `GET / HTTP/1.1\r\nHost: echo.test\r\nHost: page.test\r\n${CLOSE}`, 400],
  ['a host with a port', `GET / HTTP/1.1\r\nHost: echo.test:443\r\n${CLOSE}`, 200],
  ['a host in upper case', `GET / HTTP/1.1\r\nHost: ECHO.TEST\r\n${CLOSE}`, 200],
  ['a dot at the end', `GET / HTTP/1.1\r\nHost: echo.test.\r\n${CLOSE}`, 404],
  ['a path in the host', `GET / HTTP/1.1\r\nHost: echo.test/docs\r\n${CLOSE}`, 400],
  ['another host with a user', `GET / HTTP/1.1\r\nHost: echo.test@page.test\r\n${CLOSE}`, 400],
  ['no host', `GET / HTTP/1.1\r\n${CLOSE}`, 404],
  ['HTTP/1.0', 'GET / HTTP/1.0\r\n\r\n', 404],
  [
    'chunked twice',
    `POST / HTTP/1.1\r\nHost: echo.test\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n${SMUGGLED}`,
    400,
  ],
  [
    'chunked and not',
    `POST / HTTP/1.1\r\nHost: echo.test\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n${SMUGGLED}`,
    400,
  ],
  [
    'an encoding that nobody knows',
    `POST / HTTP/1.1\r\nHost: echo.test\r\nTransfer-Encoding: xchunked\r\n\r\n${SMUGGLED}`,
    400,
  ],
  [
    'chunked and a length',
    `POST / HTTP/1.1\r\nHost: echo.test\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n${SMUGGLED}`,
    200,
  ],
  [
    'two lengths',
    `POST / HTTP/1.1\r\nHost: echo.test\r\nContent-Length: 4\r\nContent-Length: 0\r\n\r\n${SMUGGLED}`,
    400,
  ],
  ['a blank before the colon', `GET / HTTP/1.1\r\nHost : page.test\r\nHost: echo.test\r\n${CLOSE}`, 400],
])('%s must reach no other project', async (_, text, status) => {
  const answers = (await sendRaw('echo.test', text)).match(/^HTTP\/1\.1 \d+/gm) ?? []
  expect(answers).toEqual([`HTTP/1.1 ${status}`])
})

const UPGRADE =
  'GET /ws HTTP/1.1\r\nHost: echo.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n'
test('a WebSocket and events that are sent by and by must pass', async () => {
  expect(await sendRaw('echo.test', `${UPGRADE}ping across`, 'ping across')).toMatch(/^HTTP\/1\.1 101 /)
  const events = `GET /events HTTP/1.1\r\nHost: echo.test\r\n\r\n`
  expect(await sendRaw('echo.test', events, 'data: first')).toMatch(/^HTTP\/1\.1 200 /)
})

test('the log must name the project of each request, and the metrics be there for this host alone', async () => {
  const { echo } = projects
  const { stdout } = await echo.must('logs', { ...envOf('echo'), SERVICE: 'gate' })
  const lines = stdout.split('\n').flatMap((line) => /\{"time".*/.exec(line)?.[0] ?? [])
  expect(lines.map((line) => JSON.parse(line))).toContainEqual(
    expect.objectContaining({ project: echo.name, method: 'GET', host: 'echo.test', path: '/x', status: 200 }),
  )
  const metrics = `http://127.0.0.1:${gate.GATE_METRICS_PORT}/metrics`
  expect(await (await fetch(metrics)).text()).toContain('haproxy_frontend_connections_total{proxy="gate"}')
  const own = await (await fetch(`${metrics}/${echo.name}`)).text()
  expect(own).toContain('haproxy_server_status{proxy="app-blue"')
  expect((await fetch(`${metrics}/nobody`)).status).toBe(404)
  expect((await curl(https('echo.test', '/metrics'), '--header', 'X-Forwarded-Metrics: 1')).body).toContain('"url"')
  expect((await curl(`${echo.url}/metrics`, '--header', 'X-Forwarded-Metrics: 1')).body).toContain('"url"')
})

const load = (name: string, path?: string) =>
  startTraffic(https(name).slice(0, -1), { ca: root, clients: 4, ...(path === undefined ? {} : { path }) })
const readWorker = () => inGate('sh', '-c', 'echo show info | socat - /run/haproxy/admin.sock | grep ^Pid')

test('deploys of one project must fail no request of any, and not touch the gate', async () => {
  const { journal } = projects
  const worker = await readWorker()
  const all = [load('journal.test'), load('echo.test', '/x'), load('page.test', '/')]
  for (let round = 1; round <= roundsOf(1, 20); round++) {
    const { stdout } = await journal.must('deploy', { ...envOf('journal'), APP_SLOW_ROUTES: String(round % 2) })
    expect(stdout).toContain('deployed: ')
  }
  const seen = await Promise.all(all.map((traffic) => traffic.stop()))
  expect(seen.flatMap(({ failures }) => failures)).toEqual([])
  expect(seen.every(({ requests }) => requests > 20)).toBe(true)
  for (const one of seen.slice(0, 1)) expect(await findLostOrDoubled(journal.url, one)).toEqual([])
  expect(await readWorker()).toBe(worker)
})

/** A WebSocket to echo, once it is open. */
async function openSocket(): Promise<tls.TLSSocket> {
  const socket = tls.connect({
    host: '127.0.0.1',
    port: Number(gate.GATE_HTTPS_PORT),
    servername: 'echo.test',
    ca: root,
  })
  socket.write(UPGRADE)
  const [head] = (await once(socket, 'data')) as [Buffer]
  expect(String(head)).toMatch(/^HTTP\/1\.1 101 /)
  return socket
}

testInProof(
  'a gate of another definition must take over from the one before without a failed request, also after a kill, and count what is cut',
  async () => {
    const { page } = projects
    const file = 'compose/gate/gate.yaml'
    const yaml = readFileSync(`${page.folder}/${file}`, 'utf8')
    const upgrade = (memory: string) => page.write(file, yaml.replaceAll('512m', memory))
    const run = async () =>
      JSON.parse((await page.must('gate', { JSON: '1', ...envOf('page') })).stdout) as { outcome: string; cut: number }
    const gates = async () =>
      (await listContainers(gate.GATE)).filter(({ service, status }) => service === 'gate' && status === 'running')
        .length
    const traffic = [load('journal.test'), load('echo.test', '/x'), load('page.test', '/')]
    const overHttp2 = startHttp2(https('echo.test', '/x'), root)
    const socket = await openSocket()
    upgrade('500m')
    const first = run()
    expect(
      await waitFor(
        async () => (await gates()) === 2,
        60,
        () => sleep(100),
      ),
    ).toBe(true)
    await sleep(roundsOf(2000, 15_000))
    socket.write('still here')
    expect(String(((await once(socket, 'data')) as [Buffer])[0])).toBe('still here')
    // Whoever does not go within the time is cut.
    if (roundsOf(1, 0) === 1) socket.destroy()
    expect(await first).toMatchObject({ outcome: 'renewed', cut: roundsOf(0, 1) })
    expect(await run()).toMatchObject({ outcome: 'unchanged', cut: 0 })
    // As a kill leaves it: both answer.
    upgrade('501m')
    const numbers = Object.fromEntries(Object.entries(gate).map(([name, value]) => [name, Number(value) || value]))
    const settings = { ...numbers, GATE_MAX_CONNECTIONS: 1000, GATE_MAX_RATE: 20_000 } as unknown as GateSettings
    await beginUpgrade(settings, readClaims(gate.GATE))
    expect(await gates()).toBe(3)
    expect(await run()).toMatchObject({ cut: 0 })
    expect(await gates()).toBe(2)
    const before = await readWorker()
    page.write(file, yaml.replaceAll('512m', '6m'))
    expect((await page.make('gate', envOf('page'))).stderr).toContain(
      'the new gate cannot take over from the one that runs',
    )
    upgrade('501m')
    expect(await readWorker()).toBe(before)
    expect(await gates()).toBe(2)
    const [http2, ...seen] = await Promise.all([overHttp2.stop(), ...traffic.map((one) => one.stop())])
    expect([http2, ...seen].flatMap(({ failures }) => failures)).toEqual([])
    // Otherwise it has asked one gate alone.
    expect(http2.connections).toBeGreaterThan(1)
  },
)

test('all names must come back with their certificates after a kill, without any command', async () => {
  const containers = ['gate', 'certificates'].map((name) => `${gate.GATE}-${name}-1`)
  await exec(['docker', 'kill', ...containers], { quiet: true })
  expect(await curl(https('echo.test', '/x'))).toMatchObject({ status: 0 })
  expect(await statusOf('echo')).toMatchObject({ gate: { runs: false } })
  await exec(['docker', 'start', ...containers], { quiet: true })
  const isBack = async () => (await curl(https('echo.test', '/x'))).status === 200
  expect(await waitFor(isBack, 10)).toBe(true)
  expect(await curl(https('journal.test', '/healthz'))).toMatchObject(body('"version"'))
  expect(await curl(https('journal.test', '/docs/'))).toMatchObject(body('the docs'))
})

testInProof(
  "a project's proxy of another image must know the gate from other clients, also after a restart",
  async () => {
    const { echo } = projects
    const file = 'compose/app.yaml'
    const image = await buildImage(
      echo,
      'proxy',
      `ARG BASE\nFROM \${BASE}\nLABEL another=1\n`,
      proxyTag(lockedImage('haproxy')),
    )
    echo.write(file, readFileSync(`${echo.folder}/${file}`, 'utf8').replace(/\$\{PROXY_IMAGE:\?\}/, image))
    const traffic = load('echo.test', '/x')
    const { stderr } = await echo.must('deploy', { ...envOf('echo'), VERSION: '1.1.0' })
    expect(stderr).toContain('another image or definition')
    expect((await traffic.stop()).failures).toEqual([])
    const proxies = (await listContainers(echo.name))
      .filter(({ service }) => service === 'proxy')
      .map(({ name }) => name)
    expect(proxies).toHaveLength(2)
    await exec(['docker', 'restart', ...proxies], { quiet: true })
    const seen = async () => (await curl(https('echo.test'))).body
    expect(await waitFor(async () => (await seen()).includes('"x-forwarded-proto":"https"'), 20)).toBe(true)
    const beside = await curl(echo.url, '--header', 'X-Forwarded-Proto: ftp', '--header', 'X-Forwarded-Host: evil.test')
    expect(beside).toMatchObject({ status: 200 })
    expect(beside.body).not.toMatch(/forwarded[^,]*(ftp|evil)/)
  },
)

/** An authority, and a project that has its certificate. */
let certified: Awaited<ReturnType<typeof certify>>
async function certify() {
  const { echo } = projects
  const network = `${gate.GATE}_front`
  const format = `{{(index .NetworkSettings.Networks "${network}").IPAddress}}`
  const address = (await exec(['docker', 'inspect', '--format', format, `${gate.GATE}-gate-1`], { quiet: true })).stdout
  const authority = await startAuthority(echo, { network, address: address.trim(), seconds: 30 })
  const acme = { VERSION: '1.1.0', ACME_AGREE: 'yes', ACME_EMAIL: 'a@example.org', ACME_DIRECTORY: authority.directory }
  // Of the second name it has no more than a path.
  const HOSTS = 'echo.test,shop.test/echo'
  await echo.must('deploy', { ...envOf('echo'), ...acme, HOSTS, TLS: '', ACME_CA_FILE: authority.server })
  root = `${root}${await authority.readRoot()}`
  const readSerial = async () =>
    (await inGate('openssl', 'x509', '-noout', '-serial', '-in', `/usr/local/etc/haproxy/${echo.name}.pem`)).trim()
  expect((await statusOf('echo')).gate.certificate).toMatchObject({
    kind: 'acme',
    names: 'echo.test,shop.test',
    error: '',
  })
  return { authority, acme, readSerial }
}

test('an authority must give a certificate, also for the name of a path', async () => {
  certified = await certify()
  expect(await curl(https('echo.test', '/x'))).toMatchObject(body('"url":"/x"'))
  // After the kill before, it had nothing to make at first.
  const restarts = ['docker', 'inspect', '--format', '{{.RestartCount}}', `${gate.GATE}-certificates-1`] as const
  expect((await exec(restarts, { quiet: true })).stdout.trim()).toBe('0')
})

testInProof('an authority must renew it under load; without the authority, the old one must serve', async () => {
  const { echo } = projects
  const { authority, acme, readSerial } = certified
  const first = await readSerial()
  const traffic = [load('echo.test', '/x'), load('journal.test')]
  // By DNS, for a name that the authority cannot reach.
  const { page } = projects
  page.write('.cache/dns', 'HTTPREQ_ENDPOINT=http://pebble.test:8056\nACME_DNS_CHECK=0\n')
  chmodSync(`${page.folder}/.cache/dns`, 0o600)
  cpSync(`${echo.folder}/${authority.server}`, `${page.folder}/.cache/ca.crt`)
  const dns = { HOSTS: 'page.test', ACME_DNS: 'httpreq', ACME_DNS_FILE: '.cache/dns', ACME_CA_FILE: '.cache/ca.crt' }
  await page.must('deploy', { ...envOf('page'), ...acme, ...dns, TLS: '' })
  expect((await statusOf('page')).gate.certificate).toMatchObject({ kind: 'acme', names: 'page.test', error: '' })
  const isRenewed = async () => (await readSerial()) !== first
  expect(await waitFor(isRenewed, 60, () => sleep(500))).toBe(true)
  await exec(['docker', 'rm', '--force', authority.container], { quiet: true })
  // As where it is due: with another text, the certificate that is there counts as one for other names.
  await inGate('sh', '-c', `echo acme echo.test,shop.test of-before > /usr/local/etc/haproxy/${echo.name}.made`)
  const hasFailed = async () =>
    !(await inGate('cat', `/usr/local/etc/haproxy/${echo.name}.state`)).includes('"error":""')
  expect(await waitFor(hasFailed, 60, () => sleep(500))).toBe(true)
  expect((await statusOf('echo')).gate.certificate?.error).not.toBe('')
  const seen = await Promise.all(traffic.map((one) => one.stop()))
  expect(seen.flatMap(({ failures }) => failures)).toEqual([])
  expect((await echo.make('doctor', envOf('echo'))).stdout).toMatch(
    /^gate +PROBLEM .*end(s in|ed) .*; getting the next failed/m,
  )
  expect((await echo.must('history', envOf('echo'))).stdout).toMatch(
    /certificate by ACME: end(s in|ed) .*; getting the next failed/,
  )
})

test("a certificate of one's own must be replaced under load when its file changes, by make gate", async () => {
  const { page } = projects
  const folder = `${page.folder}/.cache/own`
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  await makeAuthority(folder, 'ca')
  const make = () => makeCertificate(folder, 'ca', 'own', 'subjectAltName=DNS:page.test,DNS:journal.test')
  await make()
  const files = { TLS: '', TLS_CERT_FILE: '.cache/own/own.crt', TLS_KEY_FILE: '.cache/own/own.key' }
  await page.must('deploy', { ...envOf('page'), ...files, VERSION: '1.1.0' })
  root = `${root}${readFileSync(`${folder}/ca.crt`, 'utf8')}`
  const traffic = load('page.test', '/')
  await make()
  expect((await page.must('gate', { ...envOf('page'), ...files })).stdout).toContain('page.test → ')
  expect((await traffic.stop()).failures).toEqual([])
  const served = await new Promise((resolve) => {
    const socket = tls.connect(
      { host: '127.0.0.1', port: Number(gate.GATE_HTTPS_PORT), servername: 'page.test', ca: root },
      () => {
        resolve(socket.getPeerCertificate().fingerprint256)
        socket.destroy()
      },
    )
  })
  expect(served).toBe(new X509Certificate(readFileSync(`${folder}/own.crt`)).fingerprint256)
})

test('a project that goes down must take its names with it, and another may have them', async () => {
  const { page, echo } = projects
  await page.must('down', envOf('page'))
  expect(await curl(http('page.test'))).toMatchObject({ status: 404 })
  await echo.must('deploy', { ...envOf('echo'), HOSTS: 'echo.test,page.test', VERSION: '1.1.0' })
  expect(await curl(https('page.test', '/y'))).toMatchObject(body('"url":"/y"'))
  expect(await curl(https('journal.test', '/healthz'))).toMatchObject(body('"version"'))
})

testInProof('one address must get so many connections and requests, and another be served meanwhile', async () => {
  const { echo } = projects
  // Its settings do not name page.test: that is said, and not waited for.
  const { stderr } = await echo.must('gate', { ...envOf('echo'), GATE_MAX_CONNECTIONS: '12', GATE_MAX_RATE: '40' })
  expect(stderr).toContain('the settings want other names')
  expect(stderr).not.toContain('there is no certificate')
  const another = () =>
    inGate('sh', '-c', "printf 'GET /x HTTP/1.0\\r\\nHost: echo.test\\r\\n\\r\\n' | socat -t5 - TCP:127.0.0.1:8080")
  // They never finish their handshake.
  const sockets = Array.from({ length: 20 }, () => connect(Number(gate.GATE_HTTPS_PORT), '127.0.0.1'))
  const open = () => sockets.filter(({ readyState }) => readyState === 'open').length
  for (const socket of sockets) socket.on('error', () => {}).resume()
  expect(await waitFor(async () => open() === 12, 5)).toBe(true)
  expect((await curl(http('echo.test'))).status).toBe(0)
  expect(await another()).toMatch(/^HTTP\/1\.1 308 /)
  expect(await waitFor(async () => open() === 0, 20)).toBe(true)
  const asked = 'GET /x HTTP/1.1\r\nHost: echo.test\r\n\r\n'.repeat(60)
  expect(await sendRaw('echo.test', asked, 'retry-after: 10')).toContain('HTTP/1.1 429 ')
  expect(await another()).toMatch(/^HTTP\/1\.1 308 /)
  // Their proxy counts the same clients, and not the gate.
  const proxy = servingProxy(await listContainers(echo.name))
  const { stdout } = await exec([
    ...(['docker', 'exec', proxy?.name ?? '', 'sh', '-c', 'echo show table clients | socat - "$0"'] as const),
    `${placeOf(proxy?.labels[SUCCESSOR_LABEL]).run}/admin.sock`,
  ])
  const gates = (await listContainers(gate.GATE)).flatMap(({ networks }) => Object.values(networks))
  const keys = [...stdout.matchAll(/key=(\S+)/g)].map(([, key = '']) => key.replace('::ffff:', ''))
  expect(keys.length).toBeGreaterThan(0)
  expect(keys.filter((key) => gates.some(({ address }) => address === key))).toEqual([])
})
