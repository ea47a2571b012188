import type { Argv } from '../cli/argv.ts'
import { exec } from '../cli/io/exec.ts'
import { waitFor } from '../cli/io/wait.ts'
import { parseSettings } from '../config/settings.ts'
import { lockHost, prepareRestic, snapshotVolume } from '../data/io/restic-container.ts'
import { engine, listOwned, orUndefined } from '../docker/io/engine.ts'
import { OWNER, PROJECT_LABEL } from '../docker/labels.ts'
import { observe } from '../rollout/io/observe.ts'
import { ledgerFolder } from '../state/io/ledger.ts'
import { type Seen, startTraffic } from '../testing/load.ts'
import type { TestProject } from '../testing/test-project.ts'
import { findLeftovers } from './kill-data.ts'

/** Runs a script as the toolkit's helpers do: as root, beside the snapshot volume at /snapshots and the data at /data. */
export async function besideData(project: TestProject, script: string, host?: string): Promise<string> {
  const settings = parseSettings([], project.environment())
  const data = { volume: `${project.name}_data`, at: '/data', write: true }
  const argv = await prepareRestic(settings, [data], ['bash', '-euc', script])
  const own = await lockHost({ PROJECT: project.name })
  const [program = '', ...rest] = argv.map((word) => (word === own && host !== undefined ? host : word))
  return (await exec([program, ...rest], { quiet: true })).stdout
}

/** Gives a project volumes for its data and its snapshots that are full after so many megabytes. */
export async function limitVolumes({ name: project }: TestProject, megabytes: number): Promise<void> {
  const label = ['--label', `${PROJECT_LABEL}=${project}`]
  const names = [`${project}_data`, snapshotVolume(project)]
  for (const [index, name] of names.entries()) {
    const owner = ['--label', `${OWNER}=${index === 0 ? 'data' : 'snapshots'}`]
    const options = ['type=tmpfs', 'device=tmpfs', `o=size=${megabytes}m,uid=10001,gid=10001`].flatMap((one) => [
      '--opt',
      one,
    ])
    await exec(['docker', 'volume', 'create', ...label, ...owner, ...options, name], { quiet: true })
  }
  // Such a volume is empty again when nobody has it mounted.
  const mounts = names.flatMap((name, index) => ['--volume', `${name}:/${index}`])
  const argv: Argv = [
    'docker',
    'run',
    '--detach',
    '--init',
    '--no-healthcheck',
    '--network',
    'none',
    ...label,
    ...mounts,
  ]
  await exec([...argv, '--entrypoint', 'sleep', `e2e/${project}:1.0.1`, 'infinity'], { quiet: true })
}

/** What serves, and over which volumes. */
export async function whatServes({ name: project }: TestProject): Promise<string[]> {
  const { containers } = await observe(project)
  return [...containers.map(({ id }) => id), ...(await listOwned(project, 'volume', 'data'))].sort()
}

/** Runs a target under traffic that must fail, and gives what it said; throws where anything was touched or left. */
export async function refused(project: TestProject, target: string, env: Record<string, string> = {}): Promise<string> {
  const before = await whatServes(project)
  const traffic = startTraffic(project.url)
  const told = await project.make(target, env)
  const { failures }: Seen = await traffic.stop()
  // The engine may still be removing what has just ended.
  await waitFor(async () => (await findLeftovers(project)).length === 0, 10)
  const left = await findLeftovers(project)
  const after = await whatServes(project)
  const wrong = [...failures, ...left, ...after.filter((one) => !before.includes(one))]
  if (told.exitCode === 0 || wrong.length > 0 || after.length !== before.length)
    throw new Error(
      `make ${target} ended with ${told.exitCode}, and: ${wrong.join(', ')}\n${told.stderr}${told.stdout}`,
    )
  return told.stderr
}

/** Looks at the project's helpers until the answer is called: what the engine says of them, their processes, and the ledger. */
export function watchHelpers({ name: project }: TestProject): () => Promise<string[]> {
  const seen = new Map<string, string>()
  let watching = true
  const watch = async () => {
    while (watching)
      for (const id of await listOwned(project, 'container', 'helper')) {
        const container = engine.getContainer(id)
        const [info, processes] = await Promise.all([
          orUndefined(container.inspect()),
          container.top().catch(() => ({})),
        ])
        if (info) seen.set(id, JSON.stringify([info, processes]))
      }
  }
  const watched = watch()
  return async () => {
    watching = false
    await watched
    const { stdout } = await exec(['grep', '--recursive', '', ledgerFolder(project)], { quiet: true })
    return [...seen.values(), stdout]
  }
}
