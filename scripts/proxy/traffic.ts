import { errorsIn, rowsOf } from './stats.ts'

/** What the proxy has counted of a service since it began. Times are in milliseconds, of its last 1024 requests. */
export type Traffic = {
  readonly answers: number
  readonly errors: number
  readonly inFlight: number
  readonly waiting: number
  readonly mean: number
  readonly worst: number
}
const NONE: Traffic = { answers: 0, errors: 0, inFlight: 0, waiting: 0, mean: 0, worst: 0 }

/** Reads it from the answer to `show stat` of the runtime API, for each service, over both of its sets. */
export function parseTraffic(stats: string): Record<string, Traffic> {
  const found: Record<string, Traffic> = {}
  for (const row of rowsOf(stats, ',')) {
    const [, service] = /^(.+)-(?:blue|green)$/.exec(row['pxname'] ?? '') ?? []
    if (service === undefined || row['svname'] !== 'BACKEND') continue
    const count = (column: string) => Number(row[column] || 0)
    const before = found[service] ?? NONE
    found[service] = {
      answers: before.answers + count('req_tot'),
      errors: before.errors + errorsIn(count),
      inFlight: before.inFlight + count('scur'),
      waiting: before.waiting + count('qcur'),
      // The set that serves has the later requests: the other one's times are past.
      mean: Math.max(before.mean, count('ttime')),
      worst: Math.max(before.worst, count('ttime_max')),
    }
  }
  return found
}

/**
 * How many requests the proxy has that no set has yet, from the same answer: those that wait while a version takes another's
 * place, before they are sent to one.
 */
export function parseWaiting(stats: string): number {
  const sum = (kind: string, columns: readonly string[]) =>
    rowsOf(stats, ',')
      .filter((row) => row['svname'] === kind)
      .reduce((all, row) => all + columns.reduce((of, column) => of + Number(row[column] || 0), 0), 0)
  const answered = sum('FRONTEND', ['intercepted', 'dreq', 'ereq'])
  return Math.max(0, sum('FRONTEND', ['req_tot']) - answered - sum('BACKEND', ['req_tot']))
}
