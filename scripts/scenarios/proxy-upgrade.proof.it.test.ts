import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { get, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { exec } from '../cli/io/exec.ts'
import { waitFor } from '../cli/io/wait.ts'
import type { ContainerState } from '../docker/container.ts'
import { findImage, listContainers } from '../docker/io/engine.ts'
import { runInside } from '../docker/io/open-shell.ts'
import { lockedImage, proxyTag } from '../image/io/images.ts'
import { startSuccessor } from '../proxy/io/hand-over.ts'
import { proxyOf } from '../proxy/io/runtime.ts'
import { doorOf, PROJECT_PROXY, servingProxy, successorsOf } from '../proxy/successor.ts'
import type { ReleaseEntry } from '../release/history.ts'
import { lastGood } from '../release/io/history.ts'
import { buildImage } from '../testing/image.ts'
import { findLostOrDoubled, startTraffic } from '../testing/load.ts'
import { TestProject } from '../testing/test-project.ts'

// Answers a health check, and is a WebSocket's server as far as a proxy can see.
const SOCKETS = `
import socketserver
class Handler(socketserver.BaseRequestHandler):
    def handle(self):
        if b"upgrade: websocket" not in self.request.recv(4096).lower():
            return self.request.sendall(b"HTTP/1.0 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok")
        self.request.sendall(b"HTTP/1.1 101 Switching\\r\\nConnection: Upgrade\\r\\nUpgrade: websocket\\r\\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\\r\\n\\r\\n")
        while data := self.request.recv(4096):
            self.request.sendall(data)
socketserver.ThreadingTCPServer(("", 9000), Handler).serve_forever()
`
const COMPOSE = 'compose/app.yaml'
const IMAGE = /\$\{PROXY_IMAGE:\?\}/
let project: TestProject
let compose = ''
let images: string[] = []
let turn = 0

beforeAll(async () => {
  project = await TestProject.create({ own: true })
  compose = readFileSync(join(project.folder, COMPOSE), 'utf8')
  project.write('.env', 'APP_SLOW_ROUTES=1\n')
  await project.must('build tag', { FORCE: 'untested' })
  // As an older toolkit has started it: on other networks, and with a configuration that hands nothing over.
  project.write(COMPOSE, compose.replace('[edge, front]', '[edge, default, front]'))
  await deploy()
  const door = doorOf(await listContainers(project.name))
  const base = proxyTag(lockedImage('haproxy'))
  images = await Promise.all(
    ['one', 'two'].map((name) => buildImage(project, name, `ARG BASE\nFROM \${BASE}\nLABEL upgraded=${name}\n`, base)),
  )
  const config = '/usr/local/etc/haproxy/haproxy.cfg'
  const states = 'echo "show servers state" | socat - /run/haproxy/admin.sock > /run/haproxy/servers.state'
  const older = `sed -i '/expose-fd/d' ${config} && ${states} && kill -USR2 1`
  await exec(['docker', 'exec', door?.id ?? '', 'sh', '-c', older], { quiet: true })
})
afterAll(async () => await project[Symbol.asyncDispose]())

/** Another image for the proxy from here on. */
const upgrade = () => {
  turn += 1
  project.write(COMPOSE, compose.replace(IMAGE, images[turn % images.length] ?? ''))
}
const deploy = async (env: Record<string, string> = {}) => await project.must('deploy', { VERSION: '1.0.0', ...env })
const wantedImage = async () => (await findImage(images[turn % images.length] ?? ''))?.Id
const slow = async (seconds: number) => (await fetch(`${project.url}/slow?seconds=${seconds}`)).status

/** The proxies after an upgrade: the first is a door, and one other of the wanted image serves. */
async function settled(): Promise<{ door: ContainerState; serving: ContainerState }> {
  const containers = await listContainers(project.name)
  const [door, serving] = [doorOf(containers), servingProxy(containers)]
  if (!door || !serving) throw new Error('no proxy serves')
  expect(successorsOf(containers).map(({ id }) => id)).toEqual([serving.id])
  expect(serving.image).toBe(await wantedImage())
  return { door, serving }
}

test('a proxy of another image must take over from each one before it without a failed request, and cut nothing', async () => {
  const traffic = startTraffic(project.url, { clients: 24 })
  const first = doorOf(await listContainers(project.name))
  const serving: string[] = []
  for (const HOLD_TIMEOUT of ['11', '12', '12']) {
    upgrade()
    const long = slow(6)
    const { stderr } = await deploy({ HOLD_TIMEOUT })
    expect(stderr).toContain('the one that runs has another image or definition than this toolkit')
    expect(await long).toBe(200)
    const now = await settled()
    expect(now.door.id).toBe(first?.id)
    serving.push(now.serving.id)
  }
  expect(new Set(serving).size).toBe(3)
  // A change of the configuration alone reloads the one that serves.
  await deploy({ HOLD_TIMEOUT: '13' })
  expect((await settled()).serving.id).toBe(serving.at(-1))
  expect((await deploy({ HOLD_TIMEOUT: '13' })).stdout).toContain('unchanged')
  const seen = await traffic.stop()
  expect(seen.failures).toEqual([])
  expect(seen.requests).toBeGreaterThan(500)
  expect(await findLostOrDoubled(project.url, seen)).toEqual([])
  const entries = JSON.parse((await project.must('history', { JSON: '1' })).stdout) as ReleaseEntry[]
  expect(entries.map(({ cut }) => cut)).toEqual(entries.map(() => 0))
})

const PLACES = ['1:before', '1:during', '1:after', '2:during', '2:after']
test.each(PLACES)(
  'an upgrade that is killed at %s must drop nothing, and the next deploy must finish it',
  async (place) => {
    const traffic = startTraffic(project.url, { clients: 16 })
    upgrade()
    const killed = await project.make('deploy', { VERSION: '1.0.0', FAULT_AT: place })
    expect(killed.exitCode).not.toBe(0)
    await deploy({ WAIT: '60' })
    await settled()
    const seen = await traffic.stop()
    expect(seen.failures).toEqual([])
    expect(await findLostOrDoubled(project.url, seen)).toEqual([])
  },
)

test('a killed upgrade must be undone as well without a failed request', async () => {
  const traffic = startTraffic(project.url, { clients: 16 })
  upgrade()
  await project.make('deploy', { VERSION: '1.0.0', FAULT_AT: '1:after' })
  const { stdout } = await project.must('status', { WAIT: '60' })
  expect(stdout).toContain('serving')
  const seen = await traffic.stop()
  expect(seen.failures).toEqual([])
})

test('a proxy that cannot take over must leave the old one alone', async () => {
  upgrade()
  await deploy()
  const before = await settled()
  const traffic = startTraffic(project.url)
  const broken = compose.replace('mem_limit: 256m', 'mem_limit: 6m').replace('memswap_limit: 256m', 'memswap_limit: 6m')
  project.write(COMPOSE, broken.replace(IMAGE, images[turn % images.length] ?? ''))
  const refused = await project.make('deploy', { VERSION: '1.0.0' })
  expect(refused.exitCode).not.toBe(0)
  expect(refused.stderr).toContain('the new proxy cannot take over from the one that runs')
  expect((await settled()).serving.id).toBe(before.serving.id)
  expect((await traffic.stop()).failures).toEqual([])
})

test('a proxy that is too busy to hand its sockets over at once must be asked again', async () => {
  upgrade()
  await deploy()
  const { serving, door } = await settled()
  const proxy = proxyOf(serving)
  const { config, live } = await proxy.readState()
  const worker = (await proxyOf(door).readWorker()).trim()
  const traffic = startTraffic(project.url)
  const release = lastGood(project.name)
  if (!release) throw new Error('nothing was deployed')
  let asked = 0
  await startSuccessor(release.compose, PROJECT_PROXY, async (successor) => {
    asked += 1
    await proxy.leaveFor(successor, config, live)
    if (asked > 1) return
    await runInside(door.id, `kill -STOP ${worker}; { sleep 2; kill -CONT ${worker}; } >/dev/null 2>&1 &`)
  })
  expect(asked).toBeGreaterThan(1)
  await deploy()
  expect((await settled()).serving.id).not.toBe(serving.id)
  expect((await traffic.stop()).failures).toEqual([])
})

test('whichever of the two restarts, in whatever order, requests must be answered', async () => {
  upgrade()
  await deploy()
  const { door, serving } = await settled()
  const restart = async (...ids: string[]) => {
    await exec(['docker', 'restart', '--time', '1', ...ids], { quiet: true })
    const back = await waitFor(async () => (await slow(0).catch(() => 0)) === 200, 20)
    expect(back).toBe(true)
  }
  const orders = [[serving.id], [door.id], [serving.id], [serving.id, door.id], [door.id, serving.id]]
  for (const ids of orders) {
    await restart(...ids)
    const traffic = startTraffic(project.url)
    await sleep(1000)
    expect((await traffic.stop()).failures, ids.join()).toEqual([])
  }
  // The first proxy comes back with another socket than the one that it has handed over.
  upgrade()
  await project.make('deploy', { VERSION: '1.0.0', FAULT_AT: '1:after' })
  await restart(door.id)
  const traffic = startTraffic(project.url)
  await deploy()
  // A socket that nobody accepts from lets new connections wait without an error.
  const fresh = get(`${project.url}/healthz`, { agent: false, signal: AbortSignal.timeout(5000) })
  expect(((await once(fresh, 'response')) as [IncomingMessage])[0].statusCode).toBe(200)
  upgrade()
  await deploy()
  await settled()
  expect((await traffic.stop()).failures).toEqual([])
})

test('a WebSocket must go on for half a minute after an upgrade, and then be cut and counted', async () => {
  const service = [
    '<<: *hardened',
    `image: \${APP_IMAGE:?}`,
    'pull_policy: never',
    'healthcheck: {disable: true}',
    `command: ["python", "-c", ${JSON.stringify(SOCKETS)}]`,
    'networks: [default]',
    'tmpfs: [/data]',
    'x-route: {path: /sockets, port: 9000, health: /}',
  ]
  compose = compose.replace(/^networks:$/m, `  sockets:\n    ${service.join('\n    ')}\n\nnetworks:`)
  upgrade()
  await deploy()
  const socket = connect(project.port, '127.0.0.1')
  socket.write(
    'GET /sockets HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n',
  )
  socket.write('Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n')
  const [head] = (await once(socket, 'data')) as [Buffer]
  expect(head.toString()).toContain('101 Switching')
  const began = performance.now()
  const closed = once(socket, 'close')
  upgrade()
  const upgrading = deploy({ JSON: '1' })
  await sleep(10_000)
  socket.write('still here')
  expect(String(await once(socket, 'data'))).toBe('still here')
  expect(JSON.parse((await upgrading).stdout)).toMatchObject({ outcome: 'deployed', cut: 1 })
  await closed
  expect(performance.now() - began).toBeGreaterThan(25_000)
})
