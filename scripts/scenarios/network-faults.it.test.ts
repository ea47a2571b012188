import { existsSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { exec } from '../cli/io/exec.ts'
import { waitFor } from '../cli/io/wait.ts'
import { APP, PROXY } from '../docker/compose-model.ts'
import type { ContainerState } from '../docker/container.ts'
import { listContainers } from '../docker/io/engine.ts'
import { proxyOf } from '../proxy/io/runtime.ts'
import { edgeAddress, edgeNetwork } from '../proxy/sets.ts'
import { observe } from '../rollout/io/observe.ts'
import { ledgerPath } from '../state/io/ledger.ts'
import { labelsOf } from '../testing/image.ts'
import { findLostOrDoubled, readLines, type Seen, startTraffic } from '../testing/load.ts'
import { casesOf, roundsOf, testInProof } from '../testing/proof.ts'
import { printProxyLog } from '../testing/proxy-log.ts'
import { inNetworkOf } from '../testing/sabotage.ts'
import { TestProject } from '../testing/test-project.ts'

// Its shell keeps the stop signal from gunicorn.
const DEAF = `CMD ["sh", "-c", "trap '' TERM; gunicorn --config python:journal.gunicorn_conf; true"]`
let project: TestProject

const docker = async (...argv: string[]) => (await exec(['docker', ...argv], { quiet: true })).stdout.trim()
const deploy = async (VERSION: string, env: Record<string, string> = {}) =>
  await project.make('deploy', { VERSION, REPLICAS: '2', ...env })
async function deployed(VERSION: string, env: Record<string, string> = {}): Promise<string> {
  const { exitCode, stderr } = await deploy(VERSION, env)
  expect(exitCode, stderr).toBe(0)
  return stderr
}
const servers = async () => (await observe(project.name)).proxy?.servers ?? []
const members = async () => (await observe(project.name)).containers.filter(({ service }) => service === APP)
async function find(wanted: string): Promise<ContainerState> {
  const found = (await observe(project.name)).containers.find(({ service }) => service === wanted)
  if (!found) throw new Error(`no ${wanted} runs`)
  return found
}
const isUp = async (member: ContainerState) =>
  (await servers()).some(({ address, up }) => up && address === edgeAddress(member, project.name))
const image = async (version: string) =>
  await docker('image', 'inspect', '--format', '{{.Id}}', `e2e/${project.name}:${version}`)
const step = () => {
  const file = ledgerPath(project.name, 'journal.json')
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { step: string }).step : ''
}
const expectNoneLost = async (seen: Seen) => expect(await findLostOrDoubled(project.url, seen)).toEqual([])

beforeAll(async () => {
  project = await TestProject.create()
  await project.release('1.0.1', 'compose/app.yaml', (text) =>
    text.replace(/(x-threads: 16\n +stop_grace_period:) 30s/, '$1 2s'),
  )
  await project.release('1.1.0', 'sample-app/Dockerfile', (dockerfile) => `${dockerfile}\n${DEAF}\n`)
  await deployed('1.0.1')
})
afterAll(async () => await project[Symbol.asyncDispose]())
beforeEach(async ({ onTestFailed }) => {
  onTestFailed(() => printProxyLog(project.name))
  expect(await waitFor(async () => (await servers()).filter(({ up, address }) => up && address).length === 2, 30)).toBe(
    true,
  )
})

const input = (rule: string) => async (member: ContainerState) =>
  await inNetworkOf(member.id, `iptables -A INPUT -p tcp --dport 8000 ${rule}`)
const flush = async (member: ContainerState) => await inNetworkOf(member.id, 'iptables -F INPUT')
const slow = (what: string) => async (member: ContainerState) => {
  const device = `$(ip -o -4 address | awk '/ ${edgeAddress(member, project.name)}\\//{print $2}')`
  await inNetworkOf(member.id, `tc qdisc ${what.replace('DEVICE', device)}`)
}
type Fault = {
  /** It completes "a member that …". */
  readonly name: string
  readonly tag: string
  readonly begin: (member: ContainerState) => Promise<unknown>
  readonly end: (member: ContainerState) => Promise<unknown>
  /** For how long it goes on, once the proxy counts the member as down, if it is to. */
  readonly seconds: number
  readonly isDown?: boolean
  /** How requests may fail that were at that member when it began: at most one of each client. */
  readonly cut?: RegExp
}
const FAULTS: Fault[] = [
  { name: 'cannot be reached', tag: '[fault 37]', begin: input('-j DROP'), end: flush, seconds: 2, isDown: true },
  {
    name: 'resets its connections',
    tag: '[fault 38]',
    begin: input('-j REJECT --reject-with tcp-reset'),
    end: flush,
    seconds: 1,
    isDown: true,
    // What was sent may have been done: only the client may send it again.
    cut: /answered 502 |socket hang up$|aborted$/,
  },
  {
    name: 'loses a tenth of what it is sent, over a slow link',
    tag: '[fault 39]',
    begin: async (member) => {
      await input('-m statistic --mode random --probability 0.1 -j DROP')(member)
      await slow('add dev DEVICE root tbf rate 64kbit burst 4kb latency 400ms')(member)
    },
    end: async (member) => {
      await flush(member)
      await slow('del dev DEVICE root')(member)
    },
    seconds: 4,
  },
  {
    name: 'is paused',
    tag: '[fault 40]',
    begin: ({ id }) => docker('pause', id),
    end: ({ id }) => docker('unpause', id),
    // It counts as down after ten.
    seconds: roundsOf(4, 25),
  },
]
test.each(casesOf(FAULTS, ({ isDown, cut }) => isDown === true && !cut))(
  'a member that $name must cost no line, and come back $tag',
  async ({ begin, end, ...fault }) => {
    const member = await find(APP)
    const traffic = startTraffic(project.url, { pause: 20 })
    await sleep(500)
    await begin(member)
    const isDown = fault.isDown && (await waitFor(async () => !(await isUp(member)), 10))
    const later = isDown ? startTraffic(project.url) : undefined
    await sleep(fault.seconds * 1000)
    const more = await later?.stop()
    await end(member)
    const isBack = await waitFor(async () => await isUp(member), 20)
    const seen = await traffic.stop()
    expect([isDown, isBack]).toEqual([fault.isDown, true])
    expect(more?.failures ?? []).toEqual([])
    expect(seen.failures.filter((one) => !fault.cut?.test(one))).toEqual([])
    expect(seen.failures.length).toBeLessThanOrEqual(8)
    // It was felt.
    expect(seen.failures.length > 0 || seen.slowest > 300).toBe(true)
    await expectNoneLost(seen)
  },
)

testInProof(
  'a deploy must go on although an old member cannot be reached, and run the image that it has resolved [fault 14] [fault 37]',
  async () => {
    const member = await find(APP)
    const [wanted, other] = [await image('1.1.0'), await image('1.0.1')]
    await input('-j DROP')(member)
    expect(await waitFor(async () => !(await isUp(member)), 10)).toBe(true)
    const traffic = startTraffic(project.url)
    const run = deployed('1.1.0')
    expect(await waitFor(async () => step() !== '', 30)).toBe(true)
    await docker('tag', other, `e2e/${project.name}:1.1.0`)
    await run
    await docker('tag', wanted, `e2e/${project.name}:1.1.0`)
    const seen = await traffic.stop()
    expect(seen.failures).toEqual([])
    await expectNoneLost(seen)
    expect((await members()).map((one) => one.image)).toEqual([wanted, wanted])
  },
)

testInProof('a name server that is silent must cost no request and no member [fault 36]', async () => {
  const proxy = await find(PROXY)
  const answers = async () => /valid: +(\d+)/.exec(await proxyOf(proxy).command('show resolvers docker'))?.[1]
  // The engine's name server listens there in the network of each container.
  await inNetworkOf(proxy.id, 'iptables -A OUTPUT -d 127.0.0.11 -j DROP')
  const before = await answers()
  const traffic = startTraffic(project.url)
  await sleep(roundsOf(4, 40) * 1000)
  const seen = await traffic.stop()
  const found = (await servers()).filter(({ up, address }) => up && address)
  const after = await answers()
  await inNetworkOf(proxy.id, 'iptables -F OUTPUT')
  expect(after).toBe(before)
  expect(found).toHaveLength(2)
  expect(seen.failures).toEqual([])
  await expectNoneLost(seen)
})

test('an application that ignores its stop signal must cost no request, and be named [fault 28]', async () => {
  await deployed('1.1.0')
  const traffic = startTraffic(project.url)
  const told = await deployed('1.0.1')
  const seen = await traffic.stop()
  expect(told).toMatch(/app-\d+ did not end at its stop signal, and was killed/)
  expect(seen.failures).toEqual([])
  await expectNoneLost(seen)
})

const WRITE = `
import json, sys, urllib.request
for turn in range(40):
    body = json.dumps({"text": f"{sys.argv[1]}{turn}"}).encode()
    headers = {"content-type": "application/json"}
    urllib.request.urlopen(urllib.request.Request("http://127.0.0.1:8000/entries", body, headers), timeout=30)
`
const INTEGRITY =
  'import sqlite3; print(sqlite3.connect("/data/journal.db").execute("PRAGMA integrity_check").fetchall())'
/** Lets every member, of either version, write at the same time, and expects each line once in a sound file. */
async function expectBothWrite(all: readonly ContainerState[]): Promise<void> {
  expect(new Set(all.map((one) => one.image)).size).toBe(2)
  await Promise.all(all.map(({ id }) => docker('exec', id, 'python', '-c', WRITE, `both ${id.slice(0, 12)} `)))
  const lines = (await readLines(project.url)).filter((line) => line.startsWith('both '))
  expect(lines).toHaveLength(40 * all.length)
  expect(new Set(lines).size).toBe(lines.length)
  expect(await docker('exec', all[0]?.id ?? '', 'python', '-c', INTEGRITY)).toBe("[('ok',)]")
}

test('where the old and the new version fail at the switch, 503 must be answered, and the last good one come back [fault 41] [fault 53]', async () => {
  await deployed('1.0.1')
  const run = deploy('1.1.0', { BAKE_TIME: '60', JSON: '1' })
  expect(await waitFor(async () => step().startsWith('watch'), 60)).toBe(true)
  await expectBothWrite(await members())
  await docker('kill', ...(await members()).map(({ id }) => id))
  // A new connection: on one that was kept, HAProxy closes instead, so that the client asks again.
  const argv = ['curl', '--silent', '--include', '--max-time', '20', project.url] as const
  expect((await exec(argv, { quiet: true })).stdout).toMatch(/^HTTP\/1\.1 503 [\s\S]*\r\nretry-after: 2\r\n/i)
  const { exitCode, stdout, stderr } = await run
  expect(exitCode).not.toBe(0)
  expect(JSON.parse(stdout), stderr).toMatchObject({
    outcome: 'rolled back',
    because: expect.stringMatching(/served, and/),
  })
  expect(await (await fetch(`${project.url}/healthz`)).json()).toMatchObject({ version: '1.0.1' })
})

/** Expects that a deploy is refused within 20 seconds, and that nothing is touched. */
async function expectRefused(says: RegExp): Promise<void> {
  const ids = async () => (await listContainers(project.name)).map(({ id }) => id)
  const before = await ids()
  const began = performance.now()
  const { exitCode, stdout, stderr } = await deploy('1.1.0', { JSON: '1' })
  expect(performance.now() - began).toBeLessThan(20_000)
  expect(exitCode).not.toBe(0)
  expect(stderr).toMatch(says)
  expect(JSON.parse(stdout)).toMatchObject({ outcome: 'refused' })
  expect(await ids()).toEqual(before)
}

const SOCKETS = [
  ['cannot be opened', 'chmod 000 /run/haproxy/admin.sock', 'chmod 600 /run/haproxy/admin.sock'],
  ['is gone', 'mv /run/haproxy/admin.sock /run/haproxy/gone', 'mv /run/haproxy/gone /run/haproxy/admin.sock'],
  ['answers nothing', 'kill -STOP WORKER', 'kill -CONT WORKER'],
] as const
test.each(casesOf(SOCKETS, () => false))(
  "where the proxy's socket %s, a deploy must touch nothing and say so [fault 32]",
  async (_, harm, mend) => {
    const proxy = await find(PROXY)
    const worker = (await proxyOf(proxy).readWorker()).trim()
    const inside = async (script: string) =>
      await docker('exec', proxy.id, 'sh', '-c', script.replace('WORKER', worker))
    await inside(harm)
    try {
      await expectRefused(/the proxy does not answer on its runtime socket\n +next: .*make down deploy/)
    } finally {
      await inside(mend)
    }
  },
)

test("where another's container has the next name, a deploy must touch nothing and name it [fault 67]", async () => {
  const next = Math.max(...(await members()).map(({ name }) => Number(name.split('-').at(-1)))) + 1
  const name = `${project.name}-app-${next}`
  await docker('create', ...labelsOf(project), '--name', name, `e2e/${project.name}:1.0.1`)
  onTestFinished(async () => void (await docker('rm', '--force', '--volumes', name)))
  await expectRefused(new RegExp(`the container ${name} is not of the project .*\\n +next: docker rename ${name} `))
})

test('an image of the version before that is gone must refuse the way back, and nothing be touched [fault 66]', async () => {
  const before = (await members()).map(({ id }) => id)
  await docker('image', 'rm', '--force', await image('1.1.0'))
  const { exitCode, stdout, stderr } = await project.make('rollback', { VERSION: '1.1.0', JSON: '1' })
  expect(stderr).toMatch(/1\.1\.0 is no longer kept on this engine/)
  expect(exitCode).not.toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({ outcome: 'refused' })
  expect((await members()).map(({ id }) => id)).toEqual(before)
})

const FOREIGN = `
import http.server
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(299)
        self.end_headers()
    do_POST = do_GET
http.server.HTTPServer(("0.0.0.0", 8000), Handler).serve_forever()
`
test('a container that gets the address of a dead member must get no request [fault 35]', async () => {
  const [member = await find(APP)] = (await members()).toSorted((a, b) =>
    edgeAddress(a, project.name).localeCompare(edgeAddress(b, project.name)),
  )
  const address = edgeAddress(member, project.name)
  const create = async () =>
    await docker(
      'create',
      '--no-healthcheck',
      ...labelsOf(project),
      '--network',
      edgeNetwork(project.name),
      '--entrypoint',
      'python',
      `e2e/${project.name}:1.0.1`,
      '-c',
      FOREIGN,
    )
  const addressOf = async (id: string) =>
    await docker('inspect', '--format', '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}', id)
  const others: string[] = []
  onTestFinished(async () => void (await docker('rm', '--force', '--volumes', ...others)))
  const last = (text: string) => Number(text.split('.').at(-1))
  // The engine gives the lowest address that is free: first all below the member's must be taken.
  for (let got = ''; last(got) < last(address); got = await addressOf(others.at(-1) ?? '')) {
    others.push(await create())
    await docker('start', others.at(-1) ?? '')
  }
  others.push(await create())
  let running = true
  const statuses: number[] = []
  const client = async () => {
    const answer = async () => (await fetch(`${project.url}/healthz`, { headers: { connection: 'close' } })).status
    while (running) statuses.push(await answer().catch(() => 0))
  }
  const clients = Promise.all(Array.from({ length: 16 }, client))
  const traffic = startTraffic(project.url, { clients: 16, pause: 1 })
  // A busy host takes its time to begin, and without requests nothing would be tested.
  expect(await waitFor(async () => statuses.length > 100, 30)).toBe(true)
  await docker('rm', '--force', member.id)
  await docker('start', others.at(-1) ?? '')
  expect(await addressOf(others.at(-1) ?? '')).toBe(address)
  await sleep(2500)
  running = false
  await clients
  const seen = await traffic.stop()
  expect(statuses).toContain(200)
  expect(statuses).not.toContain(299)
  // What the dead member had may have been done: it was sent to nobody else.
  await expectNoneLost(seen)
})
