import { chmodSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { exec } from '../cli/io/exec.ts'
import { waitFor } from '../cli/io/wait.ts'
import { OWNER, PROJECT_LABEL } from '../docker/labels.ts'
import { addressOf } from '../testing/image.ts'
import { startTraffic } from '../testing/load.ts'
import { casesOf, testInProof } from '../testing/proof.ts'
import { startSwarm, type TestSwarm } from '../testing/swarm.ts'

// One swarm of three managers, and what can happen to it.
let swarm: TestSwarm
const ALL = [0, 1, 2]
const must: TestSwarm['must'] = (...asked) => swarm.must(...asked)
const engineOf = (node: number) => swarm.nodes[node] as TestSwarm['nodes'][number]
const objects = async (kind: string) =>
  (await engineOf(0).docker(kind, 'ls', '--format', '{{.Name}}')).split('\n').filter((name) => name.includes('_'))

function compose(app = ''): void {
  swarm.project.write(
    'compose/app.swarm.yaml',
    `services:
  app: {x-snapshot: false, volumes: !reset [], tmpfs: ["/data:mode=1777"], secrets: [word]${app}}
  jobs: {image: "\${APP_IMAGE:?}", pull_policy: never, command: [sleep, infinity], init: true, networks: [default], healthcheck: {disable: true}, x-snapshot: false, tmpfs: ["/data:mode=1777"]}
secrets: {word: {file: ../secrets/word}}
`,
  )
}
function say(word: string): void {
  swarm.project.write('secrets/word', `${word}\n`)
  chmodSync(join(swarm.project.folder, 'secrets/word'), 0o600)
}

beforeAll(async () => {
  swarm = await startSwarm(['m1', 'm2', 'm3'], { ENV: 'swarm', BAKE_TIME: '2', REPLICAS: '3' })
  compose()
  say('marker-of-the-first-word')
  swarm.project.write('.env.swarm', `PROJECT=${swarm.project.name}\n`)
  for (const version of ['1.0.1', '1.1.0']) {
    await swarm.project.commit(version)
    await must(0, 'build tag push')
  }
  await must(0, 'deploy', { VERSION: '1.0.1' })
})
afterAll(async () => await swarm.project[Symbol.asyncDispose]())

// Swarm gives a node that was away a new proxy, when it has noticed: meanwhile nobody answers there.
async function versionAt(node: number): Promise<string> {
  const url = `${await swarm.urlOf(node)}/healthz`
  const ask = async () => ((await (await fetch(url)).json()) as { version: string }).version
  return (
    (await waitFor(
      () => ask().catch(() => false as const),
      60,
      () => sleep(500),
    )) ?? ''
  )
}
/** The one version that all nodes serve. */
async function versionOfAll(): Promise<string> {
  const versions = new Set(await Promise.all(ALL.map(versionAt)))
  expect([...versions]).toHaveLength(1)
  return [...versions][0] ?? ''
}
const otherVersion = async () => ((await versionOfAll()) === '1.0.1' ? '1.1.0' : '1.0.1')
const lastEntry = async (node: number) => {
  const { stdout } = await swarm.make(node, 'history', { JSON: '1' })
  return (JSON.parse(stdout) as { version: string; outcome: string }[]).at(-1)
}
/** The failed requests of clients of these nodes while that is done. */
async function failuresIn(nodes: readonly number[], work: () => Promise<unknown>): Promise<readonly string[]> {
  const traffic = await Promise.all(
    nodes.map(async (node) => startTraffic(await swarm.urlOf(node), { path: '/entries?limit=5' })),
  )
  try {
    await work()
  } finally {
    for (const one of traffic) void one.stop()
  }
  return (await Promise.all(traffic.map((one) => one.stop()))).flatMap(({ failures }) => failures)
}
async function leader(): Promise<number> {
  const said = JSON.parse((await swarm.make(0, 'cluster', { JSON: '1' })).stdout) as {
    nodes: { name: string; leads: boolean }[]
  }
  return Number(said.nodes.find(({ leads }) => leads)?.name.slice(1)) - 1
}
/** Does `work` once a run of the toolkit on that node has printed a text. */
async function once(node: number, text: string, work: (container: string) => Promise<unknown>): Promise<void> {
  const printed = async () => {
    const container = await engineOf(node).docker('ps', '--quiet', '--filter', 'name=dartagnan-deploy')
    if (container === '') return false
    const { stdout, stderr } = await engineOf(node).run('docker', 'logs', container)
    return `${stdout}${stderr}`.includes(text) && container
  }
  const container = await waitFor(printed, 120, () => sleep(50))
  if (!container) throw new Error(`no run on node ${node} has said ${JSON.stringify(text)}`)
  await work(container)
}
/** Cuts a node from the others for so long. Clients reach it all the while. */
async function cut(node: number, seconds: number): Promise<void> {
  const others = await Promise.all(ALL.filter((one) => one !== node).map((one) => addressOf(engineOf(one).name)))
  const rules = (action: string) =>
    others.map((ip) => `iptables ${action} INPUT -s ${ip} -j DROP; iptables ${action} OUTPUT -d ${ip} -j DROP`)
  await engineOf(node).run('sh', '-c', rules('-I').join('; '))
  await sleep(seconds * 1000)
  await engineOf(node).run('sh', '-c', rules('-D').join('; '))
}
async function isWhole(): Promise<void> {
  const seen = async () => {
    const { stdout, exitCode } = await swarm.make(0, 'cluster', { JSON: '1' })
    return exitCode === 0 && (JSON.parse(stdout) as { warnings: string[] }).warnings.length === 0
  }
  expect(await waitFor(seen, 120, () => sleep(1000))).toBe(true)
}

test('a scale from 2 to 12 and back must fail no request, and replace neither proxies nor tasks', async () => {
  await must(0, 'deploy', { VERSION: '1.0.1', REPLICAS: '2' })
  const before = await engineOf(0).docker('service', 'ps', '--quiet', `${swarm.project.name}_app`)
  const failures = await failuresIn(ALL, async () => {
    const said = await must(0, 'deploy', { VERSION: '1.0.1', REPLICAS: '12' })
    expect(said).not.toContain(`docker service update ${swarm.project.name}_proxy`)
    expect(said).toContain('deployed: 1.0.1')
    const running = ['service', 'ps', '--quiet', '--filter', 'desired-state=running', `${swarm.project.name}_app`]
    const after = (await engineOf(0).docker(...running)).split('\n')
    expect(after).toHaveLength(12)
    expect(before.split('\n').filter((id) => after.includes(id))).toHaveLength(2)
    expect(await must(0, 'deploy', { VERSION: '1.0.1', REPLICAS: '2' })).toContain('deployed: 1.0.1')
  })
  expect(failures).toEqual([])
})

test('a secret that changes must be another one, the old one go, and its value show nowhere', async () => {
  say('marker-of-the-second-word')
  const seen: string[] = []
  let running = true
  const watch = (async () => {
    const look = 'cat /proc/[0-9]*/cmdline 2>/dev/null | tr "\\0" " "'
    while (running) seen.push((await engineOf(0).run('sh', '-c', look)).stdout)
  })()
  const failures = await failuresIn(ALL, async () => seen.push(await must(0, 'deploy', { VERSION: '1.0.1' })))
  running = false
  await watch
  expect(failures).toEqual([])
  expect(seen.length).toBeGreaterThan(3)
  for (const text of [...seen, await engineOf(0).log()]) expect(text).not.toContain('marker-of-the-second-word')
  expect(await objects('secret')).toHaveLength(1)
  for (const node of ALL) {
    const [app] = (await engineOf(node).docker('ps', '--quiet', '--filter', 'name=_app.')).split('\n')
    if (app) expect(await engineOf(node).docker('exec', app, 'cat', '/run/secrets/word')).toContain('second')
  }
})

test('a task whose name has vanished must be noticed, and the proxies find all tasks again', async () => {
  const node = (
    await Promise.all(ALL.map((one) => engineOf(one).docker('ps', '--quiet', '--filter', 'name=_app.')))
  ).findIndex(Boolean)
  const [app = ''] = (await engineOf(node).docker('ps', '--quiet', '--filter', 'name=_app.')).split('\n')
  await engineOf(node).docker('network', 'disconnect', '--force', `${swarm.project.name}_edge_swarm`, app)
  const failures = await failuresIn(ALL, async () => {
    expect(await must(1, 'status')).toMatch(/the proxy on m1 finds 2 of 3 tasks of app.*: app get new tasks/)
  })
  expect(failures).toEqual([])
  expect(await must(1, 'status')).not.toContain('finds')
})

test.each(casesOf(['a follower', 'the leader'], (who) => who === 'the leader'))(
  '%s that is cut from the others for 30 s must cost the requests in flight between them alone, and be found again',
  async (who) => {
    const first = await leader()
    const node = who === 'the leader' ? first : (ALL.find((one) => one !== first) ?? 0)
    const others = ALL.filter((one) => one !== node)
    const failures = await failuresIn(others, async () => await cut(node, 30))
    expect(failures.length, failures.join('\n')).toBeLessThanOrEqual(16)
    await isWhole()
    expect(await failuresIn(others, async () => await must(node, 'status'))).toEqual([])
    // Swarm gives the node a new proxy, which takes a moment.
    expect(await waitFor(async () => (await must(node, 'status')).includes(': serving'), 60)).toBe(true)
    await versionOfAll()
  },
)

testInProof('a leader that is cut off in the middle of a deploy must not keep it from its end', async () => {
  const [version, gone] = [await otherVersion(), await leader()]
  const from = ALL.find((one) => one !== gone) ?? 0
  const deploy = swarm.make(from, 'deploy', { VERSION: version, JSON: '1' })
  await once(from, 'wait for app', async () => await cut(gone, 30))
  const { outcome } = JSON.parse((await deploy).stdout) as { outcome: string }
  expect(['deployed', 'rolled back']).toContain(outcome)
  await isWhole()
  await must(from, 'status')
  expect(await versionOfAll()).toBe(outcome === 'deployed' ? version : version === '1.0.1' ? '1.1.0' : '1.0.1')
})

test('the leader killed in the middle of a deploy must leave one release on the nodes that are left', async () => {
  const [version, gone] = [await otherVersion(), await leader()]
  const [from = 0, third = 0] = ALL.filter((one) => one !== gone)
  const deploy = swarm.make(from, 'deploy', { VERSION: version, JSON: '1' })
  const failures = await failuresIn([from, third], async () => {
    await once(from, 'wait for app', async () => await exec(['docker', 'kill', engineOf(gone).name], { quiet: true }))
    await deploy
  })
  const { outcome } = JSON.parse((await deploy).stdout) as { outcome: string }
  // Whatever is found, the tests behind this one have three nodes.
  await engineOf(gone).start()
  await isWhole()
  expect(['deployed', 'rolled back']).toContain(outcome)
  expect(failures.length, failures.join('\n')).toBeLessThanOrEqual(16)
  await must(from, 'status')
  expect(await lastEntry(third)).toMatchObject({ version, outcome })
  expect(await versionOfAll()).toBe(outcome === 'deployed' ? version : version === '1.0.1' ? '1.1.0' : '1.0.1')
})

testInProof('the leader that deploys, killed in the middle of it, must be followed by another manager', async () => {
  const [version, gone] = [await otherVersion(), await leader()]
  const [from = 0] = ALL.filter((one) => one !== gone)
  const deploy = swarm.make(gone, 'deploy', { VERSION: version })
  await once(gone, 'wait for app', async () => await exec(['docker', 'kill', engineOf(gone).name], { quiet: true }))
  await deploy
  expect(await must(from, 'status')).toContain(`make deploy of ${version}`)
  const last = await lastEntry(from)
  await engineOf(gone).start()
  await isWhole()
  await must(from, 'status')
  expect(['deployed', 'abandoned']).toContain(last?.outcome)
  expect(await versionOfAll()).toBe(last?.outcome === 'deployed' ? version : version === '1.0.1' ? '1.1.0' : '1.0.1')
})

test.each(
  casesOf(
    [
      'docker login',
      'docker service update',
      'wait for app',
      'wait for proxy',
      'ask the proxy of every node',
      'watch the new version',
    ],
    (step) => step === 'wait for app',
  ),
)('a deploy that is killed at "%s" must be finished or undone by another manager', async (step) => {
  const [before, version] = [await versionOfAll(), await otherVersion()]
  // Its proxies change, too.
  const env = { VERSION: version, MAX_RATE: version === '1.0.1' ? '5000' : '6000' }
  const deploy = swarm.make(0, 'deploy', env)
  await once(0, step, async (container) => await engineOf(0).docker('kill', container))
  expect((await deploy).exitCode).not.toBe(0)
  const said = await must(1, 'status')
  const last = await lastEntry(1)
  if (said.includes('make deploy of')) expect(last?.version).toBe(version)
  expect(await versionOfAll()).toBe(last?.version === version && last.outcome === 'deployed' ? version : before)
  expect((await objects('config')).filter((name) => name.includes('haproxy-cfg'))).toHaveLength(1)
})

test('a task that finds no node must take the whole release back', async () => {
  const before = await versionOfAll()
  compose(', mem_reservation: 900g')
  const { stdout, stderr, exitCode } = await swarm.make(0, 'deploy', { VERSION: await otherVersion(), JSON: '1' })
  compose()
  expect(exitCode).not.toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({ outcome: 'rolled back' })
  expect(stderr).toMatch(/_app finds no node: no suitable node \(insufficient resources/)
  expect(await versionOfAll()).toBe(before)
})

test('work that is done once must be done before the application starts, and take the whole release back where it fails', async () => {
  const before = await versionOfAll()
  const deploy = async (status: number) => {
    compose(`}
  seed: {image: "\${APP_IMAGE:?}", pull_policy: never, command: [python, -c, "raise SystemExit(${status})"], restart: "no", networks: [default], healthcheck: {disable: true}, x-snapshot: false, tmpfs: ["/data:mode=1777"]`)
    return await swarm.make(0, 'deploy', { VERSION: await otherVersion(), JSON: '1' })
  }
  const failed = await deploy(3)
  expect(JSON.parse(failed.stdout)).toMatchObject({ outcome: 'rolled back' })
  expect(failed.stderr).toContain('_seed has not done its work: task: non-zero exit (3)')
  expect(await versionOfAll()).toBe(before)
  const done = await deploy(0)
  expect(JSON.parse(done.stdout), done.stderr).toMatchObject({ outcome: 'deployed' })
  expect(await must(1, 'status')).toMatch(/^seed +\S+ +1\/1 +m\d +done$/m)
  // The next one removes it.
  compose()
})

testInProof('a pull that never ends must take the whole release back', async () => {
  const before = await versionOfAll()
  const file = join(swarm.project.folder, 'sample-app/src/journal/wsgi.py')
  swarm.project.write('sample-app/src/journal/wsgi.py', `${readFileSync(file, 'utf8')}# another layer\n`)
  await swarm.project.commit('1.3.0')
  await must(0, 'build tag push')
  // The node that deploys has the image. The others hear nothing of the registry.
  const registry = await addressOf(`${swarm.project.name}-registry`)
  const drop = (action: string) =>
    Promise.all([1, 2].map((node) => engineOf(node).run('iptables', action, 'INPUT', '-s', registry, '-j', 'DROP')))
  await drop('-I')
  const { stdout, stderr } = await swarm.make(0, 'deploy', { VERSION: '1.3.0', READY_TIMEOUT: '20', JSON: '1' })
  await drop('-D')
  expect(JSON.parse(stdout)).toMatchObject({ outcome: 'rolled back' })
  expect(stderr).toMatch(/nothing has moved for READY_TIMEOUT=20 seconds|is paused by the engine|does not stay up/)
  expect(await versionOfAll()).toBe(before)
})

test('prune must remove what no service has, and the report show the tasks of all nodes', async () => {
  const { name, folder } = swarm.project
  const labels = [`${OWNER}=config`, `${PROJECT_LABEL}=${name}`].flatMap((label) => ['--label', label])
  await engineOf(0).docker('config', 'create', ...labels, `${name}_left_behind`, 'package.json')
  expect(await must(1, 'prune')).toMatch(/config +\S+_left_behind +no service has it/)
  expect((await objects('config')).filter((one) => one.includes('left_behind'))).toEqual([])
  await must(1, 'report')
  const page = readFileSync(join(folder, 'reports/report.html'), 'utf8')
  expect(page).toContain('<span class="good">serving</span>')
  expect(page).toMatch(/_app\.\d on m\d/)
})
