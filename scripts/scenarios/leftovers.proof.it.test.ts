import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { digest } from '../cli/digest.ts'
import { exec } from '../cli/io/exec.ts'
import { waitFor } from '../cli/io/wait.ts'
import { lockedImage } from '../image/io/images.ts'
import { listLedgers } from '../state/io/ledger.ts'
import { labelsOf } from '../testing/image.ts'
import { TestProject } from '../testing/test-project.ts'
import { shortenTests } from './short-tests.ts'

// Each target, and the seconds in which it ends on a slow host: it is killed at any moment of these.
const TARGETS = { test: 15, push: 6, bundle: 12, backup: 7, restore: 14, prune: 6 } as const
// What dies: the container of the toolkit, Make on the host alone or with all that it has started, or every process of the
// run inside the container.
const WHAT = ['container', 'make', 'group', 'inside'] as const
const NEXT = ['status', 'history', 'plan', 'backup', 'snapshots'] as const
// Another number is another thirty rounds.
const SEED = 1
const chance = (...of: unknown[]) => Number.parseInt(digest([SEED, ...of], 8), 16) / 2 ** 32
const ROUNDS = Array.from({ length: 30 }, (_, round) => {
  const target = (Object.keys(TARGETS) as (keyof typeof TARGETS)[])[round % 6] ?? 'test'
  const pick = <T>(from: readonly T[], what: string) => from[Math.floor(chance(round, what) * from.length)] as T
  return { round, target, what: pick(WHAT, 'what'), next: pick(NEXT, 'next'), after: chance(round) * TARGETS[target] }
})

let project: TestProject
let repository: string
// Its tests have the lock of its own project, as a user's have. What is pruned must be this run's alone.
const environment = (target: string) => ({
  ...project.environment(),
  ...(target === 'prune' ? {} : { DARTAGNAN_CHECK: '' }),
  ...(target === 'push' ? { IMAGE_REPOSITORY: repository } : {}),
  FORCE: target === 'test' ? 'retest' : target === 'push' ? 'untested' : '',
})

beforeAll(async () => {
  project = await TestProject.create({ own: true })
  shortenTests(project)
  await project.commit('1.1.0')
  await project.must('build tag deploy backup', { FORCE: 'untested' })
  const registry = `${project.name}-registry`
  const run = ['docker', 'run', '--detach', ...labelsOf(project), '--name', registry] as const
  await exec([...run, '--publish', '127.0.0.1::5000', lockedImage('registry').reference], { quiet: true })
  const { stdout } = await exec(['docker', 'port', registry, '5000'], { quiet: true })
  repository = `${stdout.trim()}/${project.name}`
  await exec(['docker', 'image', 'tag', `e2e/${project.name}:1.1.0`, `${repository}:1.1.0`], { quiet: true })
  // The toolkit with its packages is made once, and stays.
  await project.must('bundle')
})
afterAll(async () => {
  await exec(['docker', 'image', 'rm', `${repository}:1.1.0`], { quiet: true })
  await project[Symbol.asyncDispose]()
})

/** What the engine, the ledger and the checkout have of the project, by kind. */
async function observe(): Promise<Record<string, string[]>> {
  const list = async (...argv: string[]) => {
    const { stdout } = await exec(['docker', ...argv], { quiet: true })
    const found = stdout.split('\n').filter((line) => line.includes(project.name) || line.includes(testRun))
    // A restore makes containers with other numbers, and keeps the volume that it has replaced until a prune takes it.
    const names = found.map((line) => line.split(' ')[0]?.replace(/(-app-)\d+$/, '$1') ?? '')
    return names.filter((name) => !/_data(\.\d+)?$/.test(name)).toSorted()
  }
  const testRun = digest(project.name, 6)
  const format = (name: string) => ['--format', `{{.${name}}} {{.Labels}}`]
  return {
    containers: await list('ps', '--all', '--no-trunc', '--format', '{{.Names}} {{.Labels}} {{.Mounts}}'),
    volumes: await list('volume', 'ls', ...format('Name')),
    networks: await list('network', 'ls', ...format('Name')),
    images: await list('image', 'ls', '--all', '--no-trunc', '--format', '{{.Repository}}:{{.Tag}} {{.ID}}'),
    ledger: listLedgers().filter((name) => name.includes(testRun)),
    files: globSync(['bundles/.*', '.cache/*'], { cwd: project.folder }),
  }
}

/** Kills a run of a target, and gives what it printed. */
async function kill(target: string, what: (typeof WHAT)[number], after: number): Promise<string> {
  const argv = what === 'inside' ? [`_${target}`] : [target]
  const env = { ...process.env, ...environment(target) }
  const make = spawn('make', argv, { cwd: project.folder, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [make.stdout, make.stderr]) stream.on('data', (piece: Buffer) => (said += piece))
  const ended = once(make, 'exit')
  await Promise.race([sleep(after * 1000), ended])
  if (make.exitCode !== null) return said
  const filter = ['--filter', `volume=${project.folder}`, '--filter', 'label=com.docker.compose.service=toolkit']
  const { stdout } = await exec(['docker', 'ps', '--quiet', ...filter], { quiet: true })
  if (what === 'container' && stdout !== '')
    await exec(['docker', 'kill', ...stdout.trim().split('\n')], { quiet: true })
  else process.kill(what === 'make' ? (make.pid ?? 0) : -(make.pid ?? 0), 'SIGKILL')
  await ended
  return said
}

test.each(ROUNDS)(
  'make $target of which the $what is killed must leave nothing that make $next does not take away',
  async ({ target, what, next, after }) => {
    const before = await observe()
    const said = await kill(target, what, after)
    const told = await project.make(next, { DARTAGNAN_CHECK: '', WAIT: '60' })
    expect(told.exitCode, told.stderr).toBe(0)
    // A guard is alive, and finishes or undoes the dead run by itself: it is gone once it has.
    const isGuarded = async () => (await observe())['containers']?.some((name) => name.includes('-guard-'))
    await waitFor(async () => !(await isGuarded()), 60)
    const left = await observe()
    expect(left, `killed after ${after.toFixed(1)} s: ${said.slice(-500)}`).toEqual(before)
  },
)
