import { appendFileSync, readdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { exec, tryExec } from '../cli/io/exec.ts'
import { waitFor } from '../cli/io/wait.ts'
import { listContainers } from '../docker/io/engine.ts'
import { lastGood } from '../release/io/history.ts'
import { ledgerFolder, ledgerPath } from '../state/io/ledger.ts'
import { removeProject } from '../test/io/sweep.ts'
import { readLines } from '../testing/load.ts'
import { casesOf, roundsOf, testInProof } from '../testing/proof.ts'
import { TestProject } from '../testing/test-project.ts'

// The ledger is the memory of a project: a torn byte in it must not end anything.
let project: TestProject
const file = (...parts: string[]) => ledgerPath(project.name, ...parts)
const release = () => file('releases', `${lastGood(project.name)?.id}.json`)
const deploy = async (VERSION: string, env: Record<string, string> = {}) =>
  await project.make('deploy', { VERSION, ...env })
const post = async (text: string) =>
  await fetch(`${project.url}/entries`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ text }),
  })

beforeAll(async () => {
  project = await TestProject.create()
  await project.buildTwo()
  for (const version of ['1.0.0', '1.1.0', '1.0.0'].slice(roundsOf(2, 0)))
    await project.must('deploy', { VERSION: version })
  await post('kept')
})
afterAll(async () => await project[Symbol.asyncDispose]())
afterEach(async () => {
  expect(await readLines(project.url)).toEqual(['kept'])
  expect((await project.must('status')).stdout).toContain(': serving')
})
const watches = async () => readFileSync(file('journal.json'), 'utf8').includes('watch ')

/** The version that does not serve. */
async function another(): Promise<string> {
  const { version } = JSON.parse((await (await fetch(`${project.url}/healthz`)).text()) || '{}') as { version: string }
  return version === '1.0.0' ? '1.1.0' : '1.0.0'
}

/** What history, status, plan and a deploy of the other version say; all of them must work. */
async function goOn(): Promise<string> {
  const said: string[] = []
  for (const target of ['history', 'status', 'plan']) said.push((await project.must(target)).stderr)
  const deployed = await deploy(await another())
  expect(deployed.exitCode, deployed.stderr).toBe(0)
  return said.join('') + deployed.stderr
}

testInProof(
  'a torn record must be named and set aside, and spoil neither the next one nor another project',
  async () => {
    const path = file('releases.jsonl')
    const before = readFileSync(path, 'utf8').split('\n').length - 1
    appendFileSync(path, '{"outcome":"deployed","vers')
    const second = { PROJECT: `${project.name}-second`, PORT: String(project.port + 1) }
    try {
      const { stderr } = await project.must('deploy', {
        ...second,
        VERSION: '1.0.0',
        FORCE: 'second-project',
      })
      expect(stderr).toContain(
        `/ledger/${project.name}/releases.jsonl in the volume dartagnan_ledger is damaged in line ${before + 1}`,
      )
    } finally {
      await removeProject(second.PROJECT)
    }
    expect(await goOn()).toContain('the damaged lines of')
    expect(readFileSync(`${path}.aside`, 'utf8')).toBe('{"outcome":"deployed","vers\n')
    expect(JSON.parse((await project.must('history', { JSON: '1' })).stdout)).toHaveLength(before + 1)
  },
)

const LOST: [string, (path: string) => void][] = [
  ['emptied', (path: string) => truncateSync(path)],
  ['null', (path: string) => writeFileSync(path, 'null\n')],
  ['removed', (path: string) => rmSync(path)],
]
test.each(casesOf(LOST, () => false))(
  'which volumes hold the data must be known again where that was %s',
  async (_, spoil) => {
    for (const name of ['volumes.json', 'current-volumes.json']) spoil(file(name))
    await goOn()
    for (const name of ['volumes.json', 'current-volumes.json'])
      expect(JSON.stringify(JSON.parse(readFileSync(file(name), 'utf8')))).toContain(`${project.name}_data`)
  },
)

const RUN_LOGS: [string, string][] = [
  ['is empty', ''],
  ['is null', 'null'],
  ['is a number', '7'],
  ['lacks fields', '{"format": 1}'],
  [
    'names a release that is gone',
    JSON.stringify({
      ...{ format: 1, target: 'deploy', version: '9.9.9', release: 'gone', from: '', step: 'x', number: 1, of: 2 },
      ...{ stopping: [], by: 'x', at: '2026-01-01T00:00:00Z', since: '2026-01-01T00:00:00Z' },
    }),
  ],
]
test.each(casesOf(RUN_LOGS, ([how]) => /null/.test(how)))(
  'a run log that %s must be refused in one line, and FORCE=run-log must set it aside [fault 10]',
  async (_, text) => {
    writeFileSync(file('journal.json'), text)
    for (const target of ['status', 'deploy', 'plan', 'prune']) {
      const { exitCode, stderr } = await project.make(target, { VERSION: '1.0.0' })
      expect(exitCode).not.toBe(0)
      expect(stderr).toMatch(/^error: .*\n +next: .*make deploy FORCE=run-log/m)
      expect(stderr).not.toContain('a defect of the toolkit')
    }
    const forced = await deploy('1.0.0', { FORCE: 'run-log' })
    expect(forced.exitCode, forced.stderr).toBe(0)
    expect(readdirSync(file('.')).some((name) => name.startsWith('journal.json.aside-'))).toBe(true)
  },
)

testInProof(
  'the file of the release that serves, lost, must be said, and FORCE=lost-release must go on without it',
  async () => {
    const path = release()
    const kept = readFileSync(path)
    truncateSync(path)
    const refused = await deploy('1.1.0')
    expect(refused.exitCode).not.toBe(0)
    expect(refused.stderr).toMatch(/is damaged\n +next: make deploy FORCE=lost-release/)
    // Nobody knows which images and volumes it needs.
    const pruned = await project.must('prune', { KEEP: '1' })
    expect(pruned.stdout).not.toContain('1.1.0')
    expect(pruned.stderr.match(/is damaged: it is left out/g)).toHaveLength(1)
    const forced = await deploy('1.1.0', { FORCE: 'lost-release' })
    expect(forced.exitCode, forced.stderr).toBe(0)
    writeFileSync(path, kept)
  },
)

test('a lock file that is removed must stop its run before the next step, and the next run must finish or undo it [fault 9]', async () => {
  const running = project.make('deploy', { VERSION: await another(), BAKE_TIME: '5' })
  expect(await waitFor(async () => await watches().catch(() => false), 60)).toBe(true)
  rmSync(file('lock'))
  const { exitCode, stderr } = await running
  expect(exitCode).not.toBe(0)
  expect(stderr).toMatch(/was removed while this run held it.*\n +next: make status/)
  expect((await project.must('status')).stderr).toMatch(/was interrupted at .*; .* (this is finished|this is undone)/)
  expect((await listContainers(project.name)).map(({ service }) => service).sort()).toEqual(['app', 'proxy'])
})

describe('a ledger that is', () => {
  const kept = () => `${ledgerFolder(project.name)}-kept`
  const memory = () => `/dev/shm/${project.name}`
  // A tmpfs of the container that this runs in, and a file system that is read-only there.
  const moveTo = async (place: string) => {
    await exec(['mv', ledgerFolder(project.name), kept()], { quiet: true })
    symlinkSync(place, ledgerFolder(project.name))
  }
  afterEach(async () => {
    rmSync(ledgerFolder(project.name))
    await exec(['rm', '-rf', memory(), '/dev/shm/ballast'], { quiet: true })
    await exec(['mv', kept(), ledgerFolder(project.name)], { quiet: true })
  })
  const ids = async () => (await listContainers(project.name)).map(({ id }) => id)

  const HOW: [string, string][] = [
    ['full', 'refused'],
    ['read-only', 'refused'],
    ['full from the middle on', 'rolled back'],
  ]
  test.each(casesOf(HOW, ([how]) => !how.endsWith('on')))(
    '%s must end a deploy as %s, and the version before must serve [fault 11]',
    async (how, outcome) => {
      const before = await ids()
      await exec(['cp', '--archive', ledgerFolder(project.name), memory()], { quiet: true })
      await moveTo(how === 'read-only' ? '/sys/kernel' : memory())
      const fill = async () => await tryExec(['dd', 'if=/dev/zero', 'of=/dev/shm/ballast', 'bs=64k'], { quiet: true })
      if (how === 'full') await fill()
      const run = deploy(await another(), { JSON: '1', BAKE_TIME: '2' })
      if (how.endsWith('on')) {
        expect(await waitFor(async () => await watches().catch(() => false), 60)).toBe(true)
        await fill()
      }
      const { exitCode, stdout, stderr } = await run
      expect(exitCode).not.toBe(0)
      expect(JSON.parse(stdout)).toMatchObject({ outcome })
      expect(stderr).toMatch(/the ledger .* cannot be written: E(NOSPC|ROFS).*\n +next: \S/)
      expect(await ids()).toEqual(before)
    },
  )
})
