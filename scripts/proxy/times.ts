/** How many requests were answered after so many milliseconds, which have two digits at most that are not zero. */
export type Times = ReadonlyMap<number, number>

/**
 * Reads the times of each service from the answer to `show table times` of the runtime API: of the last ten seconds, or of
 * all since the proxy began.
 */
export function parseTimes(answer: string, of: 'last' | 'all'): Record<string, Times> {
  const found: Record<string, Map<number, number>> = {}
  for (const [, service = '', ms, all, last] of answer.matchAll(
    / key=(\S+)\/(\d+) .* gpc0=(\d+) gpc0_rate\(\d+\)=(\d+)$/gm,
  )) {
    found[service] ??= new Map()
    found[service].set(Number(ms), Number(of === 'all' ? all : last))
  }
  return found
}

/** The times of all services together. */
export const addTimes = (services: Readonly<Record<string, Times>>): Times => {
  const sums = new Map<number, number>()
  for (const times of Object.values(services))
    for (const [ms, count] of times) sums.set(ms, (sums.get(ms) ?? 0) + count)
  return sums
}

/** What was added since earlier times. A proxy that has begun anew counts from nothing. */
export const timesSince = (now: Times, then: Times): Times =>
  new Map(
    [...now].map(([ms, count]) => {
      const before = then.get(ms) ?? 0
      return [ms, count < before ? count : count - before]
    }),
  )

/** The half and the hundredth of all requests that took longest took at least so many milliseconds; empty without requests. */
export function quantilesOf(times: Times): { readonly p50?: number; readonly p99?: number } {
  const sorted = [...times].filter(([, count]) => count > 0).toSorted(([a], [b]) => a - b)
  const all = sorted.reduce((sum, [, count]) => sum + count, 0)
  const at = (share: number) => {
    let seen = 0
    return sorted.find(([, count]) => {
      seen += count
      return seen >= all * share
    })?.[0]
  }
  const [p50, p99] = [at(0.5), at(0.99)]
  return p50 === undefined || p99 === undefined ? {} : { p50, p99 }
}
