import { renderTable } from '../cli/table.ts'

/** A swarm with so many of something: wall times in milliseconds, and what clients of all nodes saw. */
export type SwarmPoint = {
  readonly what: string
  readonly count: number
  readonly deploy: number
  readonly status: number
  /** Requests that failed in the deploy, which goes on under load. */
  readonly failed: number
  /** Requests in a second, and how long the slowest of a hundred takes, in milliseconds. */
  readonly rate: number
  readonly p99: number
}

/** Renders how far a swarm carries as a table. The figures are of this machine: all nodes share it. */
export const renderSwarm = (points: readonly SwarmPoint[]): string =>
  renderTable(
    ['WHAT GROWS', 'COUNT', 'DEPLOY', 'FAILED', 'STATUS', 'REQUESTS/S', 'P99'],
    points.map(({ what, count, deploy, failed, status, rate, p99 }, index) => [
      what === points[index - 1]?.what ? '' : what,
      String(count),
      `${(deploy / 1000).toFixed(1)} s`,
      String(failed),
      `${(status / 1000).toFixed(1)} s`,
      String(Math.round(rate)),
      `${Math.round(p99)} ms`,
    ]),
  )
