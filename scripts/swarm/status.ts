import { renderTable } from '../cli/table.ts'
import { PROXY } from '../docker/compose-model.ts'
import { VERSION_LABEL } from '../docker/labels.ts'
import type { ReleaseEntry } from '../release/history.ts'
import type { Row, Status } from '../rollout/status-report.ts'
import type { Cluster, Node } from './cluster.ts'
import { isDone, isUp, judgeService, type Running, type Task, tasksOf } from './judge.ts'

/** Where the proxy of a node answers. */
export const addressOf = ({ PORT }: { readonly PORT: number }, { address }: Node): string => `http://${address}:${PORT}`

/** What runs of a project on a swarm. */
export type SwarmStatus = {
  readonly project: string
  readonly outcome: Status['outcome']
  readonly services: readonly {
    readonly name: string
    readonly version: string
    readonly running: number
    readonly replicas: number
    readonly nodes: readonly string[]
    readonly says: string
  }[]
}

/** Sums up what Swarm says of the services of a project. */
export function swarmStatus(
  project: string,
  { nodes }: Cluster,
  services: readonly Running[],
  tasks: readonly Task[],
  now: number,
): SwarmStatus {
  const rows = services.map((one) => {
    const own = tasksOf(one, tasks)
    const up = own.filter((task) => isUp(task) || isDone(one, task))
    const good = own.some((task) => isDone(one, task)) ? 'done' : 'runs'
    const verdict = judgeService(one, own, now, now)
    return {
      ...{ name: one.name.slice(project.length + 1), version: one.labels[VERSION_LABEL] ?? '' },
      ...{ running: up.length, replicas: one.replicas },
      nodes: [...new Set(up.map(({ node }) => nodes.find(({ id }) => id === node)?.name ?? node ?? ''))].sort(),
      says: verdict.state === 'ready' ? good : verdict.state === 'waiting' ? verdict.waits : verdict.reason,
    }
  })
  const whole = rows.every(({ running, replicas }) => running >= replicas)
  const proxy = `${project}_${PROXY}`
  const runs = (isProxy: boolean) =>
    services.some((one) => (one.name === proxy) === isProxy && tasksOf(one, tasks).some(isUp))
  const serves = runs(true) && runs(false)
  return { project, outcome: !serves ? 'down' : whole ? 'serving' : 'degraded', services: rows }
}

/** The same as a table, and the next command where something is wrong. */
export function renderSwarmStatus({ project, outcome, services }: SwarmStatus): string {
  if (services.length === 0) return `${project}: nothing runs\n  next: make deploy`
  const rows = services.map(({ name, version, running, replicas, nodes, says }) => [
    ...[name, version, `${running}/${replicas}`, nodes.join(', '), says],
  ])
  const table = renderTable(['SERVICE', 'VERSION', 'TASKS', 'NODES', 'STATE'], rows, 2)
  return `${project}: ${outcome}\n${table}${outcome === 'serving' ? '' : '\n  next: make logs, then make deploy'}`
}

/** The same for the report: each task that runs or has failed is a row. `container` says on which node. */
export function statusOf(
  project: string,
  { cluster, services, tasks }: { cluster: Cluster; services: readonly Running[]; tasks: readonly Task[] },
  history: readonly ReleaseEntry[],
  now: number,
): Status {
  const { outcome } = swarmStatus(project, cluster, services, tasks, now)
  const containers = services.flatMap((one) =>
    tasksOf(one, tasks)
      .filter((task) => task.wanted === 'running' || isDone(one, task))
      .map((task): Row => {
        const node = cluster.nodes.find(({ id }) => id === task.node)?.name ?? 'no node'
        const name = one.name.slice(project.length + 1)
        return {
          ...{
            service: name,
            container: `${one.name}${task.slot ? `.${task.slot}` : ''} on ${node}`,
            where: node,
          },
          ...{
            version: one.labels[VERSION_LABEL] ?? '',
            state: isDone(one, task) ? 'done' : task.state,
            since: new Date(task.at).toISOString(),
          },
          serving: undefined,
        }
      }),
  )
  return {
    ...{ project, isNew: history.length === 0, containers, maintenance: undefined, run: undefined },
    outcome,
    last: history.at(-1)?.because ? history.at(-1) : undefined,
  }
}
