import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { exec } from '../cli/io/exec.ts'
import { findVolume } from '../data/io/volumes.ts'
import { listContainers } from '../docker/io/engine.ts'
import { observe } from '../rollout/io/observe.ts'
import { removeProject } from '../test/io/sweep.ts'
import { makeAuthority } from '../testing/certificate.ts'
import { findLostOrDoubled, startTraffic } from '../testing/load.ts'
import { casesOf, testInProof } from '../testing/proof.ts'
import { TestProject } from '../testing/test-project.ts'

const FILE = 'compose/app.yaml'
const ENV = { VERSION: '1.0.0' }

// Answers any path; where it keeps data, one that finds another at work there does not start.
const API = `
import fcntl, http.server, json, os, signal, ssl, threading

class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        names = list(self.headers.keys())
        body = json.dumps({"service": "api", "release": os.environ["RELEASE"], "path": self.path, "headers": names}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_):
        pass

class Server(http.server.ThreadingHTTPServer):
    daemon_threads = False
    request_queue_size = 128

if "ALONE_IN" in os.environ:
    alone = open(os.environ["ALONE_IN"] + "/lock", "w")
    fcntl.flock(alone, fcntl.LOCK_EX | fcntl.LOCK_NB)
server = Server(("0.0.0.0", 8001), Answer)
if "PEM" in os.environ:
    open("/tmp/pem", "w").write(os.environ["PEM"])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain("/tmp/pem")
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
server.serve_forever()
server.server_close()
`
const WORKER =
  'import signal; signal.signal(signal.SIGTERM, lambda *_: exit()); open("/tmp/works", "w"); signal.pause()'
const REACHES = "import socket; socket.create_connection(('127.0.0.1', 8001), 2)"

type Service = Readonly<Record<string, unknown>>
type Names = Readonly<Record<'app' | 'api' | 'worker', string>>
type Over = Readonly<Record<string, Service | undefined>>
let project: TestProject
let original: { services: Record<string, Service>; volumes: object; 'x-hardened': Service }
let pem: string
const one: Names = { app: 'one', api: 'one', worker: 'one' }
const three: Names = { app: 'three', api: 'three', worker: 'two' }

/** Writes the Compose file of a release: what it calls each service, and what else is another. */
function write(names: Names, over: Over = {}): void {
  const check = { interval: '5s', timeout: '3s', start_period: '60s', start_interval: '250ms', retries: 3 }
  const app = original.services['app']
  const beside = { ...original['x-hardened'], image: app?.['image'], mem_limit: '128m', networks: ['default'] }
  const services: Over = {
    ...original.services,
    app: { ...app, environment: { ...(app?.['environment'] as object), RELEASE: names.app } },
    api: {
      ...beside,
      'x-route': { path: '/api', port: 8001, health: names.api === 'three' ? 'tcp' : '/health' },
      command: ['python', '-c', API],
      environment: { RELEASE: names.api, ...(names.api === 'three' && { PEM: pem }) },
      'x-tls': names.api === 'three',
      healthcheck: { ...check, test: ['CMD', 'python', '-IS', '-c', REACHES] },
      tmpfs: ['/data', '/tmp'],
    },
    worker: {
      ...beside,
      command: ['python', '-c', WORKER],
      environment: { RELEASE: names.worker },
      healthcheck: { ...check, test: ['CMD', 'test', '-e', '/tmp/works'] },
      tmpfs: ['/data', '/tmp'],
    },
  }
  const all = Object.keys(services).map((name) => [
    name,
    name in over ? merge(services[name], over[name]) : services[name],
  ])
  const volumes = { ...original.volumes, shared: {}, own: {} }
  // JSON is YAML.
  project.write(FILE, JSON.stringify({ ...original, services: Object.fromEntries(all), volumes }))
}
const merge = (service: Service | undefined, over: Service | undefined) => over && { ...service, ...over }

const deploy = async (env: Record<string, string> = {}) => await project.must('deploy', { ...ENV, ...env })
const ask = async (path: string) => {
  const response = await fetch(project.url + path, { headers: { authorization: 'Bearer a' } })
  return { status: response.status, body: await response.text() }
}

/** The containers of a service: which they are, and what their release calls it. */
async function runs(service: string): Promise<{ ids: string[]; names: (string | undefined)[] }> {
  const mine = (await observe(project.name)).containers.filter((one) => one.service === service)
  const ids = mine.filter(({ status }) => status === 'running').map(({ id }) => id)
  expect(ids, `every container of ${service} runs`).toHaveLength(mine.length)
  if (ids.length === 0) return { ids, names: [] }
  const { stdout } = await exec(['docker', 'inspect', '--format', '{{json .Config.Env}}', ...ids], { quiet: true })
  const environments = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as string[])
  const names = environments.map((env) => env.find((text) => text.startsWith('RELEASE='))?.slice('RELEASE='.length))
  return { ids: ids.sort(), names }
}

/** Requests to the application and, where asked for, to the service beside it, until it is stopped: what failed. */
function traffic(api = true) {
  const app = startTraffic(project.url)
  const failures: string[] = []
  let running = true
  const client = async () => {
    while (running) {
      const { status, body } = await ask('/api/x').catch((error: unknown) => ({ status: 0, body: String(error) }))
      if (status !== 200 || !body.includes('"service": "api"')) failures.push(`/api/x: ${status} ${body}`)
      await sleep(100)
    }
  }
  const clients = api ? [client(), client(), client()] : []
  return async () => {
    running = false
    const [seen] = await Promise.all([app.stop(), ...clients])
    expect([...seen.failures, ...failures]).toEqual([])
    expect(await findLostOrDoubled(project.url, seen)).toEqual([])
  }
}

beforeAll(async () => {
  project = await TestProject.create()
  original = parse(readFileSync(join(project.folder, FILE), 'utf8'), { merge: true }) as typeof original
  project.write('.cache/made', '')
  await makeAuthority(join(project.folder, '.cache'), 'api')
  pem = ['key', 'crt'].map((kind) => readFileSync(join(project.folder, `.cache/api.${kind}`), 'utf8')).join('')
  await project.must('build tag', { FORCE: 'untested' })
  write(one)
  await deploy()
})
afterAll(async () => await project[Symbol.asyncDispose]())

test('one release must bring up the application, the service at its path, and the worker', async () => {
  expect((await runs('app')).names).toEqual(['one'])
  expect((await runs('api')).names).toEqual(['one'])
  expect((await runs('worker')).names).toEqual(['one'])
  // A program of PHP asks for it by this name.
  const headers = expect.arrayContaining(['Authorization'])
  for (const path of ['/api', '/api/x'])
    expect(JSON.parse((await ask(path)).body)).toEqual({ service: 'api', release: 'one', path, headers })
  expect((await ask('/')).body).toContain('Journal')
  expect(await ask('/apix')).toMatchObject({ status: 404, body: expect.not.stringContaining('"service": "api"') })
  expect((await project.must('status')).stdout).toContain(': serving')
})

test('a release that changes the worker alone must replace only it', async () => {
  const [app, api] = [await runs('app'), await runs('api')]
  const stop = traffic()
  write({ ...one, worker: 'two' })
  await deploy()
  await stop()
  expect((await runs('worker')).names).toEqual(['two'])
  expect([await runs('app'), await runs('api')]).toEqual([app, api])
})

test('a release that changes two services behind the proxy must switch both in one step, one of them to HTTPS at the same port, where the proxy only connects', async () => {
  const two = { REPLICAS: '2' }
  const old = [...(await runs('app')).ids, ...(await runs('api')).ids]
  write(three)
  const plan = JSON.parse((await project.must('plan', { ...ENV, ...two, JSON: '1' })).stdout) as { steps: Step[] }
  const switches = plan.steps.filter((step) => step.do === 'switch')
  expect(switches.map(({ sets }) => Object.keys(sets ?? {}).sort())).toEqual([['api', 'app']])
  const stop = traffic()
  await deploy(two)
  await stop()
  const [app, api] = [await runs('app'), await runs('api')]
  expect([app.names, api.names]).toEqual([['three', 'three'], ['three']])
  expect([...app.ids, ...api.ids].filter((id) => old.includes(id))).toEqual([])
  expect(JSON.parse((await ask('/api/x')).body)).toMatchObject({ release: 'three' })
})

test('a worker that ends while the new version is watched must bring back the release before', async () => {
  const ends = { healthcheck: { disable: true }, command: ['sh', '-c', 'sleep 1; exit 1'] }
  write({ ...three, app: 'four', worker: 'four' }, { worker: ends })
  const failed = await project.make('deploy', { ...ENV, BAKE_TIME: '5', JSON: '1' })
  expect(JSON.parse(failed.stdout)).toMatchObject({ outcome: 'rolled back' })
  expect(failed.stderr).toMatch(/1\.0\.0 served, and \S+-worker-1 exited .*was restarted/)
  expect([(await runs('app')).names, (await runs('worker')).names]).toEqual([['three', 'three'], ['two']])
})

testInProof('a service that is no longer in the file must be stopped by the next deploy', async () => {
  const stop = traffic(false)
  write(three, { api: undefined, worker: undefined })
  await deploy()
  await stop()
  expect([(await runs('app')).names, (await runs('api')).ids, (await runs('worker')).ids]).toEqual([['three'], [], []])
  expect((await ask('/api/x')).status).toBe(404)
  expect((await project.must('status')).stdout).toContain(': serving')
})

test('an image that no engine has must be said before the tests run, and never be asked for where the file forbids it', async () => {
  write(one, { worker: { image: 'nobody/has-this:1', pull_policy: 'never' } })
  await project.must('build')
  const { stderr, stdout } = await project.make('test')
  expect(stderr).toContain('the image nobody/has-this:1 is not on this engine, and its pull_policy is never')
  expect(stderr).toContain('next: docker build --tag nobody/has-this:1')
  expect(stdout + stderr, 'no test has run').not.toContain('vitest')
})

testInProof('a worker that never becomes healthy must be rolled back to the one before', async () => {
  write(three)
  await deploy()
  const [app, api] = [await runs('app'), await runs('api')]
  const stop = traffic()
  write({ app: 'five', api: 'five', worker: 'five' }, { worker: { healthcheck: { test: ['CMD', 'false'] } } })
  const failed = await project.make('deploy', { ...ENV, READY_TIMEOUT: '10', JSON: '1' })
  await stop()
  expect(failed.exitCode).not.toBe(0)
  expect(JSON.parse(failed.stdout)).toMatchObject({ outcome: 'rolled back' })
  expect((await runs('worker')).names).toEqual(['two'])
  expect([await runs('app'), await runs('api')]).toEqual([app, api])
  write(three)
  expect((await deploy()).stdout).toContain('unchanged')
})

testInProof("a worker that disables its image's health check must start and not block the deploy", async () => {
  write({ ...three, api: 'five', worker: 'five' }, { worker: { healthcheck: { disable: true } } })
  await deploy({ BAKE_TIME: '1' })
  expect([(await runs('api')).names, (await runs('worker')).names]).toEqual([['five'], ['five']])
})

testInProof('rollback must bring the earlier release of every service back together', async () => {
  const names = async () => [await runs('app'), await runs('api'), await runs('worker')].flatMap((one) => one.names)
  const before = await names()
  write({ app: 'six', api: 'six', worker: 'six' })
  await deploy()
  expect(await names()).toEqual(['six', 'six', 'six'])
  const stop = traffic()
  await project.must('rollback')
  await stop()
  expect(await names()).toEqual(before)
})

const ROLLOUTS = [
  ['app', 'sideways', 'overlap or exclusive'],
  ['api', 'recreate', 'overlap or exclusive'],
  ['worker', 'overlap', 'recreate'],
] as const
test.each(casesOf(ROLLOUTS, ([service]) => service === 'worker'))(
  'x-rollout of %s as "%s" must be refused before anything is touched',
  async (service, rollout, takes) => {
    const before = await observe(project.name)
    write({ app: 'seven', api: 'seven', worker: 'seven' }, { [service]: { 'x-rollout': rollout } })
    const refused = await project.make('deploy', { ...ENV, JSON: '1' })
    expect(refused.exitCode).not.toBe(0)
    expect(refused.stderr).toContain(`x-rollout: "${rollout}" of service "${service}"`)
    expect(refused.stderr).toContain(`it takes ${takes}`)
    expect(JSON.parse(refused.stdout)).toMatchObject({ outcome: 'refused' })
    const after = await observe(project.name)
    expect(after.containers).toEqual(before.containers)
    expect(after.proxy?.config).toBe(before.proxy?.config)
  },
)

testInProof(
  'a release that replaces one service with overlap and another exclusively must drop no request of either',
  async () => {
    const alone = { volumes: ['shared:/data'], tmpfs: ['/tmp'], 'x-rollout': 'exclusive' }
    const inTurns = (names: Names) =>
      write(names, { api: { ...alone, environment: { RELEASE: names.api, ALONE_IN: '/data' } } })
    inTurns({ ...three, api: 'seven' })
    await deploy()
    inTurns({ ...three, app: 'eight', api: 'eight' })
    const stop = traffic()
    const most = countMost('api')
    const { stderr } = await deploy()
    expect(await most()).toBe(1)
    await stop()
    expect(stderr).toMatch(/^ {2}requests \d+ cut, held for /m)
    expect([(await runs('app')).names, (await runs('api')).names]).toEqual([['eight'], ['eight']])
    expect(JSON.parse((await ask('/api/x')).body)).toMatchObject({ release: 'eight' })
  },
)

type Step = { do: string; sets?: object }

/** Counts how many containers of a service run, until it is called: the most at once. */
function countMost(service: string): () => Promise<number> {
  let most = 0
  let running = true
  const count = async () => {
    while (running) {
      const containers = await listContainers(project.name)
      most = Math.max(most, containers.filter((one) => one.service === service && one.status === 'running').length)
      await sleep(20)
    }
  }
  const counted = count()
  return async () => {
    running = false
    await counted
    return most
  }
}

// As a database does: what lies there when it starts, it takes as it is.
const setUp = (then: string) =>
  write(one, {
    worker: {
      command: ['sh', '-c', `test -e /own/made || { touch /own/made; ${then}; }; echo found; exit 9`],
      // Compose gives the next container what the last one had mounted where the image has a VOLUME, such as /data.
      ...{ volumes: ['own:/own'], user: '0:0' },
      // A first deploy forgives what nobody calls.
      expose: ['9'],
    },
  })
const WORKS = `exec python -c '${WORKER}'`

test('a first deploy that fails, or is killed, must leave no volume that a service has set up by half', async () => {
  const second = { PROJECT: `${project.name}-second`, PORT: String(project.port + 1), FORCE: 'second-project' }
  const made = async () => await findVolume(`${second.PROJECT}_own`)
  try {
    setUp('exit 1')
    const failed = await project.make('deploy', { ...ENV, ...second })
    expect(failed.exitCode).not.toBe(0)
    expect(failed.stderr).toMatch(/next: correct what the log of worker says \(above, or: make logs SERVICE=worker\)/)
    expect(await made()).toBeUndefined()
    setUp(WORKS)
    await project.make('deploy', { ...ENV, ...second, FAULT_AT: '3:before' })
    const half = await made()
    expect(half).toBeDefined()
    const { stderr } = await project.must('deploy', { ...ENV, ...second })
    expect(stderr).toContain('this is undone, back to nothing')
    expect(await made()).not.toEqual(half)
    // Now its data are its own.
    expect((await project.must('plan', { ...ENV, ...second })).stderr).not.toContain('docker volume rm')
  } finally {
    await removeProject(second.PROJECT)
  }
})

testInProof('a later deploy that fails must name the volume that it has made, and the way to begin anew', async () => {
  write(one)
  // What the tests before have mounted.
  await deploy({ FORCE: 'left-behind' })
  const name = `${project.name}_own`
  setUp('exit 1')
  const failed = await project.make('deploy', ENV)
  expect(failed.exitCode).not.toBe(0)
  expect(failed.stderr).toMatch(new RegExp(`next, to begin anew: docker volume rm ${name}$`, 'm'))
  setUp(WORKS)
  expect((await project.must('plan', ENV)).stderr).toContain(`docker volume rm ${name}`)
  await exec(['docker', 'volume', 'rm', name], { quiet: true })
  expect((await deploy()).stderr).not.toContain('docker volume rm')
})
