import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { exec, tryExec } from '../cli/io/exec.ts'
import { waitFor } from '../cli/io/wait.ts'
import type { ReleaseEntry } from '../release/history.ts'
import { observe } from '../rollout/io/observe.ts'
import { ledgerPath } from '../state/io/ledger.ts'
import { findLostOrDoubled, startTraffic } from '../testing/load.ts'
import { casesOf, roundsOf, testInProof } from '../testing/proof.ts'
import { TestProject } from '../testing/test-project.ts'

let project: TestProject
const settings = (rollout: string, more = '') =>
  project.write('.env', `APP_ROLLOUT=${rollout}\nAPP_SLOW_ROUTES=1\n${more}`)
const deploy = async (VERSION: string, env: Record<string, string> = {}) =>
  JSON.parse((await project.must('deploy', { VERSION, JSON: '1', ...env })).stdout) as ReleaseEntry
const serving = async () => ((await (await fetch(`${project.url}/healthz`)).json()) as { version: string }).version
const ids = async () => (await observe(project.name)).containers.map(({ id }) => id).sort()

beforeAll(async () => {
  project = await TestProject.create({ own: true })
  await project.buildTwo()
})
afterAll(async () => await project[Symbol.asyncDispose]())

describe.each(['overlap', 'exclusive'] as const)('%s', (rollout) => {
  beforeAll(async () => {
    settings(rollout)
    await deploy('1.0.0')
  })

  test('deploys in a row under load must drop nothing, and store each acknowledged line once [fault 26] [fault 53]', async () => {
    const traffic = startTraffic(project.url, { clients: roundsOf(8, 16), mixed: true })
    const versions = ['1.1.0', '1.0.0', '1.1.0', '1.0.0', '1.1.0'].slice(0, roundsOf(rollout === 'overlap' ? 2 : 1, 5))
    for (const version of versions) {
      expect(await deploy(version)).toMatchObject({ outcome: 'deployed', cut: 0 })
      expect(await serving()).toBe(version)
    }
    const seen = await traffic.stop()
    expect(seen.failures).toEqual([])
    // A quick host deploys before many lines are written.
    expect(seen.acknowledged.length).toBeGreaterThan(4 * versions.length)
    expect(await findLostOrDoubled(project.url, seen)).toEqual([])
  })

  const testIn = (wanted: string) => (rollout === wanted ? test : testInProof)
  testIn('overlap')(
    'only requests that outlast DRAIN_TIMEOUT must be cut, and they must be counted [fault 27]',
    async () => {
      const traffic = startTraffic(project.url)
      const slow = Promise.allSettled([20, 20].map((seconds) => fetch(`${project.url}/slow?seconds=${seconds}`)))
      const inFlight = async () => (await observe(project.name)).proxy?.servers.some((server) => server.inFlight >= 2)
      expect(await waitFor(inFlight, 20)).toBe(true)
      const VERSION = (await serving()) === '1.0.0' ? '1.1.0' : '1.0.0'
      const { stdout, stderr } = await project.must('deploy', { VERSION, DRAIN_TIMEOUT: '1', JSON: '1' })
      expect(JSON.parse(stdout)).toMatchObject({ outcome: 'deployed', cut: 2 })
      expect(stderr).toMatch(/2 requests were still in flight after DRAIN_TIMEOUT=1 .*: they are cut/)
      await slow
      const seen = await traffic.stop()
      expect(seen.failures).toEqual([])
      expect(await findLostOrDoubled(project.url, seen)).toEqual([])
    },
  )

  // A CI server that cancels a job does not wait long for it to end.
  const CANCELS = [['SIGINT' as const], ['SIGINT', 'SIGTERM', 'SIGKILL'] as const]
  const kept = casesOf(CANCELS, ({ length }) => length === 1 && rollout === 'overlap')
  test.each(kept.map((signals) => ({ signals, names: signals.join(', ') })))(
    'a cancel by $names must leave one good version, and nothing behind [fault 2] [fault 3]',
    async ({ signals }) => {
      if ((await serving()) !== '1.0.0') await deploy('1.0.0')
      const before = await ids()
      const [from] = [await serving()]
      const traffic = startTraffic(project.url)
      const env = { ...process.env, ...project.environment(), VERSION: '1.1.0', BAKE_TIME: '60', JSON: '1' }
      const run = spawn('make', ['deploy'], {
        cwd: project.folder,
        env,
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      let [out, err] = ['', '']
      run.stdout.on('data', (piece) => (out += String(piece)))
      run.stderr.on('data', (piece) => (err += String(piece)))
      const ended = once(run, 'exit')
      expect(await waitFor(async () => err.includes('→ watch 1.1.0'), 60)).toBe(true)
      for (const one of signals) {
        if (run.exitCode === null && run.signalCode === null) process.kill(-(run.pid ?? 0), one)
        if (one !== signals.at(-1)) await sleep(300)
      }
      const [status, signal] = await ended
      expect(status !== 0 || signal !== null).toBe(true)
      // The container outlives the command that attached to it by a moment.
      await project.must('status', { WAIT: '60' })
      const [last] = (JSON.parse((await project.must('history', { JSON: '1' })).stdout) as ReleaseEntry[]).slice(-1)
      const seen = await traffic.stop()
      expect(seen.failures).toEqual([])
      expect(await findLostOrDoubled(project.url, seen)).toEqual([])
      expect(err).toContain('SIGINT: undoing this run')
      expect(last, out).toMatchObject({ version: '1.1.0' })
      // Where the way back was cut short too, the next run goes the shorter way: 1.1.0 may serve.
      const isDone = signals.length > 1 && last?.outcome === 'deployed'
      if (!isDone) expect(last).toMatchObject({ outcome: 'abandoned' })
      if (signals.length === 1) expect(await ids()).toEqual(before)
      expect(await serving()).toBe(isDone ? '1.1.0' : from)
      const { containers } = await observe(project.name)
      expect(containers.map(({ service }) => service).sort()).toEqual(['app', 'proxy'])
    },
  )
})

test('of two deploys at once from two checkouts, one must win; the other must be refused, or wait with WAIT [fault 4] [fault 5]', async () => {
  settings('overlap')
  await deploy('1.0.0')
  const second = `${project.folder}-second`
  await exec(['cp', '--archive', '--link', project.folder, second], { quiet: true })
  try {
    const first = project.make('deploy', { VERSION: '1.1.0', BAKE_TIME: '15' })
    await waitFor(async () => (await observe(project.name)).containers.length > 2, 60)
    const told = await project.make('deploy', { VERSION: '1.0.0', JSON: '1' }, second)
    expect(told.exitCode).not.toBe(0)
    expect(told.stderr).toMatch(
      /deploy cannot start: make deploy of .* holds the project since 20.*\n +next: make deploy WAIT=/,
    )
    expect(JSON.parse(told.stdout)).toMatchObject({ outcome: 'refused' })
    const waited = await project.must('deploy', { VERSION: '1.1.0', WAIT: '60' }, second)
    expect(waited.stderr).toContain('waiting for it to end')
    expect(waited.stdout).toContain('unchanged: 1.1.0')
    expect((await first).exitCode).toBe(0)
  } finally {
    await exec(['rm', '-rf', second], { quiet: true })
  }
})

test('rollback must bring back the image, the configuration and the replicas of the last good release', async () => {
  const environmentOf = async () => {
    const { containers } = await observe(project.name)
    const names = containers.filter(({ service }) => service === 'app').map(({ name }) => name)
    const { stdout } = await exec(['docker', 'inspect', '--format', '{{json .Config.Env}}', ...names], { quiet: true })
    return stdout
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as string[]).sort())
  }
  settings('overlap')
  await deploy('1.0.0', { REPLICAS: '2' })
  const before = await environmentOf()
  project.write('.env', 'APP_ROLLOUT=overlap\n')
  await deploy('1.1.0')
  expect(await environmentOf()).not.toEqual(before)
  const traffic = startTraffic(project.url)
  const { stdout } = await project.must('rollback')
  expect((await traffic.stop()).failures).toEqual([])
  expect(stdout).toContain('rolled back to 1.0.0')
  expect(await environmentOf()).toEqual(before)
})

testInProof(
  'rollback to a version that was pruned must be refused with the choices, and touch nothing [fault 66]',
  async () => {
    await project.release('1.2.0')
    await deploy('1.2.0')
    await project.release('1.3.0')
    await deploy('1.3.0')
    const pruned = await project.must('prune', { KEEP: '2' })
    expect(pruned.stdout).toMatch(/pruned/)
    const before = await ids()
    const refused = await project.make('rollback', { VERSION: '1.0.0', JSON: '1' })
    expect(refused.exitCode).not.toBe(0)
    expect(JSON.parse(refused.stdout)).toMatchObject({ outcome: 'refused' })
    expect(refused.stderr).toMatch(/1\.0\.0 is no longer kept on this engine; there are: 1\.2\.0\n/)
    expect(await ids()).toEqual(before)
    expect((await project.must('rollback')).stdout).toContain('rolled back to 1.2.0')
  },
)

testInProof('the disk must hold no more after many deploys than after a few, once it is pruned', async () => {
  const images = async () =>
    (await tryExec(['docker', 'image', 'ls', '--quiet', `e2e/${project.name}`], { quiet: true })).stdout.split('\n')
  const counts: number[] = []
  for (const version of ['2.0.0', '2.1.0', '2.2.0', '2.3.0'].slice(roundsOf(1, 0))) {
    await project.release(version)
    await deploy(version)
    await project.must('prune', { KEEP: '2' })
    counts.push(new Set(await images()).size)
  }
  expect(new Set(counts.slice(1)).size).toBe(1)
})

const JOURNALS: [string, string, RegExp][] = [
  ['cut short', '{"format": 1, "tar', /journal\.json .* is damaged/],
  ['of another format', '{"format": 2}', /the run log is of another version of the toolkit/],
]
// `ledger` has another that is damaged.
test.each(casesOf(JOURNALS, () => false))(
  'a journal that is %s must stop every change and say so, and FORCE=run-log must set it aside [fault 10]',
  async (_, text, says) => {
    const VERSION = '1.0.0'
    await deploy(VERSION)
    const before = await ids()
    writeFileSync(ledgerPath(project.name, 'journal.json'), text)
    for (const target of ['deploy', 'rollback', 'status', 'prune']) {
      const refused = await project.make(target, { VERSION })
      expect(refused.exitCode, target).not.toBe(0)
      expect(refused.stderr).toMatch(says)
      expect(refused.stderr).toContain('make deploy FORCE=run-log')
    }
    expect(await ids()).toEqual(before)
    expect((await project.must('deploy', { VERSION, FORCE: 'run-log' })).stdout).toContain(`unchanged: ${VERSION}`)
    expect((await project.must('status')).stdout).toContain('serving')
  },
)

testInProof('exclusive must never let two versions run at once', async () => {
  const LOCKS = `
import fcntl
writer = open("/data/writer", "w")
fcntl.flock(writer, fcntl.LOCK_EX | fcntl.LOCK_NB)
`
  const file = 'sample-app/src/journal/gunicorn_conf.py'
  settings('exclusive')
  await project.release('3.0.0', file, (text) => text + LOCKS)
  await deploy('3.0.0')
  await project.release('3.1.0', file, (text) => `${text}# another version\n`)
  for (const version of ['3.1.0', '3.0.0', '3.1.0'].slice(roundsOf(2, 0)))
    expect(await deploy(version)).toMatchObject({ outcome: 'deployed' })
})

testInProof(
  'two versions that run at once must be seen where they may: the test before this one would show them',
  async () => {
    settings('overlap')
    await deploy('3.1.0')
    const both = await project.make('deploy', { VERSION: '3.0.0' })
    expect(both.stderr).toContain('Resource temporarily unavailable')
  },
)
