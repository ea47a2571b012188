import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { exec, tryExec } from '../cli/io/exec.ts'
import { waitFor } from '../cli/io/wait.ts'
import { lockedImage } from '../image/io/images.ts'
import { testRun } from '../state/io/lock.ts'
import { addressOf } from '../testing/image.ts'
import { startTraffic, type Traffic } from '../testing/load.ts'
import { startRegistry, type TestRegistry } from '../testing/registry.ts'
import { makeNetwork, TestEngine } from '../testing/test-engine.ts'
import { TestProject } from '../testing/test-project.ts'

// Three managers, each an engine in a container, and the registry that they pull from.
let project: TestProject
let registry: TestRegistry
let nodes: TestEngine[]
let repository: string
let home: string

const environment = (env: Record<string, string> = {}) => ({
  ...project.environment(),
  HOME: home,
  DARTAGNAN_CHECK: testRun(),
  ORCHESTRATOR: 'swarm',
  ENV: 'swarm',
  IMAGE_REPOSITORY: repository,
  REGISTRY_USER: registry.user,
  REGISTRY_PASSWORD_FILE: registry.passwordFile,
  REGISTRY_CA_FILE: 'secrets/ca.crt',
  FORCE: 'untested',
  BAKE_TIME: '2',
  REPLICAS: '3',
  ...env,
})
const make = (node: number, targets: string, env: Record<string, string> = {}) =>
  (nodes[node] as TestEngine).make(targets, environment(env), project.folder)
async function must(node: number, targets: string, env: Record<string, string> = {}): Promise<string> {
  const { stdout, stderr, exitCode } = await make(node, targets, env)
  if (exitCode !== 0) throw new Error(`make ${targets} ended with ${exitCode}:\n${stderr}\n${stdout}`)
  return stdout + stderr
}
const urlOf = async (node: number) => `http://${await addressOf(nodes[node]?.name ?? '')}:${project.port}`
const versionAt = async (node: number) =>
  ((await (await fetch(`${await urlOf(node)}/healthz`)).json()) as { version: string }).version

type Service = { readonly name: string; readonly version: string; readonly running: number; readonly nodes: string[] }
const services = async () =>
  (JSON.parse((await make(0, 'status', { JSON: '1' })).stdout) as { services: Service[] }).services
const history = async (node: number) =>
  JSON.parse((await make(node, 'history', { JSON: '1' })).stdout) as { version: string; outcome: string }[]
const load = (...asked: number[]) =>
  Promise.all(
    (asked.length > 0 ? asked : [0, 1, 2]).map(async (node) =>
      startTraffic(await urlOf(node), { path: '/entries?limit=5' }),
    ),
  )
async function expectNoFailure(traffic: readonly Traffic[]): Promise<void> {
  const seen = await Promise.all(traffic.map((one) => one.stop()))
  expect(seen.flatMap(({ failures }) => failures)).toEqual([])
}

beforeAll(async () => {
  project = await TestProject.create({ own: true })
  repository = `registry.test:5000/team/${project.name}`
  home = join(project.folder, '.cache', 'home')
  await makeNetwork(project)
  registry = await startRegistry(project, 'marker-of-the-registry-password')
  const certificates = { [registry.host]: registry.certificate }
  const python = lockedImage('python').reference
  nodes = await Promise.all(
    ['m1', 'm2', 'm3'].map((name) =>
      TestEngine.start(project, name, { certificates, images: name === 'm1' ? [python] : [] }),
    ),
  )
  await openSsh()
  // The sample without a volume: its lines go with a container.
  project.write(
    'compose/app.swarm.yaml',
    `services:
  app: {x-snapshot: false, volumes: !reset [], tmpfs: ["/data:mode=1777"]}
  jobs: {image: "\${APP_IMAGE:?}", pull_policy: never, command: [sleep, infinity], init: true, networks: [default], healthcheck: {disable: true}, x-snapshot: false, tmpfs: ["/data:mode=1777"]}
`,
  )
  project.write('.env.swarm', `PROJECT=${project.name}\n`)
  await project.commit('1.0.1')
  await must(0, 'build tag push')
  await project.commit('1.1.0')
  await must(0, 'build tag push')
})
// The others join over SSH, with a key of the caller's.
async function openSsh(): Promise<void> {
  const file = (name: string) => join(home, '.ssh', name)
  mkdirSync(join(home, '.ssh'), { recursive: true, mode: 0o700 })
  await exec(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', file('id_ed25519')], { quiet: true })
  const own = readFileSync(file('id_ed25519.pub'), 'utf8').trim()
  const known: string[] = []
  for (const node of nodes.slice(1)) {
    await node.run('sh', '-c', `ssh-keygen -A && echo '${own}' > /etc/ssh/keys`)
    await node.run('/usr/sbin/sshd', '-o', 'AuthorizedKeysFile=/etc/ssh/keys')
    const address = await addressOf(node.name)
    const scan = async () => (await tryExec(['ssh-keyscan', address], { quiet: true })).stdout
    known.push((await waitFor(scan, 30)) ?? '')
  }
  writeFileSync(file('known_hosts'), known.join(''))
}
afterAll(async () => await project[Symbol.asyncDispose]())

test('hosts must join as managers, and an even number of them be refused', async () => {
  const [, second, third] = await Promise.all(nodes.map(async ({ name }) => `ssh://root@${await addressOf(name)}`))
  const even = await make(0, 'cluster', { NODES: String(second) })
  expect(even.stderr).toContain('2 managers stand no more losses than 1')
  expect(await must(0, 'cluster', { NODES: `${second},${third}` })).toContain('quorum: 2 of 3 managers; 1 may be lost')
  expect(await must(1, 'cluster')).toMatch(/m2 \(here\) +manager +ready/)
})

test('a release must come up on all nodes, and each of them answer', async () => {
  expect(await must(0, 'deploy', { VERSION: '1.0.1' })).toContain('deployed: 1.0.1')
  for (const node of [0, 1, 2]) expect(await versionAt(node)).toBe('1.0.1')
  expect(await must(0, 'deploy', { VERSION: '1.0.1' })).toContain('unchanged: 1.0.1')
  expect(await services()).toEqual([
    expect.objectContaining({ name: 'app', version: '1.0.1', running: 3, replicas: 3 }),
    expect.objectContaining({ name: 'jobs', version: '1.0.1', running: 1 }),
    expect.objectContaining({ name: 'proxy', running: 3, replicas: 3 }),
  ])
})

test('an update must fail no request on any node', async () => {
  const traffic = await load()
  expect(await must(0, 'deploy', { VERSION: '1.1.0' })).toContain('deployed: 1.1.0')
  await expectNoFailure(traffic)
  for (const node of [0, 1, 2]) expect(await versionAt(node)).toBe('1.1.0')
})

test('another manager must know the history, and roll back, under load', async () => {
  const traffic = await load()
  expect((await history(1)).map(({ version }) => version)).toEqual(['1.0.1', '1.1.0'])
  expect(await must(1, 'rollback')).toContain('rolled back to 1.0.1')
  await expectNoFailure(traffic)
  for (const node of [0, 1, 2]) expect(await versionAt(node)).toBe('1.0.1')
})

test('where one of two services fails, both must be of the old release again, and the deploy fail', async () => {
  const dockerfile = readFileSync(join(project.folder, 'sample-app/Dockerfile'), 'utf8')
  project.write('sample-app/Dockerfile', `${dockerfile}\nCMD ["sh", "-c", "exit 3"]\n`)
  await project.commit('1.2.0')
  await must(0, 'build tag push')
  const traffic = await load()
  const { stdout, stderr, exitCode } = await make(0, 'deploy', { VERSION: '1.2.0', JSON: '1' })
  expect(exitCode).not.toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({ outcome: 'rolled back', version: '1.2.0' })
  expect(stderr).toMatch(/_app (does not stay up|is paused by the engine): .*exit \(3\).*1\.0\.1 serves as before/)
  expect((await services()).map(({ version }) => version)).toEqual(['1.0.1', '1.0.1', ''])
  await expectNoFailure(traffic)
})

test.each([
  ['before', 'abandoned', '1.0.1'],
  ['after', 'deployed', '1.1.0'],
])(
  'a deploy that is killed %s its rollout must be finished or undone by another manager',
  async (moment, outcome, version) => {
    const { exitCode } = await make(0, 'deploy', { VERSION: '1.1.0', FAULT_AT: `1:${moment}` })
    expect(exitCode).not.toBe(0)
    expect(await must(1, 'status')).toContain(`make deploy of 1.1.0`)
    expect((await history(1)).at(-1)).toMatchObject({ outcome, version: '1.1.0' })
    for (const node of [0, 1, 2]) expect(await versionAt(node)).toBe(version)
  },
)

test('a node that dies must cost the requests in flight on it alone, and its tasks come back elsewhere', async () => {
  const [app] = await services()
  const dying = ['m2', 'm3'].find((name) => app?.nodes.includes(name)) ?? ''
  const index = Number(dying.slice(1)) - 1
  const traffic = await load(...[0, 1, 2].filter((node) => node !== index))
  await exec(['docker', 'kill', nodes[index]?.name ?? ''], { quiet: true })
  const seen = async () => (await must(0, 'cluster')).includes(`${dying} is down`)
  expect(await waitFor(seen, 60, () => sleep(1000))).toBe(true)
  const isBack = async () => {
    const [now] = await services()
    return now?.running === 3 && !now.nodes.includes(dying)
  }
  expect(await waitFor(isBack, 60, () => sleep(1000))).toBe(true)
  const failures = (await Promise.all(traffic.map((one) => one.stop()))).flatMap((one) => one.failures)
  // Each client has one request in flight.
  expect(failures.length, failures.join('\n')).toBeLessThanOrEqual(16)
  expect(await must(0, 'cluster')).toContain('quorum: 2 of 3 managers; 0 may be lost')
  await nodes[index]?.start()
  const isReady = async () => !(await must(0, 'cluster')).includes('is down')
  expect(await waitFor(isReady, 90, () => sleep(1000))).toBe(true)
})

test('a node must be drained without a failed request, and taken back', async () => {
  const traffic = await load(0)
  expect(await must(0, 'cluster', { DRAIN: 'm2' })).toMatch(/m2 +manager +ready, drain .* 0\n/)
  await expectNoFailure(traffic)
  expect(await must(0, 'cluster', { ACTIVATE: 'm2' })).toMatch(/m2 +manager +ready +/)
})

test('a service with data must be refused where nobody says on which node they are, and stay there', async () => {
  const data = { ENV: 'development', VERSION: '1.1.0' }
  const { stderr } = await make(0, 'deploy', data)
  expect(stderr).toMatch(/"app" keep data on one node, and none is chosen\n +next: make deploy DATA_NODE=/)
  expect(await must(0, 'deploy', { ...data, DATA_NODE: 'm2', REPLICAS: '1' })).toContain('deployed: 1.1.0')
  expect((await services()).find(({ name }) => name === 'app')?.nodes).toEqual(['m2'])
  expect((await make(0, 'deploy', { ...data, DATA_NODE: 'm1' })).stderr).toContain('are on m2, and DATA_NODE is m1')
})
