import { mkdirSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { World } from '../testing/test-project.ts'
import { besideData, limitVolumes, refused, watchHelpers } from './damage.ts'

let world: World
const SNAPSHOT = { DEPLOY_SNAPSHOT: '1' }
const FILE = 'compose/app.yaml'

beforeAll(async () => {
  world = await World.create()
  // A hook that the environment chooses, and a file that does not change.
  world.write('.env', 'APP_HOOK=\n')
  await world.release('1.0.1', FILE, (text) =>
    text.replace('[journal-snapshot, /snapshot]', `[sh, -c, '\${APP_HOOK:-journal-snapshot /snapshot}']`),
  )
  await limitVolumes(world, 48)
  await world.must('deploy')
  await besideData(world, 'head -c 300000 /dev/urandom >/data/upload')
  await world.must('backup')
  // It needs room for a file of 24 MB.
  const START = '\nos.posix_fallocate(os.open("/data/cache", os.O_RDWR | os.O_CREAT), 0, 24_000_000)\n'
  await world.release('1.1.0', 'sample-app/src/journal/gunicorn_conf.py', (text) => text + START)
})
afterAll(async () => await world[Symbol.asyncDispose]())

test('a disk that is full under the repository must fail a backup and refuse a deploy, and both say so', async () => {
  await besideData(world, 'cat /dev/zero >/snapshots/ballast || true')
  expect(await refused(world, 'backup')).toMatch(
    /the disk is full: the volume dartagnan_snapshots\..*\n.*next: make prune/,
  )
  expect(await refused(world, 'deploy', SNAPSHOT)).toMatch(/refused: the disk is full: .*; 1\.0\.1 serves as before/)
  await besideData(world, 'rm /snapshots/ballast')
  await world.must('backup')
})

test('a disk that is full under the data must end a deploy that needs room in what served before, and say so', async () => {
  await besideData(world, 'head -c 32000000 /dev/zero >/data/ballast')
  expect(await refused(world, 'deploy')).toMatch(
    /No space left on device(?:.|\n)*rolled back: .*; 1\.0\.1 serves as before/,
  )
  await besideData(world, 'rm /data/ballast')
  await world.must('deploy', SNAPSHOT)
  await world.must('deploy', { VERSION: '1.0.1' })
  await besideData(world, 'rm /data/cache')
})

describe.each([
  ['truncated', 'truncate --size 1000 "$file"'],
  [
    'bit-flipped',
    'printf AAAAAAAAAAAAAAAA | dd of="$file" bs=1 seek=$(($(stat -c %s "$file") / 2)) conv=notrunc status=none',
  ],
])('a repository that is %s', (_, damage) => {
  test('must refuse a restore and touch nothing; the next backups must mend it, and what they verify be restorable', async () => {
    await besideData(world, `file=$(ls -S /snapshots/repository/data/*/* | head -n 1); chmod u+w "$file"; ${damage}`)
    expect(await refused(world, 'restore')).toMatch(/is damaged.*\n.*next: make /)
    // Files that have not changed since are damaged as well.
    const said = await refused(world, 'backup')
    expect(said).toMatch(/is damaged, in what this snapshot holds as well; it is repaired now\n.*next: make backup/)
    await world.must('backup')
    await world.must('restore')
  })
})

const restic = 'restic --insecure-no-password --no-cache'
/** A script that kills restic when it holds a lock. */
const killedWhile = (command: string) =>
  `${restic} ${command} >/dev/null & until ls /snapshots/repository/locks | grep -qxE "[0-9a-f]{64}"; do :; done; kill -9 $!`
const locks = async () => (await besideData(world, 'ls /snapshots/repository/locks')).split('\n').filter(Boolean)

test.each([
  ['exclusive', 'check', 'backup'],
  ['exclusive', 'check', 'prune'],
  ['shared', 'backup --stdin </dev/zero', 'prune'],
])(
  'an %s lock that a killed restic %s left must be removed by the next %s, which says so',
  async (_, command, next) => {
    await besideData(world, killedWhile(command))
    expect(await locks()).toHaveLength(1)
    const { stderr } = await world.must(next, { KEEP_SNAPSHOTS: 'last=1' })
    expect(stderr).toContain('was left locked by a killed run: unlocking it')
    expect(await locks()).toEqual([])
    await world.must('backup')
  },
)

test('a lock of another host must fail a backup and a prune, be named, and be left alone', async () => {
  await besideData(world, killedWhile('check'), 'porthos')
  expect(await refused(world, 'backup')).toMatch(/is locked by porthos \(process \d+\) since .*\n.*next: wait for it/)
  expect(await refused(world, 'prune')).toMatch(/is locked by porthos/)
  expect(await locks()).toHaveLength(1)
  await besideData(world, 'rm /snapshots/repository/locks/*')
  await world.must('backup')
})

describe('a hook', () => {
  afterAll(async () => {
    await world.must('deploy', { VERSION: '1.0.1' })
  })

  test.each([
    ['fails', 'echo no room >&2; exit 3', /failed: no room/],
    ['hangs', 'sleep 1000', /did not end within HOOK_TIMEOUT=5 seconds/],
    ['prints nothing', 'true', /does not describe the data: it printed ""/],
    [
      'describes something else',
      'journal-snapshot /snapshot >/dev/null; echo {\\"rows\\":1}',
      /of data: .*rows 1 → none/,
    ],
    ['copies nothing', 'echo {\\"rows\\":1}', /says something else of data/],
  ])('that %s must refuse the deploy, and nothing be touched', async (_, APP_HOOK, says) => {
    await world.must('deploy', { VERSION: '1.0.1', APP_HOOK })
    expect(await refused(world, 'deploy', { VERSION: '1.1.0', HOOK_TIMEOUT: '5', ...SNAPSHOT })).toMatch(says)
  })
})

describe('a repository in a folder of the host', () => {
  const MARKER = 'milady-de-winter'
  const place = () => {
    const [BACKUP_REPOSITORY, BACKUP_PASSWORD_FILE] = [`${world.folder}/backup`, `${world.folder}/password`]
    return { BACKUP_REPOSITORY, BACKUP_PASSWORD_FILE }
  }

  test('that is not there, or without its password file, must fail a backup and be named', async () => {
    expect(await refused(world, 'backup', { ...place(), BACKUP_PASSWORD_FILE: '' })).toContain(
      'needs BACKUP_PASSWORD_FILE',
    )
    world.write('password', `${MARKER}\n`)
    expect(await refused(world, 'backup', place())).toMatch(/there is no .*\/backup\n.*BACKUP_REPOSITORY/)
    mkdirSync(place().BACKUP_REPOSITORY)
    const nowhere = { ...place(), BACKUP_PASSWORD_FILE: `${world.folder}/nowhere` }
    expect(await refused(world, 'backup', nowhere)).toMatch(/there is no .*\/nowhere\n.*BACKUP_PASSWORD_FILE/)
  })

  test('must be encrypted by a password that is nowhere to be seen, and a wrong one fail', async () => {
    const seen = watchHelpers(world)
    const { stderr, stdout } = await world.must('backup', place())
    const told = [...(await seen()), stderr, stdout]
    expect(told.length).toBeGreaterThan(5)
    expect(told.filter((text) => text.includes(MARKER))).toEqual([])
    await world.must('restore', place())
    world.write('password', 'another\n')
    for (const target of ['backup', 'restore', 'snapshots'])
      expect(await refused(world, target, place())).toMatch(/the password does not open .*\n.*BACKUP_PASSWORD_FILE/)
  })
})

test('a file that cannot be read must fail the backup, and what there is of it be no snapshot', async () => {
  // A file system with a file that nobody can read, whatever his rights.
  const odd = 'volumes:\n  odd: {driver_opts: {type: binfmt_misc, device: binfmt_misc}}\n'
  await world.release('1.2.0', FILE, (text) =>
    text
      .replace('"data:/data"', '"data:/data", "odd:/odd"')
      .replace('x-snapshot: {', '$&volume: data, ')
      .replace(/^volumes:\n/m, odd),
  )
  await world.must('deploy')
  const ids = async () => JSON.parse((await world.must('snapshots', { JSON: '1' })).stdout) as { snapshots: unknown[] }
  const before = await ids()
  expect(await refused(world, 'backup')).toMatch(/the snapshot is incomplete: odd\/register could not be read/)
  expect(await ids()).toEqual(before)
  // Where nobody writes there is no pass while in use that would have shown it.
  await world.must('down')
  const { stderr } = await world.make('backup')
  expect(stderr).toContain('the snapshot is incomplete: odd/register could not be read')
  expect(await ids()).toEqual(before)
})
