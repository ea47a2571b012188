import { type Executed, exec, tryExec } from '../cli/io/exec.ts'
import { sandboxProject } from '../data/sandbox.ts'
import { listContainers, listOwned } from '../docker/io/engine.ts'
import { OWNER, PROJECT_LABEL } from '../docker/labels.ts'
import { observe } from '../rollout/io/observe.ts'
import type { Seen } from '../testing/load.ts'
import type { TestProject } from '../testing/test-project.ts'

// The steps of each run, with the words by which its log names them.
const WORDS = {
  fill: 'put the data of snapshot',
  copy: 'begin a snapshot',
  guard: 'start the guard',
  create: 'create 1 × app',
  hold: 'hold the requests',
  halt: 'stop e2e-',
  pause: 'pause e2e-',
  snapshot: 'finish the snapshot',
  resume: 'resume e2e-',
  start: 'start 1 × app',
  ready: 'wait until 1.',
  'await-route': 'wait until the proxy reaches',
  switch: 'switch app',
  unhold: 'let the held requests',
  verify: 'read the snapshot back',
  bake: 'watch 1.',
  stop: 'stop and remove',
} as const
type StepName = keyof typeof WORDS
const RESTORE: readonly StepName[] = [
  ...([
    'fill',
    'copy',
    'guard',
    'create',
    'hold',
    'halt',
    'snapshot',
    'start',
    'ready',
    'await-route',
    'switch',
  ] as const),
  ...(['unhold', 'verify', 'bake', 'stop'] as const),
]
export const STEPS = {
  copied: ['copy', 'snapshot', 'verify'],
  paused: ['copy', 'guard', 'hold', 'pause', 'snapshot', 'resume', 'unhold', 'verify'],
  restore: RESTORE,
} as const satisfies Record<string, readonly StepName[]>

/** A step, when in it, and what dies there: `process`, or `container`, with all that runs in it. */
export type Kill = readonly [StepName, 'before' | 'during' | 'after', 'process' | 'container']

/** Runs a target that kills itself there; throws where it died anywhere else. */
export async function makeKilled(
  project: TestProject,
  target: string,
  steps: readonly StepName[],
  [step, when, what]: Kill,
  env: Record<string, string> = {},
): Promise<void> {
  const place = `${steps.indexOf(step) + 1}:${when}`
  const settings = { ...env, BAKE_TIME: '1' }
  const killed =
    what === 'process'
      ? await project.make(target, { ...settings, FAULT_AT: place })
      : // The container that it runs in: then it has to be one of its own.
        await tryExec(['make', target], {
          cwd: project.folder,
          quiet: true,
          env: { ...project.environment(), ...settings, FAULT_AT: `${place}:container` },
        })
  const [last = ''] = killed.stderr
    .split('\n')
    .filter((line) => line.startsWith('→'))
    .slice(-1)
  if (killed.exitCode === 0 || !last.startsWith(`→ ${WORDS[step]}`))
    throw new Error(`not killed in ${step}, but at ${JSON.stringify(last)}:\n${killed.stderr}`)
}

/** Whatever runs and volumes are there that should not be, once a run has come to an end. */
export async function findLeftovers({ name: project }: TestProject): Promise<string[]> {
  const { containers, proxy } = await observe(project)
  const services = containers.map(({ service, status }) => `${service} ${status}`).sort()
  const stage = await listContainers(sandboxProject(project))
  return [
    ...(services.join() === 'app running,proxy running' ? [] : services),
    ...(proxy?.held ?? []).map((service) => `${service} held`),
    ...(proxy?.servers ?? []).filter(({ draining }) => draining).map(({ name }) => `${name} draining`),
    ...(await listOwned(project, 'container', 'helper')).map((id) => `helper ${id}`),
    ...(await listOwned(project, 'volume', 'scratch')),
    ...stage.map(({ name }) => name),
  ]
}

// Each volume must hold a database: one that a killed run had begun to fill is not to stay.
const READ = `
import json, os, sqlite3, sys
lines = []
for folder in os.listdir("/volumes"):
    with sqlite3.connect(f"file:/volumes/{folder}/journal.db?mode=rw", uri=True) as db:
        lines += [text for (text,) in db.execute("SELECT text FROM entries WHERE text LIKE ?", (sys.argv[1] + "%",))]
print(json.dumps(lines))
`

/** The lines that were acknowledged and are in none of the project's data volumes: the one that serves and those it replaced. */
export async function findLostInVolumes(
  { name: project }: TestProject,
  { acknowledged, prefix }: Seen,
): Promise<string[]> {
  const volumes = await listOwned(project, 'volume', 'data')
  const mounts = volumes.flatMap((name, index) => ['--volume', `${name}:/volumes/${index}`])
  const labels = ['--label', `${OWNER}=reader`, '--label', `${PROJECT_LABEL}=${project}`]
  const run = ['docker', 'run', '--rm', '--network', 'none', ...labels, ...mounts, '--entrypoint', 'python'] as const
  const { stdout }: Executed = await exec([...run, `e2e/${project}:1.0.0`, '-c', READ, prefix], { quiet: true })
  const kept = new Set(JSON.parse(stdout) as string[])
  return acknowledged.filter((line) => !kept.has(line))
}
