import { exec, tryExec } from '../../cli/io/exec.ts'
import { log } from '../../cli/io/log.ts'
import { timed } from '../../cli/io/timed.ts'
import type { ReleaseEntry } from '../../release/history.ts'
import { findLostOrDoubled, startTraffic } from '../../testing/load.ts'
import type { TestProject } from '../../testing/test-project.ts'
import { median } from '../median.ts'
import type { Deploys, Load, Trace } from '../report.ts'
import { startBare } from './hops.ts'

const DEPLOYS = 5
const LOADED_DEPLOYS = 20
const CLIENTS = 16
const VERSIONS = ['1.1.0', '1.0.0'] as const
const ROLLOUTS = ['overlap', 'exclusive'] as const

/** Deploys two versions in turn: with Compose alone, with each rollout, and with each rollout under load. */
export async function measure(project: TestProject): Promise<Deploys> {
  const finishPendingStops = async (rollout: string) => {
    project.write('.env', `APP_ROLLOUT=${rollout}\nAPP_SLOW_ROUTES=1\n`)
    for (const VERSION of [...VERSIONS, ...VERSIONS]) await deploy(project, VERSION)
  }
  const walls: Record<string, number> = {}
  const traces: Trace[] = []
  // These come before the load: the data that it writes slows an application's start, and Compose's volume has none.
  for (const rollout of ROLLOUTS) {
    await finishPendingStops(rollout)
    log.step(`${DEPLOYS} deploys, ${rollout}`, 'the wall time of `make deploy`, without its bake')
    walls[rollout] = await medianTime(DEPLOYS, (turn) => deploy(project, VERSIONS[turn % 2] ?? ''))
    const began = performance.now()
    const { steps = [] } = await deploy(project, VERSIONS[0])
    const wall = performance.now() - began
    traces.push({ rollout, wall, way: await medianTime(3, () => startBare(project)), steps })
  }
  log.step(`${DEPLOYS} times docker compose up --detach --wait`, 'the same service, the same change: for the ratio')
  const compose = await medianTime(DEPLOYS, (turn) => composeUp(project, VERSIONS[turn % 2] ?? ''))
  await tryExec(['docker', 'compose', '--project-name', baseline(project), 'down', '--volumes'], { quiet: true })
  const loads: Load[] = []
  for (const rollout of ROLLOUTS) {
    await finishPendingStops(rollout)
    log.step(`${LOADED_DEPLOYS} deploys under load, ${rollout}`, `${CLIENTS} clients; a few slow requests and uploads`)
    loads.push({ rollout, ...(await load(project)) })
  }
  return { compose, overlap: walls['overlap'] ?? 0, exclusive: walls['exclusive'] ?? 0, traces, loads }
}

async function load(project: TestProject): Promise<Omit<Load, 'rollout'>> {
  const traffic = startTraffic(project.url, { clients: CLIENTS, mixed: true })
  let hold = 0
  let cut = 0
  for (let turn = 0; turn < LOADED_DEPLOYS; turn++) {
    const { stdout } = await project.must('deploy', { VERSION: VERSIONS[turn % 2] ?? '', BAKE_TIME: '0', JSON: '1' })
    const entry = JSON.parse(stdout) as { held: number; cut: number }
    hold = Math.max(hold, entry.held)
    cut += entry.cut
  }
  const seen = await traffic.stop()
  const lost = await findLostOrDoubled(project.url, seen)
  for (const failure of seen.failures.slice(0, 5)) log.warn(failure)
  const { requests, slowest } = seen
  return { deploys: LOADED_DEPLOYS, requests, failed: seen.failures.length, lost: lost.length, slowest, hold, cut }
}

// As a user types it: the time includes starting the toolkit's container.
async function deploy(project: TestProject, VERSION: string): Promise<ReleaseEntry> {
  const env = { ...project.environment(), VERSION, BAKE_TIME: '0', JSON: '1' }
  const { exitCode, stdout, stderr } = await tryExec(['make', 'deploy'], { cwd: project.folder, quiet: true, env })
  if (exitCode !== 0) throw new Error(stderr)
  return JSON.parse(stdout) as ReleaseEntry
}

const baseline = (project: TestProject) => `${project.name}-baseline`
async function composeUp(project: TestProject, version: string): Promise<void> {
  const inspect = ['docker', 'image', 'inspect', '--format', '{{.Id}}', `e2e/${project.name}:${version}`] as const
  const { stdout } = await exec(inspect, { quiet: true })
  const settings = { PROJECT: baseline(project), APP_IMAGE: stdout.trim(), APP_SLOW_ROUTES: '1' }
  // The Compose file wants the proxy's variables, although no proxy runs here.
  const env = { ...settings, PROXY_IMAGE: 'none', BIND: '127.0.0.1', PORT: String(project.port + 1) }
  // As a user types it: `exec` would take a shortcut to Compose.
  const up = ['env', 'docker', 'compose', '-f', 'compose/app.yaml', 'up', '--detach', '--wait', 'app'] as const
  await exec(up, { cwd: project.folder, quiet: true, env })
}

/** The median of the milliseconds that `run` takes; the first run is not counted. */
async function medianTime(times: number, run: (turn: number) => Promise<unknown>): Promise<number> {
  const taken: number[] = []
  for (let turn = 0; turn <= times; turn++) taken.push(await timed(() => run(turn)))
  return median(taken.slice(1))
}
