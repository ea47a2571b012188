import { exec } from '../../cli/io/exec.ts'
import { log } from '../../cli/io/log.ts'
import { timed } from '../../cli/io/timed.ts'
import { toolkitImageId } from '../../docker/io/toolkit-container.ts'
import { lockedImage } from '../../image/io/images.ts'
import { labelsOf } from '../../testing/image.ts'
import type { TestProject } from '../../testing/test-project.ts'
import { median } from '../median.ts'
import type { Hops } from '../report.ts'

const TURNS = 9

/**
 * Times `make status` against a container of the same image with nothing to do, and an unchanged `make build` against
 * buildx with the same files; medians in milliseconds.
 */
export async function measureHops(project: TestProject): Promise<Hops> {
  const [image, env] = [await toolkitImageId(), project.environment()]
  // As a user types it: the time includes starting the toolkit's container.
  const make = (target: string) => exec(['make', target], { cwd: project.folder, quiet: true, env })
  const bare = () => exec(['docker', 'run', '--rm', ...labelsOf(project), image, 'true'], { quiet: true })
  const dockerfile = ['--file', 'sample-app/Dockerfile', 'sample-app'] as const
  const base = ['--build-arg', `PYTHON_IMAGE=${lockedImage('python').reference}`] as const
  const tag = ['--tag', `e2e/${project.name}:bench`] as const
  const buildx = () =>
    exec(['docker', 'buildx', 'build', '--load', '--provenance=false', ...base, ...tag, ...dockerfile], {
      cwd: project.folder,
      quiet: true,
    })
  log.step(`${TURNS} times make status and docker run --rm, in turn`, 'the way from a command to its answer')
  // The toolkit's container is in the host's network: it needs none of its own, which takes the engine a third of its time.
  const started = () =>
    exec(['docker', 'run', '--rm', '--init', '--network', 'host', ...labelsOf(project), image, 'true'], { quiet: true })
  const [status = 0, run = 0, read = 0, throughShell = 0, start = 0, statusInside = 0] = await inTurn([
    () => make('status'),
    bare,
    () => exec(['make', '--dry-run', 'status'], { cwd: project.folder, quiet: true, env }),
    () => startBare(project),
    started,
    () => project.must('status'),
  ])
  log.step(`${TURNS} times make build and docker buildx build, in turn`, 'nothing has changed')
  const [build = 0, plain = 0, buildInside = 0] = await inTurn([
    () => make('build'),
    buildx,
    () => project.must('build'),
  ])
  return { status, run, build, buildx: plain, read, shell: throughShell, start, statusInside, buildInside }
}

/** Starts the toolkit's container as a target does, with nothing to do in it. */
export const startBare = (project: TestProject) =>
  exec(['bash', 'scripts/setup/toolkit.sh', 'run', 'true'], {
    ...{ cwd: project.folder, quiet: true, env: project.environment() },
  })

// All in turn, so that a busy moment of the host counts for all. The first of each is not counted.
async function inTurn(runs: readonly (() => Promise<unknown>)[]): Promise<number[]> {
  const taken = runs.map((): number[] => [])
  for (let turn = 0; turn <= TURNS; turn++)
    for (const [index, run] of runs.entries()) taken[index]?.push(await timed(run))
  return taken.map((times) => median(times.slice(1)))
}
