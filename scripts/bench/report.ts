import { Failure } from '../cli/failure.ts'
import { renderTable } from '../cli/table.ts'
import type { StepTime } from '../release/history.ts'

const SUITES = ['hops', 'gate', 'deploys', 'data', 'growth', 'swarm'] as const
const ALONE: readonly BenchSuite[] = ['growth', 'swarm']
export type BenchSuite = (typeof SUITES)[number]

/** The suite that SUITE= names, or all but `growth` and `swarm`, which take twenty minutes each. Throws a Failure that lists them. */
export function chooseBench(wanted: string | undefined): readonly BenchSuite[] {
  if (wanted === undefined) return SUITES.filter((name) => !ALONE.includes(name))
  const chosen = SUITES.filter((name) => name === wanted)
  if (chosen.length > 0) return chosen
  throw new Failure(`there is no SUITE=${JSON.stringify(wanted)} to measure; there are ${SUITES.join(', ')}`, {
    next: 'make bench SUITE=hops',
  })
}

/** Twenty deploys under load, as the clients saw them; times in milliseconds. */
export type Load = {
  readonly rollout: string
  readonly deploys: number
  readonly requests: number
  readonly failed: number
  /** Acknowledged lines that are missing, and lines that are stored twice. */
  readonly lost: number
  readonly slowest: number
  readonly hold: number
  readonly cut: number
}
/** Wall times in milliseconds. */
export type Backup = { readonly tar: number; readonly first: number; readonly second: number }
/** The longest that requests were held, in milliseconds, while a snapshot of a volume of that size was finished. */
export type Hold = {
  readonly megabytes: number
  readonly hold: number
  readonly requests: number
  readonly failed: number
  readonly lost: number
}
/** Where the time of one deploy goes, in milliseconds; `way` is that of a target that does nothing. */
export type Trace = {
  readonly rollout: string
  readonly wall: number
  readonly way: number
  readonly steps: readonly StepTime[]
}
/** Median wall times of one deploy in milliseconds, and what clients saw. */
export type Deploys = {
  readonly compose: number
  readonly overlap: number
  readonly exclusive: number
  readonly traces: readonly Trace[]
  readonly loads: readonly Load[]
}
/** Median wall times in milliseconds: of `make status` and a bare container, and of an unchanged `make build` and buildx. */
export type Hops = {
  readonly status: number
  readonly run: number
  readonly build: number
  readonly buildx: number
  /** Parts of the way: Make with nothing to run, the shell with a bare container, that container, and the targets inside of theirs. */
  readonly read: number
  readonly shell: number
  readonly start: number
  readonly statusInside: number
  readonly buildInside: number
}
/** Requests in a second, and how long the slowest of a hundred takes, in milliseconds. */
export type Way = { readonly rate: number; readonly p99: number; readonly failed: number }
/** Requests to the project's proxy alone, and over TLS through the gate. */
export type Gate = { readonly proxy: Way; readonly through: Way }
/** How long backups take, and how long a snapshot holds requests. */
export type Data = { readonly backup: Backup; readonly holds: readonly Hold[] }

/** Renders deploys as tables. Wall times are ratios, so that other machines can be held to them. */
export function renderDeploys({ compose, overlap, exclusive, traces, loads }: Deploys): string {
  const ratio = (wall: number) => `${(wall / compose).toFixed(2)} ×`
  const walls = [
    ['docker compose up --wait', '1.00 ×', ''],
    ['make deploy, overlap', ratio(overlap), '1.3 ×'],
    ['make deploy, exclusive', ratio(exclusive), '1.2 ×'],
  ]
  const rows = loads.map((load) => [
    load.rollout,
    ...[load.deploys, load.requests, load.failed, load.lost, load.cut].map(String),
    `${Math.round(load.slowest)} ms`,
    `${Math.round(load.hold)} ms`,
  ])
  return [
    renderTable(['WALL TIME, WITHOUT BAKE AND SNAPSHOT', 'RATIO', 'AT MOST'], walls),
    ...traces.map(renderTrace),
    renderTable(['UNDER LOAD', 'DEPLOYS', 'REQUESTS', 'FAILED', 'LOST', 'CUT', 'SLOWEST', 'HOLD'], rows),
  ].join('\n\n')
}

function renderTrace({ rollout, wall, way, steps }: Trace): string {
  const inSteps = steps.reduce((sum, { ms }) => sum + ms, 0)
  const rows = [
    ...steps.map(({ step, ms }) => [step, ms]),
    ["the toolkit's container begins and ends", way],
    ['all else: Make, Node, the plan, the records', wall - way - inSteps],
  ]
  return renderTable(
    [`ONE DEPLOY, ${rollout.toUpperCase()}`, 'TIME'],
    rows.map(([what, ms]) => [String(what), `${Math.round(Number(ms))} ms`]),
  )
}

/** Renders the way from a command to its answer as a table. */
export function renderHops(hops: Hops): string {
  const { status, run, build, buildx } = hops
  const rows = [
    ['docker run --rm, nothing to do', '1.00 ×', ''],
    ['make status', `${(status / run).toFixed(2)} ×`, '1.15 ×'],
    ['docker buildx build, unchanged', '1.00 ×', ''],
    ['make build, unchanged', `${(build / buildx).toFixed(2)} ×`, '1.5 ×'],
  ]
  return [renderTable(['FROM A COMMAND TO ITS ANSWER', 'RATIO', 'AT MOST'], rows), renderWay(hops)].join('\n\n')
}

// docs/decisions/0028 says why each part must be.
function renderWay({ status, build, start, read, shell, statusInside, buildInside }: Hops): string {
  const parts = [
    ['Make reads its rules', read, read],
    ["the shell finds the caller's surroundings", shell - start, shell - start],
    ['the engine starts a container, and removes it', start, start],
    ['Make, Node and the work in the container', statusInside, buildInside],
  ] as const
  const rest = (whole: number, column: 1 | 2) => whole - parts.reduce((sum, part) => sum + part[column], 0)
  const rows = [
    ...parts,
    ['all else: is the image there, is the run alive', rest(status, 1), rest(build, 2)],
    ['the whole', status, build],
  ] as const
  return renderTable(
    ['WHERE THE TIME GOES', 'MAKE STATUS', 'MAKE BUILD'],
    rows.map(([what, ...times]) => [what, ...times.map((ms) => `${Math.round(ms)} ms`)]),
  )
}

/** Renders what the gate costs as a table. */
export function renderGate({ proxy, through }: Gate): string {
  const rows = [
    ["the project's proxy", '1.00 ×', '1.00 ×', String(proxy.failed)],
    [
      'the gate over TLS, then the proxy',
      ...[through.rate / proxy.rate, through.p99 / proxy.p99].map((ratio) => `${ratio.toFixed(2)} ×`),
      String(through.failed),
    ],
  ]
  return renderTable(['8 CLIENTS, HALF OF THEM WITH NEW CONNECTIONS', 'REQUESTS/S', 'P99', 'FAILED'], rows)
}

/** Renders backups against tar, and holds, as tables. */
export function renderData({ backup, holds }: Data): string {
  const faster = (wall: number) => `${(backup.tar / wall).toFixed(1)} ×`
  const backups = [
    ['tar czf in a container', '1.0 ×', ''],
    ['make backup, the first', faster(backup.first), '2 ×'],
    ['make backup, 1 % changed', faster(backup.second), '10 ×'],
  ]
  const held = holds.map(({ megabytes, hold, requests, failed, lost }) => [
    `${megabytes} MB`,
    ...[`${hold} ms`, requests, failed, lost].map(String),
  ])
  return [
    renderTable(['1 GB OF FILES', 'FASTER', 'AT LEAST'], backups),
    renderTable(['SNAPSHOT, 1 % CHANGED', 'HOLD', 'REQUESTS', 'FAILED', 'LOST'], held),
  ].join('\n\n')
}
