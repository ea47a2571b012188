import { readFileSync } from 'node:fs'
import { Agent, get } from 'node:http'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { exec } from '../cli/io/exec.ts'
import { waitFor } from '../cli/io/wait.ts'
import { APP, PROXY } from '../docker/compose-model.ts'
import type { ContainerState } from '../docker/container.ts'
import { runInside } from '../docker/io/open-shell.ts'
import { TEST_LABEL } from '../docker/labels.ts'
import { proxyIn } from '../proxy/io/runtime.ts'
import { type Color, colorOf } from '../proxy/sets.ts'
import { observe } from '../rollout/io/observe.ts'
import type { Status } from '../rollout/status-report.ts'
import { testRun } from '../state/io/lock.ts'
import { findLostOrDoubled, startTraffic } from '../testing/load.ts'
import { casesOf, roundsOf, testInProof } from '../testing/proof.ts'
import { printProxyLog } from '../testing/proxy-log.ts'
import { SLOW_KINDS, startSlowClients } from '../testing/slow-clients.ts'
import { TestProject } from '../testing/test-project.ts'

const CONFIG = 'compose/proxy/haproxy.cfg'
const RULES = '  # @RULES'
let project: TestProject
let template = ''
// Another version, which tells what it has been told of the client.
const ECHO = `

def told(serve):
    def answer(environ, start):
        said = [(name, value) for name, value in environ.items() if "FORWARDED" in name]
        return serve(environ, lambda status, headers, *rest: start(status, [*headers, ("X-Told", repr(said))], *rest))
    return answer


app.wsgi_app = told(app.wsgi_app)
`

beforeAll(async () => {
  project = await TestProject.create()
  template = readFileSync(join(project.folder, CONFIG), 'utf8')
  expect(template).toContain(RULES)
  await project.must('build tag deploy', { FORCE: 'untested' })
  await project.release('1.1.0', 'sample-app/src/journal/wsgi.py', (text) => `${text}${ECHO}`)
})
beforeEach(({ onTestFailed }) => onTestFailed(() => printProxyLog(project.name)))
afterAll(async () => await project[Symbol.asyncDispose]())

const deploy = async (version: string, env: Record<string, string> = {}) =>
  await project.must('deploy', { VERSION: version, ...env })
const version = async () => ((await (await fetch(`${project.url}/healthz`)).json()) as { version: string }).version
const served = async () => await version().catch(() => undefined)
const status = async () => JSON.parse((await project.must('status', { JSON: '1' })).stdout) as Status

/** The proxy's container, and what no test may change unasked: which process it is, what it runs, whom it serves. */
async function proxy() {
  const { containers, proxy: state } = await observe(project.name)
  const container = containers.find(({ service }) => service === PROXY)
  if (!container || !state) throw new Error('no proxy runs')
  const { config, live, held, servers } = state
  const members = servers
    .filter(({ address }) => address !== '')
    .map(({ service, color, address }) => `${service}-${color} ${address}`)
  const lives = [container.id, container.startedAt]
  return { container, lives, seen: { config, live, held, members: members.sort() } }
}

/** The same, once it has forgotten whom the last deploy removed. */
async function settled() {
  const found = await waitFor(async () => {
    const now = await proxy()
    return now.seen.members.length === 1 && now
  }, 10)
  if (!found) throw new Error('the proxy has not exactly one member')
  return found
}

async function application(): Promise<ContainerState> {
  const [only, ...more] = (await observe(project.name)).containers.filter(({ service }) => service === APP)
  if (!only || more.length > 0) throw new Error('not exactly one container of the application')
  return only
}

async function expectSame({ lives, seen }: Awaited<ReturnType<typeof proxy>>): Promise<void> {
  const now = await proxy()
  expect([now.lives, now.seen]).toEqual([lives, seen])
}

/** The status of the answer to a body that is no JSON, and who gave it. */
const post = async (body: string | ReadableStream) => {
  const headers = { 'content-type': 'application/json', connection: 'close' }
  const answer = await fetch(`${project.url}/entries`, { method: 'POST', headers, body, duplex: 'half' } as RequestInit)
  const text = await answer.text()
  return `${answer.status} by the ${text.includes('the body is not JSON') ? 'application' : 'proxy'}`
}

/** The status of the next request of a client that keeps its connection. */
const next = (agent: Agent): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const sent = get(`${project.url}/healthz`, { agent }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode))
    })
    sent.once('error', reject)
  })

/** Kills the first process of a container as the host's kernel would for want of memory: past the engine. */
async function killOnHost({ id, image }: ContainerState): Promise<void> {
  const { stdout } = await exec(['docker', 'inspect', '--format', '{{.State.Pid}}', id], { quiet: true })
  const helper = [
    '--label',
    `${TEST_LABEL}=${testRun()}`,
    '--privileged',
    '--pid',
    'host',
    '--network',
    'none',
    '--user',
    '0',
  ]
  const shell = ['--entrypoint', 'sh', image, '-c', `kill -9 ${Number(stdout)}`]
  await exec(['docker', 'run', '--rm', ...helper, ...shell], { quiet: true })
}
/** Waits until a container that died was started again by the engine and that version answers. */
async function awaitReturn({ id, restarts }: ContainerState, wanted: string): Promise<void> {
  const back = await waitFor(async () => {
    const now = (await observe(project.name).catch(() => undefined))?.containers.find((one) => one.id === id)
    return now?.status === 'running' && now.restarts > restarts && (await served()) === wanted
  }, 60)
  expect(back, `${id} did not come back, or does not serve ${wanted}`).toBe(true)
}

test('each change of its configuration must be loaded by the same proxy without a dropped request [fault 30]', async () => {
  onTestFinished(() => project.write(CONFIG, template))
  const before = await settled()
  const traffic = startTraffic(project.url, { clients: roundsOf(8, 16) })
  const files = `ls /proc/$(echo 'show info' | socat -t5 - /run/haproxy/admin.sock | sed -n 's/^Pid: //p')/fd | wc -l`
  const inside = async (script: string) => Number(await runInside(before.container.id, script))
  const open = await inside(files)
  for (const change of ['one', 'two', 'three'].slice(roundsOf(1, 0))) {
    const line = `http-response set-header x-change ${change}`
    project.write(CONFIG, template.replace(RULES, `  ${line}\n${RULES}`))
    expect((await deploy('1.0.0')).stdout).toContain('deployed: 1.0.0')
    expect((await fetch(project.url)).headers.get('x-change')).toBe(change)
    const after = await proxy()
    expect(after.seen.config).toContain(line)
    expect(after.lives).toEqual(before.lives)
    expect(after.seen).toEqual({ ...before.seen, config: after.seen.config })
  }
  const seen = await traffic.stop()
  expect(seen.failures).toEqual([])
  expect(seen.acknowledged.length).toBeGreaterThan(0)
  expect(await findLostOrDoubled(project.url, seen)).toEqual([])
  // The master and one worker, and no descriptor more than before.
  const workers = async () => (await inside("grep -l '^Name:.*haproxy' /proc/[0-9]*/status | wc -l")) === 2
  expect(await waitFor(workers, 70)).toBe(true)
  // Connections that clients have left open go by and by.
  expect(await waitFor(async () => (await inside(files)) <= open + 8, 70)).toBe(true)
})

test('for a set without members the engine must ask no name server, and log no failure of one', async () => {
  const { container } = await proxy()
  const name = '\\006nobody\\000'
  const query = `printf '\\001\\002\\001\\000\\000\\001\\000\\000\\000\\000\\000\\000${name}\\000\\001\\000\\001'`
  // The byte with the answer's status: 0 is "no error", 2 that no server was reached.
  const status = `${query} | socat -t2 - UDP:127.0.0.11:53 | od -An -tx1 -j3 -N1`
  expect((await runInside(container.id, status)).trim()).toBe('80')
})

test('what a client says of where it comes from must not reach the application', async () => {
  await deploy('1.1.0')
  const lies = {
    'x-forwarded-for': '10.9.9.9',
    x_forwarded_for: '10.9.9.9',
    'x-forwarded-host': 'evil',
    forwarded: 'for=10.9.9.9',
  }
  const told = (await fetch(project.url, { headers: lies })).headers.get('x-told') ?? ''
  expect(told).toMatch(/^\[\('HTTP_X_FORWARDED_FOR', '[\d.]+'\)\]$/)
  expect(told).not.toContain('10.9.9.9')
})

const kept = casesOf(SLOW_KINDS, (kind) => kind === 'reading')
test.each(kept)('clients that are slow (%s) must fail no other request', async (kind) => {
  // Answers of a megabyte, which no buffer on the way holds.
  for (let line = 0; kind === 'reading' && line < 100; line++)
    expect(await post(JSON.stringify({ text: 'a'.repeat(9900) }))).toMatch(/^201/)
  const stop = startSlowClients(project.port, kind, roundsOf(40, 200))
  onTestFinished(stop)
  // A health check fails twice in three seconds, and a reader fills the buffers on the way in ten.
  await sleep(kind === 'reading' ? 10_000 : 3000)
  const traffic = startTraffic(project.url)
  // A long body from another address goes ahead of theirs.
  const upload = "printf 'POST /entries HTTP/1.0\\r\\nContent-Length: 30000\\r\\n\\r\\n'; head -c 30000 /dev/zero"
  const { container } = await proxy()
  const script = `{ ${upload}; } | socat -t60 - TCP:127.0.0.1:8080 | tail -1`
  const { stdout: answer } = await exec(['docker', 'exec', container.id, 'sh', '-c', script], { quiet: true })
  await sleep(roundsOf(5000, 30_000))
  const seen = await traffic.stop()
  expect(seen.failures).toEqual([])
  expect(seen.acknowledged.length).toBeGreaterThan(0)
  expect(answer).toContain('Content-Type must be application/json')
  expect((await application()).health).toBe('healthy')
})

test('what is beyond MAX_BODY and MAX_CONNECTIONS must be turned away, and what is below must be taken', async () => {
  await deploy('1.0.0', { MAX_BODY: '50k', MAX_CONNECTIONS: '20' })
  const sent = async (text: string) => [
    await post(text),
    await post(ReadableStream.from(text.match(/.{1000}/g) ?? []).pipeThrough(new TextEncoderStream())),
  ]
  const [taken, refused] = ['400 by the application', '413 by the proxy']
  expect(await sent('a'.repeat(40_000))).toEqual([taken, taken])
  expect(await sent('a'.repeat(60_000))).toEqual([refused, refused])
  const answered = () => next(new Agent()).catch(() => undefined)
  const stop = startSlowClients(project.port, 'idle', 40)
  onTestFinished(stop)
  expect(await waitFor(async () => (await answered()) === undefined, 10)).toBe(true)
  stop()
  expect(await waitFor(async () => (await answered()) === 200, 10)).toBe(true)
})

test('an invalid configuration must be refused in the words of HAProxy, and the running one must stay [fault 33]', async () => {
  onTestFinished(() => project.write(CONFIG, template))
  await deploy('1.0.0')
  const before = await settled()
  const traffic = startTraffic(project.url)
  project.write(CONFIG, template.replace(RULES, `  nonsense\n${RULES}`))
  const refused = await project.make('deploy', { VERSION: '1.0.0', JSON: '1' })
  expect(refused.exitCode).not.toBe(0)
  expect(refused.stderr).toContain("unknown keyword 'nonsense' in 'frontend' section")
  expect(JSON.parse(refused.stdout)).toMatchObject({ outcome: 'rolled back' })
  await expectSame(before)
  expect((await status()).outcome).toBe('serving')
  project.write(CONFIG, template)
  expect((await deploy('1.0.0')).stdout).toContain('unchanged: 1.0.0')
  const seen = await traffic.stop()
  expect(seen.failures).toEqual([])
  expect(await findLostOrDoubled(project.url, seen)).toEqual([])
  await expectSame(before)
})

testInProof(
  'a deploy of another version must never restart the proxy, and one version must answer at any time',
  async () => {
    await deploy('1.0.0')
    const before = await settled()
    const traffic = startTraffic(project.url)
    const versions: string[] = []
    let deploying = true
    const poll = async () => {
      while (deploying) {
        versions.push(await version())
        await sleep(20)
      }
    }
    const polled = poll()
    await deploy('1.1.0').finally(() => {
      deploying = false
    })
    await polled
    const seen = await traffic.stop()
    expect(seen.failures).toEqual([])
    expect(await findLostOrDoubled(project.url, seen)).toEqual([])
    expect(versions.filter((one, index) => one !== versions[index - 1])).toEqual(['1.0.0', '1.1.0'])
    const after = await proxy()
    expect(after.lives).toEqual(before.lives)
    expect(after.seen.config).toBe(before.seen.config)
  },
)

// Each takes a second: as many as there are threads are in flight, and as many wait.
testInProof('a deploy must drop none of more requests than the application has threads', async () => {
  project.write('.env', 'APP_SLOW_ROUTES=1\n')
  onTestFinished(() => project.write('.env', ''))
  await deploy('1.0.0')
  let running = true
  const statuses: number[] = []
  const ask = async () => {
    while (running) statuses.push((await fetch(`${project.url}/slow?seconds=1`)).status)
  }
  const asking = Promise.all(Array.from({ length: 30 }, ask))
  for (const rollout of ['overlap', 'exclusive', 'overlap'])
    await deploy(rollout === 'exclusive' ? '1.0.0' : '1.1.0', { APP_ROLLOUT: rollout })
  running = false
  await asking
  expect(new Set(statuses)).toEqual(new Set([200]))
})

testInProof(
  'another configuration and another version at once must drop nothing, however long a client pauses',
  async () => {
    await deploy('1.1.0')
    const agents = Array.from({ length: 40 }, () => new Agent({ keepAlive: true, maxSockets: 1 }))
    onTestFinished(() => agents.forEach((agent) => void agent.destroy()))
    await Promise.all(agents.map(next))
    const traffic = startTraffic(project.url)
    // Each asks again after a pause of its own; the longest is shorter than the proxy keeps an idle connection.
    const answers = Promise.all(
      agents.map(async (agent, index) => {
        await sleep(index * 100)
        return await next(agent).catch(String)
      }),
    )
    await deploy('1.0.0', { HOLD_TIMEOUT: '13' })
    expect(await answers).toEqual(agents.map(() => 200))
    const seen = await traffic.stop()
    expect(seen.failures).toEqual([])
    expect(await findLostOrDoubled(project.url, seen)).toEqual([])
    expect(await version()).toBe('1.0.0')
  },
)

test('killed on the host, the proxy must come back with the set that is live and its members, reloaded or not [fault 31]', async () => {
  const lives: (Color | undefined)[] = []
  // Each deploy of another version moves the live set; each hold is another configuration.
  for (const [wanted, HOLD_TIMEOUT] of (
    [
      ['1.1.0', '11'],
      ['1.0.0', '12'],
    ] as const
  ).slice(roundsOf(1, 0))) {
    await deploy(wanted, { HOLD_TIMEOUT })
    const before = await settled()
    lives.push(before.seen.live[APP])
    await killOnHost(before.container)
    await awaitReturn(before.container, wanted)
    const after = await settled()
    expect(after.container.id).toBe(before.container.id)
    expect(after.seen).toEqual(before.seen)
    expect((await deploy(wanted, { HOLD_TIMEOUT })).stdout).toContain('unchanged')
  }
  expect(new Set(lives).size).toBe(lives.length)
})

testInProof('killed on the host, the application must come back by itself and be served again', async () => {
  await deploy('1.0.0')
  const before = await application()
  const { seen } = await settled()
  await killOnHost(before)
  await awaitReturn(before, '1.0.0')
  await waitFor(async () => (await application()).health === 'healthy', 60)
  const after = await application()
  expect([after.id, colorOf(after, project.name)]).toEqual([before.id, seen.live[APP]])
  expect((await settled()).seen.live).toEqual(seen.live)
  expect((await deploy('1.0.0')).stdout).toContain('unchanged')
})

test('requests that a dead run left waiting must be answered by the next deploy', async () => {
  // Longer than this test takes: nothing but the deploy lets them go.
  const env = { HOLD_TIMEOUT: '50' }
  await deploy('1.0.0', env)
  const before = await settled()
  await proxyIn(before.container.id).hold([APP])
  const waiting = fetch(`${project.url}/entries`, { signal: AbortSignal.timeout(45_000) })
  await waitFor(async () => (await proxy()).seen.held.length > 0, 10)
  const { stderr } = await deploy('1.0.0', env)
  expect(stderr).toContain('left waiting by a run that was interrupted')
  expect((await waiting).status).toBe(200)
  await expectSame(before)
})
