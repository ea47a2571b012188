import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { exec } from '../cli/io/exec.ts'
import { waitFor } from '../cli/io/wait.ts'
import { lockedImage } from '../image/io/images.ts'
import { findLostOrDoubled, type Seen, startTraffic } from '../testing/load.ts'
import { startSwarm, type TestSwarm } from '../testing/swarm.ts'

// PostgreSQL on one node, and the application on all three.
let swarm: TestSwarm
const must: TestSwarm['must'] = (...asked) => swarm.must(...asked)

beforeAll(async () => {
  swarm = await startSwarm(['m1', 'm2', 'm3'], { ENV: 'swarm', BAKE_TIME: '2', REPLICAS: '3', DATA_NODE: 'm1' })
  const { project, nodes } = swarm
  const image = 'registry.test:5000/team/postgres:17'
  project.write('secrets/db-password', 'for-tests-only')
  chmodSync(join(project.folder, 'secrets/db-password'), 0o444)
  const server = lockedImage('postgres').reference
  await nodes[0]?.give([server])
  await nodes[0]?.docker('tag', server, image)
  project.write(
    'compose/nodes.yaml',
    `services:\n  app: {volumes: !reset [], tmpfs: ["/data:mode=1777"]}\n  db: {image: "${image}"}\n`,
  )
  project.write(
    '.env.swarm',
    `PROJECT=${project.name}\nAPP_COMPOSE=compose/app.yaml:compose/postgres.yaml:compose/nodes.yaml\n`,
  )
  for (const version of ['1.0.1', '1.1.0']) {
    await project.commit(version)
    await must(0, 'build tag push')
  }
  const login = 'docker login --username porthos --password-stdin registry.test:5000'
  await nodes[0]?.run('sh', '-c', `echo marker-of-the-registry-password | ${login} && docker push ${image}`)
  await must(0, 'deploy', { VERSION: '1.0.1' })
})
afterAll(async () => await swarm.project[Symbol.asyncDispose]())

type Service = { readonly name: string; readonly running: number; readonly nodes: readonly string[] }
async function app(): Promise<Service> {
  const { services } = JSON.parse((await swarm.make(0, 'status', { JSON: '1' })).stdout) as { services: Service[] }
  return services.find(({ name }) => name === 'app') as Service
}
/** What clients of nodes saw while `work` was done. Each line that was acknowledged must be stored once. */
async function seenIn(nodes: readonly number[], work: () => Promise<unknown>): Promise<readonly Seen[]> {
  const traffic = await Promise.all(nodes.map(async (node) => startTraffic(await swarm.urlOf(node))))
  await work()
  const seen = await Promise.all(traffic.map((one) => one.stop()))
  const url = await swarm.urlOf(0)
  for (const one of seen) {
    expect(one.acknowledged.length).toBeGreaterThan(0)
    expect(await findLostOrDoubled(url, one)).toEqual([])
  }
  return seen
}

/** When a request began that has failed, in milliseconds. */
const beganAt = (failure: string) =>
  Date.parse(/ at (\S+Z): /.exec(failure)?.[1] ?? '') - (failure.endsWith('no answer within 30 s') ? 30_000 : 0)

test('an update under load must fail no request, and each acknowledged line be stored once', async () => {
  const seen = await seenIn([0, 1, 2], () => must(0, 'deploy', { VERSION: '1.1.0' }))
  expect(seen.flatMap(({ failures }) => failures)).toEqual([])
})

test('a node that dies under load must cost the requests in flight on it alone, and no acknowledged line', async () => {
  const before = await app()
  const dying = ['m2', 'm3'].find((name) => before.nodes.includes(name)) ?? ''
  const index = Number(dying.slice(1)) - 1
  let died = 0
  const seen = await seenIn([0, index === 1 ? 2 : 1], async () => {
    await exec(['docker', 'kill', swarm.nodes[index]?.name ?? ''], { quiet: true })
    died = Date.now()
    const hasMoved = async () => {
      if (!(await must(0, 'cluster')).includes(`${dying} is down`)) return false
      const { running, nodes } = await app()
      return running === 3 && !nodes.includes(dying)
    }
    expect(await waitFor(hasMoved, 90, () => sleep(1000))).toBe(true)
  })
  const failures = seen.flatMap((one) => one.failures)
  // A node takes a moment to die, in which a client may lose two. No request fails that began after that.
  expect(failures.length, failures.join('\n')).toBeLessThanOrEqual(32)
  expect(failures.filter((one) => beganAt(one) > died + 5000)).toEqual([])
})
