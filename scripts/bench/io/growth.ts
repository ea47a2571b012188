import { appendFileSync, readFileSync } from 'node:fs'
import { exec } from '../../cli/io/exec.ts'
import { log } from '../../cli/io/log.ts'
import { timed } from '../../cli/io/timed.ts'
import { readConfig } from '../../config/io/read.ts'
import { listSnapshots } from '../../data/io/repository.ts'
import { prepareRestic, resticArgv } from '../../data/io/restic-container.ts'
import { tagsOf } from '../../data/snapshot.ts'
import { isReleaseFile } from '../../release/model.ts'
import { ledgerPath, readLedger, writeLedger } from '../../state/io/ledger.ts'
import type { TestProject } from '../../testing/test-project.ts'
import { type Curve, type Point, renderGrowth } from '../growth.ts'
import { median } from '../median.ts'

const VERSIONS = ['1.0.0', '1.1.0'] as const
const TURNS = 3
type Variables = Readonly<Record<string, string>>

/** Measures `status`, `plan` and `deploy` with ever more of what a project has; medians in milliseconds. */
export async function measureGrowth(project: TestProject): Promise<Curve[]> {
  await project.must('deploy', { VERSION: VERSIONS[0], BAKE_TIME: '0' })
  const dimensions: readonly [string, readonly number[], (count: number) => Promise<Variables>][] = [
    ['replicas', [1, 2, 5, 10], async (count) => ({ REPLICAS: String(count) })],
    ['services', [1, 5, 10, 20], async (count) => await addServices(project, count)],
    ['releases', [10, 100, 1000, 10_000], async (count) => await addReleases(project, count)],
    ['snapshots', [1, 10, 100, 1000], async (count) => await addSnapshots(project, count)],
    // The last ones: they keep the host busy.
    ['projects', [1, 5, 10, 20], async (count) => await addProjects(project, count)],
  ]
  const curves: Curve[] = []
  for (const dimension of dimensions) {
    curves.push(await grow(project, ...dimension))
    log.note(renderGrowth(curves.slice(-1)))
  }
  return curves
}

async function grow(
  project: TestProject,
  what: string,
  counts: readonly number[],
  prepare: (count: number) => Promise<Variables>,
): Promise<Curve> {
  const points: Point[] = []
  for (const count of counts) {
    log.step(`${count} ${what}`, `${TURNS} times status, plan and deploy`)
    const env = { BAKE_TIME: '0', ...(await prepare(count)) }
    const run = async (target: string) =>
      await medianTime((turn) => project.must(target, { ...env, VERSION: VERSIONS[turn % 2] ?? '' }))
    // The first deploy makes what is new. It is not counted.
    await project.must('deploy', { ...env, VERSION: VERSIONS[0] })
    points.push({ count, status: await run('status'), plan: await run('plan'), deploy: await run('deploy') })
  }
  await project.must('deploy', { VERSION: VERSIONS[0], BAKE_TIME: '0' })
  return { what, points }
}

async function addServices(project: TestProject, count: number): Promise<Variables> {
  const service = (_: unknown, index: number) =>
    `  worker-${index + 1}: {image: "\${PROXY_IMAGE:?}", pull_policy: never, command: [sleep, infinity], stop_grace_period: 1s, init: true}`
  project.write('compose/growth.yaml', `services:\n${Array.from({ length: count }, service).join('\n')}\n`)
  return { APP_COMPOSE: 'compose/app.yaml:compose/growth.yaml' }
}

// As many deploys as that would leave: a line and a file each.
async function addReleases({ name }: TestProject, count: number): Promise<Variables> {
  const path = ledgerPath(name, 'releases.jsonl')
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
  const last = JSON.parse(lines.findLast((line) => line.includes('"deployed"')) ?? '{}') as { release: string }
  const file = readLedger(isReleaseFile, name, 'releases', `${last.release}.json`)
  const added = Array.from({ length: Math.max(0, count - lines.length) }, (_, index) => {
    const release = `growth-${lines.length + index}`
    writeLedger(name, ['releases', `${release}.json`], file)
    return JSON.stringify({ ...last, release, base: release })
  })
  if (added.length > 0) appendFileSync(path, `${added.join('\n')}\n`)
  return {}
}

async function addProjects(project: TestProject, count: number): Promise<Variables> {
  // The measured one is the first.
  for (let index = 1; index < count; index++) {
    const other = { PROJECT: `${project.name}-n${index}`, PORT: String(project.port + 1 + index) }
    if ((await project.must('status', other)).stdout.includes('nothing runs'))
      await project.must('deploy', { ...other, VERSION: VERSIONS[0], BAKE_TIME: '0', FORCE: 'second-project' })
  }
  return {}
}

async function addSnapshots(project: TestProject, count: number): Promise<Variables> {
  const env = { KEEP_SNAPSHOTS: 'last=9999', DEPLOY_SNAPSHOT: '1' }
  const config = { ...(await readConfig()), PROJECT: project.name }
  if ((await listSnapshots(config)).snapshots.length === 0) await project.must('backup', env)
  const { snapshots } = await listSnapshots(config)
  const [one] = snapshots
  if (one === undefined) throw new Error('make backup has left no snapshot')
  const tags = tagsOf(one, one.modes).flatMap((tag) => ['--tag', tag])
  const backup = resticArgv(config, ['backup', '--quiet', '--host', project.name, ...tags, '/volumes', '/copies'])
  const loop = ['sh', '-c', 'times=$1; shift; for n in $(seq "$times"); do "$@" || exit; done', 'sh']
  const times = Math.max(0, count - snapshots.length)
  if (times > 0) await exec(await prepareRestic(config, [], [...loop, String(times), ...backup]), { quiet: true })
  return env
}

async function medianTime(run: (turn: number) => Promise<unknown>): Promise<number> {
  const taken: number[] = []
  for (let turn = 1; turn <= TURNS; turn++) taken.push(await timed(() => run(turn)))
  return median(taken)
}
