import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { exec } from '../cli/io/exec.ts'
import { waitFor } from '../cli/io/wait.ts'
import { findLostOrDoubled, readLines, startTraffic } from '../testing/load.ts'
import { casesOf, roundsOf, testInProof } from '../testing/proof.ts'
import { startSwarm, type TestSwarm } from '../testing/swarm.ts'

// Two managers and a worker, which has the data: neither manager's own engine has them.
let swarm: TestSwarm
const [FIRST, SECOND, WORKER] = [0, 1, 2]
const DATA = { DATA_NODE: 'w1', DEPLOY_SNAPSHOT: '1', BIND: '0.0.0.0' }
const EXCLUSIVE = { ...DATA, APP_ROLLOUT: 'exclusive' }
// After the worker is gone, they are on the first manager.
const HERE = { ...DATA, DATA_NODE: 'm1' }
const COMPOSE = { ...HERE, ORCHESTRATOR: 'compose' }
const must: TestSwarm['must'] = (...asked) => swarm.must(...asked)

// A version that destroys the data, and ends.
const DESTROYS = `CMD ["python", "-c", "import sqlite3; c = sqlite3.connect('/data/journal.db'); c.execute('delete from entries'); c.commit(); raise SystemExit(3)"]
`

const lines = async (node: number) => await readLines(await swarm.urlOf(node))
async function write(node: number, text: string): Promise<void> {
  const request = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ text }) }
  const { status } = await fetch(`${await swarm.urlOf(node)}/entries`, request)
  expect(status).toBe(201)
}
const versionAt = async (node: number) =>
  ((await (await fetch(`${await swarm.urlOf(node)}/healthz`)).json()) as { version: string }).version

beforeAll(async () => {
  swarm = await startSwarm(['m1', 'm2', 'w1'], {})
  const { project } = swarm
  const repository = join(project.folder, '.cache', 'repository')
  // As a folder that all hosts mount. Without it, snapshots lie beside the data.
  await exec(['mkdir', repository], { quiet: true })
  writeFileSync(join(project.folder, 'secrets', 'backup-password'), 'marker-of-the-backup-password\n', { mode: 0o600 })
  const place = { BACKUP_REPOSITORY: repository, BACKUP_PASSWORD_FILE: 'secrets/backup-password' }
  for (const settings of [DATA, EXCLUSIVE, HERE, COMPOSE]) Object.assign(settings, place)
  const dockerfile = readFileSync(join(project.folder, 'sample-app/Dockerfile'), 'utf8')
  for (const version of ['1.0.1', '1.1.0', '1.2.0']) {
    if (version === '1.2.0') project.write('sample-app/Dockerfile', dockerfile + DESTROYS)
    await project.commit(version)
    await must(FIRST, 'build tag push')
  }
})
afterAll(async () => await swarm.project[Symbol.asyncDispose]())

test('a snapshot must be taken where the data are, and any manager bring it back', async () => {
  await must(FIRST, 'deploy', { ...DATA, VERSION: '1.0.1' })
  await write(SECOND, 'kept')
  expect(await must(FIRST, 'backup', DATA)).toMatch(/backed up: \w+, the data of 1\.0\.1/)
  await write(SECOND, 'lost')
  expect(await must(SECOND, 'restore', DATA)).toContain('restored: 1.0.1')
  expect(await lines(FIRST)).toEqual(['kept'])
  expect(await must(SECOND, 'snapshots', DATA)).toMatch(/1\.0\.1 +backup .* yes +data: copy/)
  const isShut = async () => !(await swarm.nodes[WORKER]?.docker('ps', '--format', '{{.Names}}'))?.includes('_way')
  expect(await waitFor(isShut, 30)).toBe(true)
})

testInProof('a new version must be rehearsed there, and its data go back with it', async () => {
  const said = await must(FIRST, 'deploy', { ...DATA, VERSION: '1.1.0', REHEARSE: '1' })
  expect(said).toContain('rehearsed: a rollback needs the data back: no')
  await write(FIRST, 'of 1.1.0')
  expect(await must(SECOND, 'rollback', { ...DATA, DATA: 'restore' })).toContain('rolled back to 1.0.1')
  expect(await lines(SECOND)).toEqual(['kept'])
})

test('ON_FAILURE=restore-data must undo a version that destroys the data and fails, with them', async () => {
  const env = { ...DATA, VERSION: '1.2.0', ON_FAILURE: 'restore-data', JSON: '1' }
  const { stdout, stderr } = await swarm.make(FIRST, 'deploy', env)
  expect(JSON.parse(stdout), stderr).toMatchObject({ outcome: 'rolled back with data' })
  expect(await lines(SECOND)).toEqual(['kept'])
  expect(await must(SECOND, 'history')).toMatch(
    /deploy +1\.2\.0 +rolled back with data.*\n● .* restore +1\.0\.1 +restored/,
  )
})

test('an exclusive deploy with a snapshot must fail no request on any node, and lose no line', async () => {
  const before = await lines(FIRST)
  const traffic = await Promise.all([FIRST, SECOND].map(async (node) => startTraffic(await swarm.urlOf(node))))
  expect(await must(FIRST, 'deploy', { ...EXCLUSIVE, VERSION: '1.1.0' })).toContain('deployed: 1.1.0')
  const seen = await Promise.all(traffic.map((one) => one.stop()))
  expect(seen.flatMap(({ failures }) => failures)).toEqual([])
  const written = seen.flatMap(({ acknowledged }) => acknowledged)
  expect((await lines(SECOND)).toSorted()).toEqual([...before, ...written].sort())
})

test('a deploy that is killed while requests wait must be undone by another manager, and lose no line', async () => {
  const traffic = startTraffic(await swarm.urlOf(FIRST))
  const { exitCode } = await swarm.make(FIRST, 'deploy', { ...EXCLUSIVE, VERSION: '1.0.1', FAULT_AT: '2:after' })
  expect(exitCode).not.toBe(0)
  expect(await must(SECOND, 'status', EXCLUSIVE)).toContain('in step 2 of 3 (hold requests, and stop those that write)')
  expect(await versionAt(SECOND)).toBe('1.1.0')
  const seen = await traffic.stop()
  // Another manager waits for 20 seconds before it believes that the first one is dead: a client may not wait for that.
  expect(seen.failures.filter((one) => !one.includes('no answer within 30 s'))).toEqual([])
  expect(await findLostOrDoubled(await swarm.urlOf(FIRST), seen)).toEqual([])
})

test('data on a node that is gone must be begun nowhere else, until a restore puts them there', async () => {
  await must(FIRST, 'backup', EXCLUSIVE)
  const known = await lines(FIRST)
  await exec(['docker', 'kill', swarm.nodes[WORKER]?.name ?? ''], { quiet: true })
  const isDown = async () => (await must(FIRST, 'cluster')).includes('w1 is down')
  expect(await waitFor(isDown, 60, () => sleep(1000))).toBe(true)
  const refused = await swarm.make(FIRST, 'deploy', { ...EXCLUSIVE, VERSION: '1.1.0' })
  expect(refused.stderr).toMatch(/w1, which has the data of "app", is down.*\n(.*\n)* *next: .*make restore DATA_NODE=/)
  expect(await must(SECOND, 'restore', { ...EXCLUSIVE, DATA_NODE: 'm1' })).toContain('restored: 1.1.0')
  expect(await lines(SECOND)).toEqual(known)
})

/** Writes lines until each has been acknowledged: whoever retries with the same key writes once. */
async function writeAll(count: number): Promise<void> {
  const url = `${await swarm.urlOf(FIRST)}/entries`
  let next = 0
  const client = async () => {
    for (let number = next++; number < count; number = next++) {
      const headers = { 'content-type': 'application/json', 'idempotency-key': `move-${number}` }
      const request = { method: 'POST', headers, body: JSON.stringify({ text: `moved ${number}` }) }
      const isStored = () =>
        fetch(url, request).then(
          ({ status }) => status === 201 || status === 200,
          () => false,
        )
      expect(await waitFor(isStored, 120, () => sleep(100))).toBe(true)
      await sleep(50)
    }
  }
  await Promise.all(Array.from({ length: 8 }, client))
}

test('a snapshot of the swarm must be brought back by Compose, once what runs has moved there', async () => {
  const known = await lines(FIRST)
  expect(await must(FIRST, 'migrate', COMPOSE)).toContain('deployed: 1.1.0')
  expect(await lines(FIRST)).toEqual(known)
  expect((await swarm.make(FIRST, 'deploy', HERE)).stderr).toMatch(/Compose runs .*\n(.*\n)* *next: make migrate/)
  await write(FIRST, 'of Compose')
  expect(await must(FIRST, 'restore', COMPOSE)).toContain('restored: 1.1.0')
  expect(await lines(FIRST)).toEqual(known)
})

test('a move to the swarm and back must fail no request, and all lines written meanwhile be there, and none twice', async () => {
  const before = await lines(FIRST)
  const count = roundsOf(2000, 10_000)
  const writing = writeAll(count)
  const traffic = startTraffic(await swarm.urlOf(FIRST), { path: '/entries?limit=5' })
  expect(await must(FIRST, 'migrate', HERE)).toContain('deployed: 1.1.0')
  expect((await swarm.make(FIRST, 'deploy', COMPOSE)).stderr).toContain('the swarm runs')
  expect(await must(FIRST, 'migrate', COMPOSE)).toContain('deployed: 1.1.0')
  expect((await traffic.stop()).failures).toEqual([])
  await writing
  const written = Array.from({ length: count }, (_, number) => `moved ${number}`)
  expect((await lines(FIRST)).toSorted()).toEqual([...before, ...written].sort())
})

test.each(
  casesOf(
    [
      ['swarm', '1:after', 'Compose'],
      ['swarm', '3:before', 'swarm'],
      ['compose', '1:after', 'swarm'],
      ['compose', '3:before', 'Compose'],
    ],
    (_, index) => index === 0,
  ),
)('a move to %s that is killed at %s must end by itself, and %s serve alone', async (to, FAULT_AT, serves) => {
  const before = await lines(FIRST)
  const env = { ...(to === 'swarm' ? HERE : COMPOSE), DEPLOY_SNAPSHOT: '0' }
  expect((await swarm.make(FIRST, 'migrate', { ...env, FAULT_AT })).exitCode).not.toBe(0)
  const running = async () => String(await swarm.nodes[FIRST]?.docker('ps', '--format', '{{.Names}}'))
  const isOver = async () => !(await running()).includes('-guard')
  expect(await waitFor(isOver, 180, () => sleep(1000))).toBe(true)
  const name = `${swarm.project.name}${serves === 'swarm' ? '_' : '-'}app`
  expect((await running()).split('\n').filter((one) => /[-_]app[-.]/.test(one))).toEqual([
    expect.stringContaining(name),
  ])
  expect(await lines(FIRST)).toEqual(before)
})
