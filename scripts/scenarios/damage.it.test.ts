import { mkdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { exec } from '../cli/io/exec.ts'
import { waitFor } from '../cli/io/wait.ts'
import { APP } from '../docker/compose-model.ts'
import { listContainers } from '../docker/io/engine.ts'
import { labelsOf } from '../testing/image.ts'
import { findLostOrDoubled, type Seen, startTraffic } from '../testing/load.ts'
import { casesOf, inProof, proving, testInProof } from '../testing/proof.ts'
import { TestProject } from '../testing/test-project.ts'
import { besideData, limitVolumes, refused, watchHelpers } from './damage.ts'

let project: TestProject
async function startTrafficFor(url: string, seconds: number): Promise<Seen> {
  const traffic = startTraffic(url, { pause: 20 })
  await sleep(seconds * 1000)
  return await traffic.stop()
}
const SNAPSHOT = { DEPLOY_SNAPSHOT: '1' }
const FILE = 'compose/app.yaml'

beforeAll(async () => {
  project = await TestProject.create()
  // A hook that the environment chooses, and a file that does not change.
  project.write('.env', 'APP_HOOK=\n')
  await project.release('1.0.1', FILE, (text) =>
    text.replace('[journal-snapshot, /snapshot]', `[sh, -c, '\${APP_HOOK:-journal-snapshot /snapshot}']`),
  )
  await limitVolumes(project, 48)
  await project.must('deploy')
  await besideData(project, 'head -c 300000 /dev/urandom >/data/upload')
  await project.must('backup')
  // It needs room for a file of 24 MB, and asks first: to try takes all the space for a moment, which the version before may need.
  const START = `
room = os.statvfs("/data")
if not os.path.exists("/data/cache") and room.f_bavail * room.f_frsize < 24_000_000:
    raise OSError(28, os.strerror(28))
open("/data/cache", "wb").write(bytes(24_000_000))
`
  await project.release('1.1.0', 'sample-app/src/journal/gunicorn_conf.py', (text) => text + START)
})
afterAll(async () => await project[Symbol.asyncDispose]())

test('a full disk under the repository must fail a backup and refuse a deploy, and both must say so [fault 44]', async () => {
  await besideData(project, 'cat /dev/zero >/snapshots/ballast || true')
  expect(await refused(project, 'backup')).toMatch(
    /the disk is full: the volume dartagnan_snapshots\..*\n.*next: make prune/,
  )
  expect(await refused(project, 'deploy', SNAPSHOT)).toMatch(/refused: the disk is full: .*; 1\.0\.1 serves as before/)
  await besideData(project, 'rm /snapshots/ballast')
  await project.must('backup')
})

test('an application on a full data disk must say so to its clients, and lose nothing that it has acknowledged [fault 45]', async () => {
  const traffic = startTraffic(project.url)
  await besideData(project, 'cat /dev/zero >/data/ballast || true')
  // Its file has some free pages: they are filled first. Then its health check says that it cannot store, so 503 is answered.
  const { failures } = await startTrafficFor(project.url, 3)
  await besideData(project, 'rm /data/ballast')
  expect(await waitFor(async () => (await fetch(`${project.url}/healthz`)).ok, 20)).toBe(true)
  const seen = await traffic.stop()
  expect(failures.length).toBeGreaterThan(0)
  expect([...failures, ...seen.failures].filter((one) => !/: answered 50[03] /.test(one))).toEqual([])
  expect(await findLostOrDoubled(project.url, seen)).toEqual([])
  const sound =
    'import sqlite3; print(sqlite3.connect("/data/journal.db").execute("PRAGMA integrity_check").fetchone()[0])'
  const app = (await listContainers(project.name)).find(({ service }) => service === APP)
  const { stdout } = await exec(['docker', 'exec', app?.id ?? '', 'python', '-c', sound], { quiet: true })
  expect(stdout).toBe('ok\n')
})

test('a deploy that needs space on a full data disk must return to the version before, and say so [fault 45]', async () => {
  await besideData(project, 'head -c 32000000 /dev/zero >/data/ballast')
  expect(await refused(project, 'deploy')).toMatch(
    /No space left on device(?:.|\n)*rolled back: .*; 1\.0\.1 serves as before/,
  )
  await besideData(project, 'rm /data/ballast')
})

testInProof('once there is space again, the same deploy must go through [fault 45]', async () => {
  await project.must('deploy', SNAPSHOT)
  await project.must('deploy', { VERSION: '1.0.1' })
  await besideData(project, 'rm /data/cache')
})

const DAMAGES = [
  ['truncated', 'truncate --size 1000 "$file"'],
  [
    'bit-flipped',
    'printf AAAAAAAAAAAAAAAA | dd of="$file" bs=1 seek=$(($(stat -c %s "$file") / 2)) conv=notrunc status=none',
  ],
] as const
describe.each(casesOf(DAMAGES, ([name]) => name === 'bit-flipped'))('a repository that is %s', (_, damage) => {
  test('must refuse a restore and touch nothing; the next backups must mend it, and what they verify be restorable [fault 47]', async () => {
    await besideData(project, `file=$(ls -S /snapshots/repository/data/*/* | head -n 1); chmod u+w "$file"; ${damage}`)
    expect(await refused(project, 'restore')).toMatch(/is damaged.*\n.*next: make /)
    // Files that have not changed since are damaged as well.
    const said = await refused(project, 'backup')
    expect(said).toMatch(/is damaged, in what this snapshot holds as well; it is repaired now\n.*next: make backup/)
    await project.must('backup')
    if (proving) await project.must('restore')
  })
})

const restic = 'restic --insecure-no-password --no-cache'
/** A script that kills restic when it holds a lock. */
const killedWhile = (command: string) =>
  `${restic} ${command} >/dev/null & until ls /snapshots/repository/locks | grep -qxE "[0-9a-f]{64}"; do kill -0 $!; done; kill -9 $!`
const locks = async () => (await besideData(project, 'ls /snapshots/repository/locks')).split('\n').filter(Boolean)

const LOCKS = [
  ['exclusive', 'check', 'backup'],
  ['exclusive', 'check', 'prune'],
  ['shared', 'backup --stdin </dev/zero', 'prune'],
] as const
test.each(casesOf(LOCKS, () => false))(
  'an %s lock that a killed restic %s left must be removed by the next %s, which says so [fault 58]',
  async (_, command, next) => {
    await besideData(project, killedWhile(command))
    expect(await locks()).toHaveLength(1)
    const { stderr } = await project.must(next, { KEEP_SNAPSHOTS: 'last=1' })
    expect(stderr).toContain('was left locked by a killed run: unlocking it')
    expect(await locks()).toEqual([])
    if (next !== 'backup') await project.must('backup')
  },
)

testInProof(
  'a lock of another host must fail a backup and a prune, be named, and be left alone [fault 58]',
  async () => {
    await besideData(project, killedWhile('check'), 'porthos')
    expect(await refused(project, 'backup')).toMatch(
      /is locked by porthos \(process \d+\) since .*\n.*next: wait for it/,
    )
    expect(await refused(project, 'prune')).toMatch(/is locked by porthos/)
    expect(await locks()).toHaveLength(1)
    await besideData(project, 'rm /snapshots/repository/locks/*')
    await project.must('backup')
  },
)

describe('a repository in a folder of the host', () => {
  const MARKER = 'milady-de-winter'
  const place = () => {
    const [BACKUP_REPOSITORY, BACKUP_PASSWORD_FILE] = [`${project.folder}/backup`, `${project.folder}/password`]
    return { BACKUP_REPOSITORY, BACKUP_PASSWORD_FILE }
  }

  test('that is not there, or without its password file, must fail a backup and be named', async () => {
    expect(await refused(project, 'backup', { ...place(), BACKUP_PASSWORD_FILE: '' })).toContain(
      'needs BACKUP_PASSWORD_FILE',
    )
    project.write('password', `${MARKER}\n`)
    expect(await refused(project, 'backup', place())).toMatch(/there is no .*\/backup\n.*BACKUP_REPOSITORY/)
    mkdirSync(place().BACKUP_REPOSITORY)
    const nowhere = { ...place(), BACKUP_PASSWORD_FILE: `${project.folder}/nowhere` }
    expect(await refused(project, 'backup', nowhere)).toMatch(/there is no .*\/nowhere\n.*BACKUP_PASSWORD_FILE/)
  })

  test('that is read-only must fail a backup and refuse a deploy, and be named [fault 46]', async () => {
    project.write('password', `${MARKER}\n`)
    const volume = `${project.name}-read-only`
    const options = ['type=tmpfs', 'device=tmpfs', 'o=ro'].flatMap((one) => ['--opt', one])
    await exec(['docker', 'volume', 'create', ...labelsOf(project), ...options, volume], { quiet: true })
    // It is a folder of the host for as long as a container has it.
    const keeper = ['--detach', '--init', '--no-healthcheck', ...labelsOf(project), '--volume', `${volume}:/volume`]
    await exec(['docker', 'run', ...keeper, '--entrypoint', 'sleep', `e2e/${project.name}:1.0.1`, 'infinity'], {
      quiet: true,
    })
    const format = ['--format', '{{.Mountpoint}}']
    const { stdout } = await exec(['docker', 'volume', 'inspect', ...format, volume], { quiet: true })
    const settings = { ...place(), BACKUP_REPOSITORY: stdout.trim() }
    expect(await refused(project, 'backup', settings)).toMatch(
      /-read-only\/_data cannot be written\n.*BACKUP_REPOSITORY/,
    )
    expect(await refused(project, 'deploy', { ...settings, ...SNAPSHOT, VERSION: '1.1.0' })).toMatch(
      /refused: .*-read-only\/_data cannot be written; 1\.0\.1 serves as before/,
    )
  })

  testInProof(
    'must be encrypted by a password that is nowhere to be seen, and a wrong one fail [security 39]',
    async () => {
      const seen = watchHelpers(project)
      const { stderr, stdout } = await project.must('backup', place())
      const told = [...(await seen()), stderr, stdout]
      expect(told.length).toBeGreaterThan(5)
      expect(told.filter((text) => text.includes(MARKER))).toEqual([])
      await project.must('restore', place())
      project.write('password', 'another\n')
      for (const target of ['backup', 'restore', 'snapshots'])
        expect(await refused(project, target, place())).toMatch(/the password does not open .*\n.*BACKUP_PASSWORD_FILE/)
    },
  )
})

inProof(() =>
  describe('a hook', () => {
    const HOOKS: [string, string, RegExp][] = [
      ['fails', 'echo no room >&2; exit 3', /failed: no room/],
      ['hangs', 'sleep 1000', /did not end within HOOK_TIMEOUT=5 seconds/],
      ['prints nothing', 'true', /does not describe the data: it printed ""/],
      [
        'describes something else',
        'journal-snapshot /snapshot >/dev/null; echo {\\"rows\\":1}',
        /of data: .*rows 1 → none/,
      ],
      ['copies nothing', 'echo {\\"rows\\":1}', /says something else of data/],
    ]
    test.each(HOOKS)('that %s must refuse the deploy, and nothing be touched', async (_, APP_HOOK, says) => {
      await project.must('deploy', { VERSION: '1.0.1', APP_HOOK })
      expect(await refused(project, 'deploy', { VERSION: '1.1.0', HOOK_TIMEOUT: '5', ...SNAPSHOT })).toMatch(says)
    })
  }),
)

testInProof(
  'an unreadable file must fail the backup, and the partial copy must not count as a snapshot [fault 59]',
  async () => {
    // A file system with a file that nobody can read, whatever his rights.
    const odd = 'volumes:\n  odd: {driver_opts: {type: binfmt_misc, device: binfmt_misc}}\n'
    await project.release('1.2.0', FILE, (text) =>
      text
        .replace('"data:/data"', '"data:/data", "odd:/odd"')
        .replace('x-snapshot: {', '$&volume: data, ')
        .replace(/^volumes:\n/m, odd),
    )
    await project.must('deploy')
    const ids = async () =>
      JSON.parse((await project.must('snapshots', { JSON: '1' })).stdout) as { snapshots: unknown[] }
    const before = await ids()
    expect(await refused(project, 'backup')).toMatch(/the snapshot is incomplete: odd\/register could not be read/)
    expect(await ids()).toEqual(before)
  },
)

testInProof(
  'where nobody writes, no pass while in use shows an unreadable file: the backup must fail all the same',
  async () => {
    await project.must('down')
    const { stderr } = await project.make('backup')
    expect(stderr).toContain('the snapshot is incomplete: odd/register could not be read')
  },
)
