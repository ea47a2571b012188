import { setTimeout as sleep } from 'node:timers/promises'
import { log } from '../../cli/io/log.ts'
import { timed } from '../../cli/io/timed.ts'
import { type Options, startTraffic } from '../../testing/load.ts'
import { startSwarm, type TestSwarm } from '../../testing/swarm.ts'
import type { SwarmPoint } from '../swarm.ts'

const VERSIONS = ['1.0.1', '1.1.0'] as const
const NAMES = ['m1', 'm2', 'm3', 'w1', 'w2']
// The last of each is as many as two processors bear. The second of the nodes is what the others grow from.
const CURVES: readonly (readonly [string, readonly number[]])[] = [
  ['nodes', [1, 3, 5]],
  ['replicas', [1, 6, 12]],
  ['services', [6, 11]],
]
/** What the other curves stay at. */
const USUAL = { nodes: 3, replicas: 3, services: 2 }

/** Measures deploys and requests on a swarm of up to five engines on this host, as nodes, replicas and services grow. */
export async function measureSwarm(): Promise<SwarmPoint[]> {
  log.step(`a swarm of ${NAMES.length} engines`, 'two versions of the sample, without data, deployed in turn')
  const swarm = await startSwarm(NAMES, { ENV: 'swarm', BAKE_TIME: '0' })
  await using project = swarm.project
  project.write('.env.swarm', `PROJECT=${project.name}\n`)
  writeServices(swarm, USUAL.services)
  for (const version of VERSIONS) {
    await project.commit(version)
    await swarm.must(0, 'build tag push')
  }
  const points: SwarmPoint[] = []
  for (const [what, counts] of CURVES)
    for (const count of counts) points.push(await measurePoint(swarm, what, { ...USUAL, [what]: count }, count))
  return points
}

async function measurePoint(
  swarm: TestSwarm,
  what: string,
  { nodes, replicas, services }: typeof USUAL,
  count: number,
): Promise<SwarmPoint> {
  log.step(`${count} ${what}`, `with ${nodes} nodes, ${replicas} replicas, ${services} services beside the proxy`)
  for (const [index, name] of NAMES.entries())
    await swarm.nodes[0]?.docker('node', 'update', '--availability', index < nodes ? 'active' : 'drain', name)
  writeServices(swarm, services)
  const env = { REPLICAS: String(replicas) }
  await swarm.must(0, 'deploy', { ...env, VERSION: VERSIONS[0] })
  const urls = await Promise.all(Array.from({ length: nodes }, (_, node) => swarm.urlOf(node)))
  const load = (more: Options) =>
    urls.map((url) => startTraffic(url, { path: '/entries?limit=5', clients: 4, ...more }))
  const inDeploy = load({ pause: 200 })
  const deploy = await timed(() => swarm.must(0, 'deploy', { ...env, VERSION: VERSIONS[1] }))
  const seen = await Promise.all(inDeploy.map((one) => one.stop()))
  const status = await timed(() => swarm.must(0, 'status'))
  const full = load({ pause: 0 })
  const began = performance.now()
  await sleep(5000)
  const found = await Promise.all(full.map((one) => one.stop()))
  const times = found.flatMap((one) => one.times).sort((one, other) => one - other)
  return {
    ...{ what, count, deploy, status },
    failed: seen.reduce((sum, { failures }) => sum + failures.length, 0),
    rate: (times.length / (performance.now() - began)) * 1000,
    p99: times[Math.floor(times.length * 0.99)] ?? 0,
  }
}

// The application is one of them; the others wait, and take part in each rollout.
function writeServices({ project }: TestSwarm, count: number): void {
  const own = 'x-snapshot: false, tmpfs: ["/data:mode=1777"]'
  const wait = 'pull_policy: never, command: [sleep, infinity], init: true, networks: [default]'
  const others = Array.from(
    { length: count - 1 },
    (_, index) => `  wait${index}: {image: "\${APP_IMAGE:?}", ${wait}, healthcheck: {disable: true}, ${own}}`,
  )
  project.write(
    'compose/app.swarm.yaml',
    ['services:', `  app: {volumes: !reset [], ${own}}`, ...others, ''].join('\n'),
  )
}
