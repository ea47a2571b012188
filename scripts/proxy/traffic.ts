import { errorsIn, rowsOf } from './stats.ts'
import { parseTimes, quantilesOf } from './times.ts'

/** The commands of the runtime API whose answers, one after the other, tell of requests. */
export const TRAFFIC = 'show stat; show table times'

/**
 * What the proxy has counted of a service since it began. Times are in milliseconds, of the requests of the last ten seconds:
 * half of them took no longer than `p50`, and all but a hundredth no longer than `p99`.
 */
export type Traffic = {
  readonly answers: number
  readonly errors: number
  readonly inFlight: number
  readonly waiting: number
  readonly p50?: number
  readonly p99?: number
}
const NONE: Traffic = { answers: 0, errors: 0, inFlight: 0, waiting: 0 }

/** Reads it from the answer to TRAFFIC, for each service, over both of its sets. */
export function parseTraffic(answer: string): Record<string, Traffic> {
  const found: Record<string, Traffic> = {}
  const times = parseTimes(answer, 'last')
  for (const row of rowsOf(answer, ',')) {
    const [, service] = /^(.+)-(?:blue|green)$/.exec(row['pxname'] ?? '') ?? []
    if (service === undefined || row['svname'] !== 'BACKEND') continue
    const count = (column: string) => Number(row[column] || 0)
    const before = found[service] ?? NONE
    found[service] = {
      answers: before.answers + count('req_tot'),
      errors: before.errors + errorsIn(count),
      inFlight: before.inFlight + count('scur'),
      waiting: before.waiting + count('qcur'),
      ...quantilesOf(times[service] ?? new Map()),
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
