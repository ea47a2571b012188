import { type ContainerState, isLive } from '../core/container.ts'
import { describeRun, type Journal } from '../core/journal.ts'
import { VERSION_LABEL } from '../core/labels.ts'
import { APP, PROXY } from '../core/release.ts'
import { renderAge, renderTable } from '../core/table.ts'

export type Row = {
  readonly service: string
  readonly container: string
  readonly version: string
  readonly state: string
  /** Whether it gets requests; undefined for services that take none through the proxy. */
  readonly serving: boolean | undefined
  readonly since: string
  readonly where: string
}
export type Status = {
  readonly project: string
  readonly outcome: 'serving' | 'degraded' | 'down'
  readonly containers: readonly Row[]
  /** A run that is going on, or was killed; undefined where the last one has ended. */
  readonly run: Run | undefined
}
export type Run = { readonly journal: Journal; readonly goingOn: boolean }

/** What runs of a project, from what the engine says of its containers. */
export function reportStatus(project: string, containers: readonly ContainerState[], run?: Run): Status {
  const rows = containers.map(
    (container): Row => ({
      service: container.service,
      container: container.name,
      version: container.labels[VERSION_LABEL] ?? '',
      state: container.health ?? container.status,
      serving: container.service === APP ? isLive(container, project) : undefined,
      since: container.startedAt,
      where: container.ports.join(' '),
    }),
  )
  const serving = rows.filter((row) => row.serving && row.state === 'healthy')
  const proxied = rows.some(({ service, state }) => service === PROXY && state === 'healthy')
  const whole = proxied && serving.length > 0 && rows.every(({ state }) => state === 'healthy' || state === 'running')
  return {
    project,
    outcome: serving.length === 0 || !proxied ? 'down' : whole ? 'serving' : 'degraded',
    containers: rows,
    run,
  }
}

/** The status as a table, ending in the next command where something is wrong. `now` in milliseconds. */
export function renderStatus(status: Status, now: number): string {
  const { run } = status
  if (!run) return renderContainers(status, now)
  const next = run.goingOn ? '' : '\n  next: make deploy   (finishes or undoes it)'
  return `${renderContainers(status, now)}\n${describeRun(run.journal, run.goingOn)}${next}`
}

function renderContainers({ project, outcome, containers }: Status, now: number): string {
  if (containers.length === 0) return `${project}: nothing runs\n  next: make ship`
  const rows = [...containers]
    .sort((a, b) => a.container.localeCompare(b.container))
    .map((row) => [
      row.service,
      row.container,
      row.version,
      row.state,
      row.serving === undefined ? '' : row.serving ? 'yes' : 'no',
      row.state === 'exited' ? '' : renderAge(now - Date.parse(row.since)),
      row.where,
    ])
  const table = renderTable(['SERVICE', 'CONTAINER', 'VERSION', 'STATE', 'SERVING', 'SINCE', 'WHERE'], rows)
  return `${project}: ${outcome}\n${table}${outcome === 'serving' ? '' : '\n  next: make logs, then make deploy'}`
}
