import { afterAll, beforeAll, expect, test } from 'vitest'
import { exec } from '../cli/io/exec.ts'
import { parseSettings } from '../config/settings.ts'
import { prepareRestic, resticOptions } from '../data/io/restic-container.ts'
import type { Snapshot } from '../data/snapshot.ts'
import { PROJECT_LABEL } from '../docker/labels.ts'
import { observe } from '../rollout/io/observe.ts'
import { readLines, startTraffic } from '../testing/load.ts'
import { roundsOf, testInProof } from '../testing/proof.ts'
import { TestProject } from '../testing/test-project.ts'

const FILE = 'compose/app.yaml'
type Taken = { snapshot: string; held: number; before: readonly string[] }
type Listed = Snapshot & { verified: string | null }

const ROUNDS = roundsOf(2, 20)
// Those without a hook.
const PAUSED = roundsOf(2, 3)
let project: TestProject
const rounds: Taken[] = []
const json = async <T>(target: string, env: Record<string, string> = {}) =>
  JSON.parse((await project.must(target, { JSON: '1', ...env })).stdout) as T
const list = async () => (await json<{ snapshots: Listed[] }>('snapshots')).snapshots

/** Takes snapshots while clients write as fast as they can, and expects that these notice nothing. */
async function takeSnapshots(count: number): Promise<Taken[]> {
  const traffic = startTraffic(project.url, { clients: 12 })
  const taken: Taken[] = []
  while (taken.length < count) {
    const before = traffic.acknowledged()
    taken.push({ ...(await json<Taken>('backup')), before })
  }
  const seen = await traffic.stop()
  expect(seen.failures).toEqual([])
  expect(seen.acknowledged.length).toBeGreaterThan(count * 10)
  return taken
}

const RESTORE = 'for id; do restic $OPTIONS restore "$id" --target "/elsewhere/$id" >&2; done'
const READ = `
import glob, json, sqlite3
for path in glob.glob("/elsewhere/*/*/data/journal.db"):
    database = sqlite3.connect(path)
    assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)], path
    print(json.dumps([path.split("/")[2], [text for text, in database.execute("SELECT text FROM entries")]]))
`

/** The lines in each snapshot, by its id: put into a volume elsewhere by restic alone, and read by the application's image. */
async function readSnapshots(ids: readonly string[]): Promise<Map<string, string[]>> {
  const volume = `${project.name}-elsewhere`
  const label = `${PROJECT_LABEL}=${project.name}`
  await exec(['docker', 'volume', 'create', '--label', label, volume], { quiet: true })
  const settings = parseSettings([], project.environment())
  const script = RESTORE.replace('$OPTIONS', resticOptions(settings).join(' '))
  const mounts = [{ volume, at: '/elsewhere', write: true }]
  await exec(await prepareRestic(settings, mounts, ['bash', '-euc', script, 'bash', ...ids]), { quiet: true })
  const image = `e2e/${project.name}:1.0.0`
  const options = ['--rm', '--network', 'none', '--user', '0', '--label', label] as const
  const argv = [...options, '--volume', `${volume}:/elsewhere`, image, 'python', '-c', READ] as const
  const { stdout } = await exec(['docker', 'run', ...argv], { quiet: true })
  await exec(['docker', 'volume', 'rm', volume], { quiet: true })
  const lines = stdout.trim().split('\n')
  return new Map(lines.map((line) => JSON.parse(line) as [string, string[]]))
}

/** Expects that each snapshot holds every line that was acknowledged before it was begun, and none twice. */
async function expectWhole(taken: readonly Taken[]): Promise<void> {
  const read = await readSnapshots(taken.map(({ snapshot }) => snapshot))
  for (const { snapshot, before } of taken) {
    const lines = read.get(snapshot) ?? []
    const kept = new Set(lines)
    expect(kept.size, `the lines of ${snapshot}`).toBe(lines.length)
    const lost = before.filter((line) => !kept.has(line))
    expect(lost, `lost from ${snapshot}`).toEqual([])
  }
  const [first, last] = [taken[0], taken.at(-1)].map((one) => read.get(one?.snapshot ?? '')?.length ?? 0)
  expect(last, 'more lines in the last than in the first').toBeGreaterThan(first ?? 0)
}

beforeAll(async () => {
  project = await TestProject.create()
  await project.must('build tag deploy', { FORCE: 'untested' })
})
afterAll(async () => await project[Symbol.asyncDispose]())

test(`each of ${ROUNDS} snapshots among writers must hold every line acknowledged before it, once, and delay nobody [fault 43]`, async () => {
  rounds.push(...(await takeSnapshots(ROUNDS)))
  await expectWhole(rounds)
  expect(Math.max(...rounds.map(({ held }) => held))).toBe(0)
})

test('all snapshots must be listed as verified, with release, size, added bytes and time', async () => {
  const listed = await list()
  expect(listed.map(({ id }) => id)).toEqual(rounds.map(({ snapshot }) => snapshot))
  for (const one of listed) {
    expect(one).toMatchObject({ version: '1.0.0', target: 'backup', modes: { data: 'copy' } })
    expect([one.release, one.verified, one.at].filter(Boolean)).toHaveLength(3)
    expect(Math.min(one.bytes, one.added)).toBeGreaterThan(0)
  }
  const [head = '', ...rows] = (await project.must('snapshots')).stdout.trim().split('\n')
  expect(head.split(/ {2,}/).join()).toBe('SNAPSHOT,VERSION,BY,AGE,SIZE,ADDED,VERIFIED,VOLUMES')
  expect(rows.filter((row) => / ago .* yes +data: copy$/.test(row))).toHaveLength(ROUNDS)
})

test('a SNAPSHOT that matches no snapshot, or several, must be refused with the choices, and touch nothing', async () => {
  const before = await observe(project.name)
  // Of more than sixteen, two begin with the same digit; of fewer, perhaps.
  const digits = rounds.map(({ snapshot }) => snapshot[0] ?? '')
  const several = digits.filter((digit, index) => digits.indexOf(digit) !== index).slice(0, 1)
  const newest = rounds.slice(-5).map(({ snapshot }) => `${snapshot.slice(0, 8)} (1.0.0)`)
  const wrong = [['0123456789', 'no snapshot'], ...several.map((digit) => [digit, 'several snapshots'])]
  for (const [SNAPSHOT = '', why] of wrong) {
    const refused = await project.make('restore', { SNAPSHOT, JSON: '1' })
    expect(refused.exitCode).not.toBe(0)
    const error = `SNAPSHOT="${SNAPSHOT}" names ${why}; the newest are ${newest.join(', ')}`
    expect(JSON.parse(refused.stdout)).toMatchObject({ outcome: 'refused', error, next: 'make snapshots' })
  }
  expect(await observe(project.name)).toEqual(before)
})

testInProof('without a hook the writers must wait for a moment, and each snapshot hold as much', async () => {
  await project.release('1.1.0', FILE, (text) => text.replace(/^ +x-snapshot: .*\n/m, ''))
  await project.must('deploy', { VERSION: '1.1.0' })
  const taken = await takeSnapshots(PAUSED)
  await expectWhole(taken)
  expect(Math.min(...taken.map(({ held }) => held))).toBeGreaterThan(0)
  expect((await list()).slice(-PAUSED)).toMatchObject(
    Array(PAUSED).fill({ version: '1.1.0', modes: { data: 'files' } }),
  )
  rounds.push(...taken)
})

testInProof('prune must keep what the policy keeps and what a rollback needs, and no other [fault 60]', async () => {
  const needed = [rounds[ROUNDS - 1], ...rounds.slice(-2)].map((one) => one?.snapshot)
  const { stdout } = await project.must('prune', { KEEP_SNAPSHOTS: 'last=2' })
  expect(stdout).toMatch(new RegExp(`pruned: .*${rounds.length - needed.length} snapshots?`))
  expect((await list()).map(({ id }) => id)).toEqual(needed)
  await project.must('rollback', { DATA: 'restore' })
  const lines = new Set(await readLines(project.url))
  expect(rounds[ROUNDS - 1]?.before.filter((line) => !lines.has(line))).toEqual([])
  expect(rounds.at(-1)?.before.filter((line) => lines.has(line)).length).toBe(0)
})
