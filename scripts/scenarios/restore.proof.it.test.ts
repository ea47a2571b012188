import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { exec } from '../cli/io/exec.ts'
import { COMPOSE_PROJECT, OWNER, PROJECT_LABEL } from '../docker/labels.ts'
import type { ReleaseEntry } from '../release/history.ts'
import { observe } from '../rollout/io/observe.ts'
import { removeProject } from '../test/io/sweep.ts'
import { labelsOf } from '../testing/image.ts'
import { readLines } from '../testing/load.ts'
import { TestProject } from '../testing/test-project.ts'

const VERSIONS = 'sample-app/src/journal/migrations/versions'
const SCHEMA = 'sample-app/src/journal/schema.py'
const FILE = 'compose/app.yaml'
const ADDS = ['ALTER TABLE entries ADD COLUMN mood TEXT', "INSERT INTO entries SELECT 3, 'three', '', '', NULL, ''"]
// What the version before reads, and what its health check writes, is no longer there; no line is.
const DESTROYS = [
  'DELETE FROM entries',
  'ALTER TABLE entries RENAME COLUMN text TO body',
  'ALTER TABLE heartbeat RENAME COLUMN beats TO count',
]
// The version fails only after it was healthy, so it has migrated by then.
const ONCE = 'until python -IS /app/journal/healthcheck.py; do :; done; false'
const UNFIT = `healthcheck: {test: [CMD-SHELL, "${ONCE}"], interval: 1s, timeout: 60s, retries: 1, start_period: 1ms}`
const WITH_THREE = ['one', 'two', 'three']

let project: TestProject
let image = '1.0.0'
const run = async (target: string, env: Record<string, string> = {}) => {
  const settings = { JSON: '1', DEPLOY_SNAPSHOT: '1' }
  const { stdout, stderr, exitCode } = await project.make(target, { ...settings, ...env })
  return { ...(JSON.parse(stdout) as ReleaseEntry & { snapshot: string; next: string }), stderr, exitCode }
}
const succeed = async (target: string, env: Record<string, string> = {}) => {
  const result = await run(target, env)
  expect(result.exitCode, result.stderr).toBe(0)
  return result
}
const fail = async (target: string, env: Record<string, string> = {}) => {
  const result = await run(target, env)
  expect(result.exitCode, result.stderr).not.toBe(0)
  return result
}
const serving = async () => ((await (await fetch(`${project.url}/healthz`)).json()) as { version: string }).version

/** What a command in the application's image, as root, prints of a volume, or a folder, at /data. */
async function inVolume(volume: string, ...argv: string[]): Promise<string> {
  const options = ['--rm', ...labelsOf(project), '--network', 'none', '--user', '0', '--volume', `${volume}:/data`]
  return (await exec(['docker', 'run', ...options, `e2e/${project.name}:${image}`, ...argv], { quiet: true })).stdout
}
async function write(...texts: string[]): Promise<void> {
  const headers = { 'content-type': 'application/json' }
  for (const text of texts) {
    const { status } = await fetch(`${project.url}/entries`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ text }),
    })
    expect(status).toBe(201)
  }
}
const BODIES = 'import sqlite3; print(*sqlite3.connect("/data/journal.db").execute("SELECT body FROM entries"))'
/** The name of the volume that the application has at /data. */
async function current(): Promise<string> {
  const app = (await observe(project.name)).containers.find(({ service }) => service === 'app')
  const format = '{{range .Mounts}}{{if eq .Destination "/data"}}{{.Name}}{{end}}{{end}}'
  return (await exec(['docker', 'inspect', '--format', format, app?.id ?? ''], { quiet: true })).stdout.trim()
}
/** The ids of what the engine has with those labels. */
async function listed(what: readonly string[], ...labels: string[]): Promise<string> {
  const filters = labels.flatMap((label) => ['--filter', `label=${label}`])
  return (await exec(['docker', ...what, '--quiet', ...filters], { quiet: true })).stdout
}
/** What no run may leave: helpers, scratch volumes, and the stage's containers, networks and volumes. */
async function leftovers(): Promise<string> {
  const stage = `${COMPOSE_PROJECT}=${project.name}-stage`
  const mine = `${PROJECT_LABEL}=${project.name}`
  const found = await Promise.all([
    ...[
      ['ps', '--all'],
      ['network', 'ls'],
      ['volume', 'ls'],
    ].map((what) => listed(what, stage)),
    ...['helper', 'stage'].map((kind) => listed(['ps', '--all'], mine, `${OWNER}=${kind}`)),
    listed(['volume', 'ls'], mine, `${OWNER}=scratch`),
  ])
  return found.join('')
}
function migrate(number: string, before: string, statements: readonly string[]): void {
  const body = statements.map((statement) => `    op.execute(${JSON.stringify(statement)})\n`).join('')
  const head = `from alembic import op\n\nrevision, down_revision = "${number}", "${before}"\n`
  project.write(`${VERSIONS}/${number}_next.py`, `${head}\n\ndef upgrade():\n${body}`)
}
const makeUnfit = async () =>
  project.write(
    FILE,
    (await project.git('show', `v1.0.0:${FILE}`)).replace('networks: [default]', `${UNFIT}\n    networks: [default]`),
  )
const renamed = (schema: string) =>
  schema
    .replace('"text", Text,', '"body", Text, key="text",')
    .replace('"beats", Integer,', '"count", Integer, key="beats",')

beforeAll(async () => {
  project = await TestProject.create({ own: true })
  await project.must('build tag', { FORCE: 'untested' })
  migrate('0003', '0002', ADDS)
  await project.release('1.1.0')
  migrate('0004', '0003', DESTROYS)
  await project.release('1.2.0', SCHEMA, renamed)
  await project.git('checkout', 'v1.0.0', '--', SCHEMA)
  migrate('0004', '0003', ['ALTER TABLE missing RENAME TO something'])
  await project.release('1.3.0')
  await succeed('deploy', { VERSION: '1.0.0' })
  await write('one', 'two')
})
afterAll(async () => await project[Symbol.asyncDispose]())
afterEach(async () => expect(await leftovers()).toBe(''))

test('a failing rehearsal of a migration must stop the deploy, and production must not notice [fault 23]', async () => {
  const { containers } = await observe(project.name)
  const since = String(Date.now() / 1000)
  const refused = await fail('deploy', { VERSION: '1.3.0', REHEARSE: '1', READY_TIMEOUT: '5' })
  const because = expect.stringContaining('rehearsal: 1.3.0 does not come up on a clone of the data')
  expect(refused).toMatchObject({ outcome: 'refused', because })
  expect(refused.stderr).toContain('no such table: missing')
  const filters = ['--filter', `label=${COMPOSE_PROJECT}=${project.name}`, '--filter', 'event=create'] as const
  const period = ['--since', since, '--until', String(Date.now() / 1000)] as const
  expect((await exec(['docker', 'events', ...period, ...filters], { quiet: true })).stdout).toBe('')
  expect((await observe(project.name)).containers).toEqual(containers)
  expect(await readLines(project.url)).toEqual(['one', 'two'])
})

test('a version that migrates and then fails must leave the data, and say what has changed and how to go back [fault 23]', async () => {
  await makeUnfit()
  const failed = await fail('deploy', { VERSION: '1.1.0' })
  expect(failed).toMatchObject({ outcome: 'rolled back' })
  const id = failed.snapshot.slice(0, 8)
  expect(failed.stderr).toContain(`1.1.0 had started: since the snapshot ${id} the data have changed: `)
  expect(failed.stderr).toMatch(/data have changed: .*schema 0002 → 0003.*entries\.rows 2 → 3/)
  expect(failed.stderr).toContain(`the data as they were: make restore SNAPSHOT=${id}`)
  expect([await serving(), await readLines(project.url)]).toEqual(['1.0.0', WITH_THREE])
  await succeed('restore', { SNAPSHOT: id })
  expect([await serving(), await readLines(project.url)]).toEqual(['1.0.0', ['one', 'two']])
})

test('a rehearsal must say whether a rollback needs the data back', async () => {
  await project.git('checkout', 'v1.0.0', '--', FILE)
  const additive = await succeed('deploy', { VERSION: '1.1.0', REHEARSE: '1' })
  expect(additive).toMatchObject({ outcome: 'deployed', rehearsal: { needsData: false } })
  expect(additive.stderr).toContain('rehearsed: a rollback needs the data back: no')
  const destructive = await succeed('deploy', { VERSION: '1.2.0', REHEARSE: '1', READY_TIMEOUT: '20' })
  expect(destructive).toMatchObject({ outcome: 'deployed', rehearsal: { needsData: true } })
  expect(destructive.rehearsal?.changes).toContain('data.tables.entries.rows 3 → 0')
  expect(destructive.stderr).toContain('rehearsed: a rollback needs the data back: yes')
})

test('rollback DATA=restore must bring back the version with its data, and keep the replaced data', async () => {
  await write('of the day')
  const volume = await current()
  const back = await succeed('rollback', { DATA: 'restore' })
  expect([await serving(), await readLines(project.url)]).toEqual(['1.1.0', WITH_THREE])
  expect(await current()).not.toBe(volume)
  expect(back.stderr).toContain(`the data that were there before are in the volume ${volume}, until: make prune`)
  expect(await inVolume(volume, 'python', '-c', BODIES)).toContain('of the day')
  // They are in the snapshot, too, on which 1.1.0 cannot serve: what served goes on.
  const [restored, before] = [await current(), await observe(project.name)]
  const failed = await fail('restore', { SNAPSHOT: back.snapshot.slice(0, 10), READY_TIMEOUT: '5' })
  expect(failed).toMatchObject({ outcome: 'rolled back', version: '1.1.0' })
  const [, filled = ''] = /is in (\S+_data\.\d+)$/m.exec(failed.stderr) ?? []
  expect(await inVolume(filled, 'python', '-c', BODIES)).toContain('of the day')
  expect([await current(), await readLines(project.url)]).toEqual([restored, WITH_THREE])
  expect((await observe(project.name)).containers.map(({ id }) => id)).toEqual(before.containers.map(({ id }) => id))
})

test.each(['overlap', 'exclusive'])(
  'ON_FAILURE=restore-data must undo a version that destroys the data and fails, with them (%s) [fault 24]',
  async (rollout) => {
    await makeUnfit()
    const volume = await current()
    const settings = { APP_ROLLOUT: rollout, HOLD_TIMEOUT: '40', READY_TIMEOUT: '20' }
    const failed = await fail('deploy', { VERSION: '1.2.0', ON_FAILURE: 'restore-data', ...settings })
    await project.git('checkout', 'v1.0.0', '--', FILE)
    expect(failed, failed.stderr).toMatchObject({ outcome: 'rolled back with data' })
    expect([await serving(), await readLines(project.url)]).toEqual(['1.1.0', WITH_THREE])
    expect(failed.stderr).toContain(`what was written since is in the volume ${volume} `)
    expect(await inVolume(volume, 'python', '-c', BODIES)).toBe('\n')
  },
)

// Files beside the database, with names that a shell, a pattern or a list of lines would misread.
const ODD = `
import os
os.chdir("/data")
os.umask(0)
odd = ["-rf", " both ", ".hidden", "[*?]{a,b}\\\\", "$HOME $(id) \`id\`", "new\\nline", "quote'\\"", "#hash", "!bang", "né 🗡"]
odd += ["journal.db-notes", "journal.db.old", "journal.dbx", "journal.d?", "trailing ", b"latin\\xe9"]
for number, name in enumerate(odd):
    name = os.fsencode(name)
    with open(name, "wb") as file: file.write(name * number)
    os.chown(name, number * 1000, 4242)
    os.chmod(name, [0o600, 0o444, 0o2755, 0o777, 0o000][number % 5])
    os.utime(name, ns=(0, 1_000_000_000_123_456_789 + number))
os.makedirs("a folder/[x]/journal.db-wal/empty")
os.link("-rf", "a folder/hard link")
for target in ["../.hidden", "/etc/passwd", "nowhere\\n"]: os.symlink(target, "a folder/link " + str(len(target)))
os.chown("a folder/link 10", 77, 78, follow_symlinks=False)
for folder, mode in [("a folder/[x]/journal.db-wal/empty", 0o700), ("a folder/[x]", 0o3770), ("a folder", 0o555)]:
    os.chmod(folder, mode)
    os.utime(folder, (1, 2))
`
// Leaves out what the application itself changes: the database, and with it the folder's time.
const LIST = `cd /data && stat -c '%n %a %u:%g' . journal.db
find . -mindepth 1 ! -path './journal.db' ! -path './journal.db-journal' -printf '%P|%y %m %U:%G %n %T@ %l\\0' | sort -z
find . -type f ! -path './journal.db' ! -path './journal.db-journal' -print0 | sort -z | xargs -0 sha256sum --zero`

test('files of any name, owner, mode, time and kind must come back as they were, beside the lines [fault 56]', async () => {
  await inVolume(await current(), 'python', '-c', ODD)
  const list = async () => (await inVolume(await current(), 'bash', '-c', LIST)).split('\0')
  const before = await list()
  expect(before.length).toBeGreaterThan(40)
  await succeed('backup')
  await write('four')
  await succeed('restore')
  expect(await list()).toEqual(before)
  expect(await readLines(project.url)).toEqual(WITH_THREE)
})

test('after a disaster the checkout, the repository and its password must suffice [security 39]', async () => {
  const repository = join(project.folder, '.cache/repository')
  const password = join(project.folder, '.cache/password')
  mkdirSync(repository, { recursive: true })
  project.write('.cache/password', 'porthos\n')
  const env = { BACKUP_REPOSITORY: repository, BACKUP_PASSWORD_FILE: password }
  await write('of the last hour')
  const lines = await readLines(project.url)
  await succeed('backup', env)
  await removeProject(project.name)
  for (const what of [
    ['ps', '--all'],
    ['volume', 'ls'],
    ['image', 'ls', '--all'],
    ['network', 'ls'],
  ])
    expect(await listed(what, `${PROJECT_LABEL}=${project.name}`), what.join(' ')).toBe('')
  const { stdout } = await project.must('restore', env)
  const [, REF = ''] = /next: make ship REF=(\w+) /.exec(stdout) ?? []
  await project.must('build tag', { ...env, REF, FORCE: 'untested' })
  await succeed('deploy', { ...env, REF })
  image = await serving()
  expect([image, await readLines(project.url)]).toEqual(['1.1.0', lines])
  // Only root may remove what root's helpers have put there.
  await inVolume(repository, 'find', '/data', '-mindepth', '1', '-delete')
})
