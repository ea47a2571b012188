import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { exec } from '../cli/io/exec.ts'
import { waitFor } from '../cli/io/wait.ts'
import { parseSettings } from '../config/settings.ts'
import { prepareRestic, resticOptions } from '../data/io/restic-container.ts'
import { PROJECT_LABEL } from '../docker/labels.ts'
import { lockedImage } from '../image/io/images.ts'
import type { ReleaseEntry } from '../release/history.ts'
import { observe } from '../rollout/io/observe.ts'
import { labelsOf } from '../testing/image.ts'
import { findLostOrDoubled, readLines, startTraffic } from '../testing/load.ts'
import { TestProject } from '../testing/test-project.ts'

const ROUNDS = 8
let project: TestProject
const json = async <T>(target: string, env: Record<string, string> = {}) =>
  JSON.parse((await project.must(target, { JSON: '1', DEPLOY_SNAPSHOT: '1', ...env })).stdout) as T
const post = async (text: string) => {
  const body = JSON.stringify({ text })
  const headers = { 'content-type': 'application/json' }
  expect((await fetch(`${project.url}/entries`, { method: 'POST', headers, body })).status).toBe(201)
}
const volumes = async () =>
  (await exec(['docker', 'volume', 'ls', '--quiet', '--filter', `label=${PROJECT_LABEL}=${project.name}`])).stdout

beforeAll(async () => {
  project = await TestProject.create({ own: true })
  await project.must('build tag deploy', { FORCE: 'untested' })
  await project.release('1.1.0', 'sample-app/src/journal/wsgi.py', (text) => `${text}# another version\n`)
  project.write('secrets/db-password', 'for-tests-only')
  chmodSync(join(project.folder, 'secrets'), 0o700)
  chmodSync(join(project.folder, 'secrets/db-password'), 0o444)
})
afterAll(async () => await project[Symbol.asyncDispose]())

test('the move from SQLite must drop no request and lose no line, and the way back must serve the old file', async () => {
  const traffic = startTraffic(project.url)
  project.write('.env', 'APP_COMPOSE=compose/app.yaml:compose/postgres.yaml\n')
  const moved = await json<ReleaseEntry>('deploy', { VERSION: '1.0.0', APP_MOVE_FROM: '/data/journal.db' })
  const seen = await traffic.stop()
  expect(moved).toMatchObject({ outcome: 'deployed' })
  expect(seen.failures).toEqual([])
  expect(await findLostOrDoubled(project.url, seen)).toEqual([])
  const before = await readLines(project.url)
  await post('on PostgreSQL alone')
  await project.must('rollback')
  const old = await readLines(project.url)
  expect(old.length).toBeGreaterThan(0)
  expect(before.slice(0, old.length)).toEqual(old)
  await json('deploy', { VERSION: '1.0.0' })
  expect(await readLines(project.url)).toEqual([...before, 'on PostgreSQL alone'])
})

test(`${ROUNDS} snapshots among writers must each hold every line acknowledged before it, once`, async () => {
  const traffic = startTraffic(project.url, { clients: 4 })
  const taken: { snapshot: string; before: readonly string[] }[] = []
  while (taken.length < ROUNDS) {
    const before = traffic.acknowledged()
    const { snapshot, held } = await json<{ snapshot: string; held: number }>('backup')
    expect(held).toBe(0)
    taken.push({ snapshot, before })
  }
  const seen = await traffic.stop()
  expect(seen.failures).toEqual([])
  const dumped = await readDumps(taken.map(({ snapshot }) => snapshot))
  for (const { snapshot, before } of taken) {
    const lines = dumped.get(snapshot) ?? []
    const kept = new Set(lines)
    expect(kept.size, `the lines of ${snapshot}`).toBe(lines.length)
    expect(
      before.filter((line) => !kept.has(line)),
      `lost from ${snapshot}`,
    ).toEqual([])
  }
})

const docker = async (...argv: string[]) => (await exec(['docker', ...argv], { quiet: true })).stdout.trim()
async function server(): Promise<string> {
  const [found] = (await observe(project.name)).containers.filter(({ service }) => service === 'db')
  return found?.id ?? ''
}
/** Runs a backup that must fail and leave nothing, while `harm` is done to it. Gives what it said. */
async function failedBackup(harm: () => Promise<unknown>): Promise<string> {
  const before = await json('snapshots')
  const [told] = await Promise.all([project.make('backup'), harm()])
  expect(told.exitCode).not.toBe(0)
  expect(await json('snapshots')).toEqual(before)
  return told.stderr
}

test('a dump whose server is killed in the middle must fail the backup, and leave no snapshot [fault 57]', async () => {
  const db = await server()
  const sql = (text: string) =>
    docker('exec', db, 'psql', '--username=journal', '--no-align', '--tuples-only', '--command', text)
  const locked = sql('BEGIN; LOCK TABLE entries; SELECT pg_sleep(60)').catch(() => '')
  const waiting =
    "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pg_dump' AND wait_event_type = 'Lock'"
  const said = await failedBackup(async () => {
    expect(await waitFor(async () => (await sql(waiting)) === '1', 60)).toBe(true)
    await docker('kill', db)
    await locked
    await docker('start', db)
  })
  expect(said).toMatch(/no copy of journal: (the server|pg_dump) failed/)
  const isBack = async () => (await fetch(`${project.url}/healthz`)).ok
  expect(await waitFor(isBack, 60)).toBe(true)
})

test('a dump that finds no room must fail the backup, and leave no snapshot [fault 57]', async () => {
  const volume = `${project.name}.copy.db`
  const options = ['type=tmpfs', 'device=tmpfs', 'o=size=4k'].flatMap((one) => ['--opt', one])
  await docker('volume', 'create', ...labelsOf(project), ...options, volume)
  const holder = ['--init', '--no-healthcheck', ...labelsOf(project), '--volume', `${volume}:/volume`]
  const id = await docker(
    'run',
    '--detach',
    ...holder,
    '--entrypoint',
    'sleep',
    `e2e/${project.name}:1.0.0`,
    'infinity',
  )
  const said = await failedBackup(async () => {})
  await docker('rm', '--force', '--volumes', id)
  expect(said).toMatch(/no copy of journal: pg_dump failed/)
})

test('a restore must bring the lines back that the snapshot has, drop no request, and keep the replaced volume [fault 51]', async () => {
  const before = await readLines(project.url)
  const { snapshot } = await json<{ snapshot: string }>('backup')
  await post('of the day after')
  const traffic = startTraffic(project.url)
  const restored = await project.must('restore', { SNAPSHOT: snapshot, DEPLOY_SNAPSHOT: '1' })
  const seen = await traffic.stop()
  expect(seen.failures).toEqual([])
  expect(restored.stderr).toContain(`are in the volume ${project.name}_db, until: make prune`)
  const ours = (line: string) => !line.startsWith(seen.prefix)
  expect((await readLines(project.url)).filter(ours)).toEqual(before)
  // The snapshot that the restore took first has the rest.
  await project.must('restore')
  expect((await readLines(project.url)).filter(ours)).toEqual([...before, 'of the day after'])
})

test('a rollback with its data must return both, and later writes must stay in a volume', async () => {
  const yesterday = await readLines(project.url)
  await json('deploy', { VERSION: '1.1.0' })
  await post('of 1.1.0')
  const { version } = await json<ReleaseEntry>('rollback', { DATA: 'restore' })
  expect(version).toBe('1.0.0')
  expect(await readLines(project.url)).toEqual(yesterday)
  expect((await volumes()).split('\n').filter((name) => name.includes('_db')).length).toBeGreaterThan(1)
})

test('a rehearsal must run on a clone of the server, and leave nothing', async () => {
  const found = async () => (await observe(project.name)).containers.filter(({ service }) => service === 'db')
  const [server] = await found()
  const { rehearsal } = await json<ReleaseEntry>('deploy', { VERSION: '1.1.0', REHEARSE: '1' })
  expect(rehearsal).toMatchObject({ needsData: false })
  expect(await found()).toMatchObject([{ id: server?.id }])
  expect(await volumes()).not.toMatch(/clone|check|copy/)
  expect((await observe(`${project.name}-stage`)).containers).toEqual([])
})

const READ = [
  'for id; do restic $OPTIONS restore "$id" --target "/elsewhere/$id" >&2; done',
  'chmod -R go+rX /elsewhere',
].join('\n')
// The rows in pg_restore's text: the lines that follow COPY.
const PRINT = `for folder in /elsewhere/*; do
  echo "@@ $(basename "$folder")"
  pg_restore --data-only --table=entries --file=- "$folder/copies/db/database.dump" | sed -n '/^COPY /,/^\\\\\\.$/p' | sed '1d;$d' | cut -f 2
done`

/** The lines in each snapshot's dump, by its id: put elsewhere by restic alone, and read by pg_restore. */
async function readDumps(ids: readonly string[]): Promise<Map<string, string[]>> {
  const volume = `${project.name}-elsewhere`
  const label = `${PROJECT_LABEL}=${project.name}`
  await exec(['docker', 'volume', 'create', '--label', label, volume], { quiet: true })
  const settings = parseSettings([], project.environment())
  const script = READ.replace('$OPTIONS', resticOptions(settings).join(' '))
  const mounts = [{ volume, at: '/elsewhere', write: true }]
  await exec(await prepareRestic(settings, mounts, ['bash', '-euc', script, 'bash', ...ids]), { quiet: true })
  const run = [
    'docker',
    'run',
    '--rm',
    '--network',
    'none',
    '--label',
    label,
    '--volume',
    `${volume}:/elsewhere:ro`,
  ] as const
  const image = lockedImage('postgres').reference
  const { stdout } = await exec([...run, image, 'bash', '-euc', PRINT], { quiet: true })
  await exec(['docker', 'volume', 'rm', volume], { quiet: true })
  const parts = stdout
    .split('@@ ')
    .slice(1)
    .map((part) => part.trimEnd().split('\n'))
  return new Map(parts.map(([id = '', ...lines]) => [id, lines]))
}
