import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { exec } from '../cli/io/exec.ts'
import { forceWords } from '../config/options.ts'
import { findVolume } from '../data/io/volumes.ts'
import type { Snapshot } from '../data/snapshot.ts'
import { COMPOSE_PROJECT, PROJECT_LABEL } from '../docker/labels.ts'
import { lastGood } from '../release/io/history.ts'
import { observe } from '../rollout/io/observe.ts'
import { ledgerPath } from '../state/io/ledger.ts'
import { removeProject } from '../test/io/sweep.ts'
import { readLines } from '../testing/load.ts'
import { casesOf, testInProof } from '../testing/proof.ts'
import { TestProject } from '../testing/test-project.ts'

const FILE = 'compose/app.yaml'
const ENV = { VERSION: '1.0.0' }
const LINES = ['one', 'two']

let project: TestProject
const docker = async (...argv: string[]) => (await exec(['docker', ...argv], { quiet: true })).stdout.trim()
/** The volume that holds the data now. */
const current = () => lastGood(project.name)?.volumes[0]?.name ?? ''
const running = async () => (await observe(project.name)).containers.map(({ id }) => id).sort()
const volumes = async () =>
  (await docker('volume', 'ls', '--quiet', '--filter', `label=${PROJECT_LABEL}=${project.name}`)).split('\n')
const snapshots = async () =>
  (JSON.parse((await project.must('snapshots', { JSON: '1' })).stdout) as { snapshots: Snapshot[] }).snapshots

/** What a target that must be refused says; it may touch nothing. */
async function refused(
  target: string,
  env: Record<string, string> = {},
): Promise<{ stderr: string; document: object }> {
  const before = [await running(), await volumes()]
  const { exitCode, stdout, stderr } = await project.make(target, { ...ENV, JSON: '1', ...env })
  expect(exitCode, stderr).not.toBe(0)
  expect([await running(), await volumes()]).toEqual(before)
  return { stderr, document: JSON.parse(stdout) as object }
}
async function expectServed(): Promise<void> {
  expect(await readLines(project.url)).toEqual(LINES)
  expect((await project.must('status')).stdout).toContain(': serving')
}

beforeAll(async () => {
  project = await TestProject.create()
  await project.must('build tag deploy', { FORCE: 'untested' })
  const headers = { 'content-type': 'application/json' }
  for (const text of LINES)
    await fetch(`${project.url}/entries`, { method: 'POST', headers, body: JSON.stringify({ text }) })
  await project.must('backup')
})
afterAll(async () => await project[Symbol.asyncDispose]())

testInProof(
  'down, clean and prune must keep the data, and so must a human with Compose and the release [fault 55]',
  async () => {
    const before = await findVolume(current())
    await project.must('down clean prune')
    expect(await findVolume(current())).toEqual(before)
    await project.must('deploy', ENV)
    const file = ledgerPath(project.name, 'releases', `${lastGood(project.name)?.id}.json`)
    for (const named of casesOf([['--file', file], []], (_, index) => index === 0)) {
      await docker('compose', '--project-name', project.name, ...named, 'down', '--volumes')
      expect(await running()).toEqual([])
      expect(await findVolume(current())).toEqual(before)
      await project.must('deploy', ENV)
      await expectServed()
    }
  },
)

const erase = async () => await docker('volume', 'rm', current())
const labels = (project: string) =>
  [COMPOSE_PROJECT, PROJECT_LABEL].flatMap((name) => ['--label', `${name}=${project}`])
const make = async (project: string) => {
  const name = current()
  await erase()
  await docker('volume', 'create', ...labels(project), name)
}
const empty = async () => {
  const mount = ['--volume', `${current()}:/data`, '--user', '0', '--network', 'none']
  await docker('run', '--rm', ...mount, `e2e/${project.name}:1.0.0`, 'find', '/data', '-mindepth', '1', '-delete')
}
const SPOILT: [string, () => Promise<unknown>, string][] = [
  ['was removed', erase, 'which holds the data, is missing'],
  ['was made anew', () => make(project.name), 'is not the one that held the data: it was made anew at 20'],
  ['was emptied', empty, 'is empty, and it was not'],
]
test.each(casesOf(SPOILT, ([how]) => how === 'was emptied'))(
  'a volume that %s must stop the deploy, and restore must bring the data back [fault 54]',
  async (_, spoil, says) => {
    await project.must('down')
    const name = current()
    await spoil()
    const { stderr, document } = await refused('deploy')
    expect(stderr).toContain(`the volume ${name}`)
    expect(stderr).toContain(says)
    expect(document).toMatchObject({ outcome: 'refused', next: expect.stringMatching(/^make restore /) })
    await project.must('restore')
    await expectServed()
  },
)

testInProof(
  "another project's volume must never be used, whatever is forced, nor a new one where it was removed [fault 54]",
  async () => {
    await project.must('down')
    await make('e2e-athos')
    const { stderr } = await refused('deploy', { FORCE: forceWords.join(',') })
    expect(stderr).toContain(`${current()} belongs to the project "e2e-athos"`)
    await erase()
    expect((await refused('deploy')).stderr).toContain(`the volume ${current()}, which holds the data, is missing`)
    await project.must('restore')
    await expectServed()
  },
)

test('another PROJECT for the same images must be asked about before it begins empty', async () => {
  const second = { PROJECT: `${project.name}-second`, PORT: String(project.port + 1) }
  try {
    const { stderr, document } = await refused('deploy', second)
    expect(document).toMatchObject({ outcome: 'refused' })
    expect(stderr).toContain(`the project "${project.name}" on this engine holds those of e2e/${project.name}`)
    expect(await findVolume(`${second.PROJECT}_data`)).toBeUndefined()
    await project.must('deploy', { ...ENV, ...second, FORCE: 'second-project' })
    expect(await readLines(project.url.replace(String(project.port), second.PORT))).toEqual([])
  } finally {
    await removeProject(second.PROJECT)
  }
  await expectServed()
})

test('a volume renamed in the Compose file must stop the deploy', async () => {
  const text = readFileSync(join(project.folder, FILE), 'utf8')
  project.write(FILE, text.replace('"data:/data"', '"store:/data"').replace('\n  data: {}', '\n  store: {}'))
  const { stderr, document } = await refused('deploy')
  project.write(FILE, text)
  expect(document).toMatchObject({ outcome: 'refused' })
  expect(stderr).toContain(`this release no longer mounts the volume ${current()} (data)`)
  await expectServed()
})

test.each(casesOf([undefined, 'e2e-somebody-else'], (name) => name !== undefined))(
  'destroy with CONFIRM=%s must show what would go, and remove nothing',
  async (CONFIRM) => {
    const { stderr, document } = await refused('destroy', CONFIRM === undefined ? {} : { CONFIRM })
    expect(stderr).toContain(`make destroy CONFIRM=${project.name}`)
    expect(stderr).toMatch(new RegExp(`^${current()} +[\\d.]+ [kM]?B +[1-9]`, 'm'))
    expect(document).toMatchObject({
      project: project.name,
      volumes: expect.arrayContaining([{ name: current(), bytes: expect.any(Number), files: expect.any(Number) }]),
    })
    await expectServed()
  },
)

testInProof('destroy must take a last snapshot, remove everything else, and leave what restore needs', async () => {
  const before = await snapshots()
  const { stdout } = await project.must('destroy', { CONFIRM: project.name, JSON: '1' })
  const { snapshot } = JSON.parse(stdout) as { snapshot: string }
  expect((await snapshots()).map(({ id }) => id)).toEqual([...before.map(({ id }) => id), snapshot])
  expect(await running()).toEqual([])
  expect(await volumes()).toEqual([`dartagnan_snapshots.${project.name}`])
  await project.must('restore', { SNAPSHOT: snapshot })
  await expectServed()
})

testInProof('destroy FORCE=no-snapshot must take no snapshot', async () => {
  const before = await snapshots()
  await project.must('destroy', { CONFIRM: project.name, FORCE: 'no-snapshot' })
  expect(await snapshots()).toEqual(before)
  expect(await volumes()).toEqual([`dartagnan_snapshots.${project.name}`])
})
