import { shortId } from '../cli/digest.ts'
import { renderAge, renderTable } from '../cli/table.ts'
import { APP, GUARD } from '../docker/compose-model.ts'
import { type ContainerState, isDone } from '../docker/container.ts'
import { BUILD_LABEL, VERSION_LABEL } from '../docker/labels.ts'
import { sayHold } from '../proxy/maintenance.ts'
import { colorOf } from '../proxy/sets.ts'
import { servingProxy } from '../proxy/successor.ts'
import type { ReleaseEntry } from '../release/history.ts'
import { shortVersion } from '../release/history-report.ts'
import type { RunLog } from '../state/run-log.ts'
import type { Observed } from './situation.ts'

export type Row = {
  readonly service: string
  readonly container: string
  /** Of a service with a build of its own, which may be the same in several versions, the image. */
  readonly version: string
  readonly state: string
  /** Whether it gets requests; undefined for a service without a route. */
  readonly serving: boolean | undefined
  readonly since: string
  readonly where: string
}
export type Status = {
  readonly project: string
  /** Whether anything has been deployed yet. */
  readonly isNew: boolean
  readonly outcome: 'serving' | 'degraded' | 'down'
  readonly containers: readonly Row[]
  /** The last rollout, where it failed, or was killed and then finished. */
  readonly last: ReleaseEntry | undefined
  /** Since when all requests get the page of the maintenance, and who has begun it. */
  readonly maintenance: { readonly since: string; readonly by: string; readonly hold: number } | undefined
  /** The run in progress. */
  readonly run: RunLog | undefined
}

/** The status of a project, from what the engine and the proxy say, its history, and the run in progress. */
export function reportStatus(
  project: string,
  { containers: all, proxy, maintenance }: Observed,
  history: readonly ReleaseEntry[] = [],
  run?: RunLog,
): Status {
  const containers = all.filter(({ service }) => service !== GUARD)
  const live = { [APP]: 'blue', ...proxy?.live } as const
  const isLive = (container: ContainerState) =>
    proxy !== undefined && colorOf(container, project) === live[container.service as typeof APP]
  const rows = containers.map(
    (container): Row => ({
      service: container.service,
      container: container.name,
      version: container.labels[VERSION_LABEL] ?? (BUILD_LABEL in container.labels ? shortId(container.image) : ''),
      state: stateOf(container),
      serving: container.service in live ? isLive(container) : undefined,
      since: container.startedAt,
      where: container.ports.join(' '),
    }),
  )
  const serving = rows.filter((row) => row.serving && ['healthy', 'running'].includes(row.state))
  const serves = rows[containers.findIndex(({ id }) => id === servingProxy(containers)?.id)]
  const proxied = serves?.state === 'healthy'
  const whole =
    proxied && serving.length > 0 && rows.every(({ state }) => ['healthy', 'running', 'done'].includes(state))
  return {
    project,
    isNew: history.length === 0,
    outcome: serving.length === 0 || !proxied ? 'down' : whole ? 'serving' : 'degraded',
    containers: rows,
    last: history.at(-1)?.because ? history.at(-1) : undefined,
    maintenance: maintenance && { since: maintenance.since, by: maintenance.by, hold: maintenance.hold },
    run,
  }
}

const stateOf = (container: ContainerState): string => {
  if (isDone(container)) return 'done'
  return container.status === 'running' ? (container.health ?? 'running') : container.status
}

/** The status as a table, and the next command where something is wrong. `now` in milliseconds. */
export const renderStatus = (status: Status, now: number): string =>
  [renderContainers(status, now), ...renderNotes(status, now)].join('\n')

/** What is to be said of a project beside its containers: maintenance, the last rollout where it failed, and the run in progress. */
export function renderNotes({ run, last, maintenance }: Pick<Status, 'run' | 'last' | 'maintenance'>, now: number) {
  return [
    maintenance &&
      `maintenance since ${maintenance.since} by ${maintenance.by}: ${sayHold(maintenance.hold, 'its page')}\n  next: make maintenance ON=0`,
    last &&
      `last ${last.target}: ${last.version} ${last.outcome} ${renderAge(now - Date.parse(last.at))} ago (${last.because})`,
    run && renderRun(run, now),
  ].filter(Boolean)
}

const renderRun = ({ target, version, by, since, step, number, of }: RunLog, now: number): string =>
  `make ${target} of ${shortVersion(version)} by ${by} goes on, for ${renderAge(now - Date.parse(since))} now\n  step ${number} of ${of}: ${step}`

function renderContainers({ project, isNew, outcome, containers, run }: Status, now: number): string {
  if (containers.length === 0) return `${project}: nothing runs\n  next: make ${isNew ? 'ship' : 'deploy'}`
  const rows = [...containers]
    .sort((a, b) => a.container.localeCompare(b.container))
    .map((row) => [
      row.service,
      row.container,
      shortVersion(row.version),
      row.state,
      row.serving === undefined ? '' : row.serving ? 'yes' : 'no',
      ['exited', 'done'].includes(row.state) ? '' : renderAge(now - Date.parse(row.since)),
      row.where,
    ])
  const table = renderTable(['SERVICE', 'CONTAINER', 'VERSION', 'STATE', 'LIVE', 'SINCE', 'WHERE'], rows, 2)
  return `${project}: ${outcome}\n${table}${outcome === 'serving' || run ? '' : '\n  next: make logs, then make deploy'}`
}
