import { openProxy } from '../../proxy/io/runtime.ts'
import { addTimes, parseTimes, quantilesOf, type Times, timesSince } from '../../proxy/times.ts'
import { parseTraffic, parseWaiting, TRAFFIC } from '../../proxy/traffic.ts'
import { readOrWarn, writeLedger } from '../../state/io/ledger.ts'
import { isSamplesList, type Sample, type Samples, thinOut } from '../sample.ts'

const FILE = 'traffic.json'
// So many rollouts are kept.
const KEPT = 30
// In milliseconds.
const EVERY = 500

/** Begins to read the proxy's counters again and again. The function that it gives ends that, and keeps what was read. */
export function sampleTraffic(project: string, started: number): () => void {
  const samples: Sample[] = []
  let times: Times = new Map()
  let busy = false
  const timer = setInterval(() => {
    if (busy) return
    busy = true
    // A rollout goes on where the proxy does not answer.
    void read(project)
      .then(({ all, ...counted }) => {
        // The first look knows no moment before it.
        const felt = samples.length > 0 ? quantilesOf(timesSince(all, times)) : {}
        samples.push({ ms: Date.now() - started, ...counted, ...felt })
        times = all
      })
      .catch(() => {})
      .finally(() => {
        busy = false
      })
  }, EVERY).unref()
  return () => {
    clearInterval(timer)
    if (samples.length < 2) return
    const at = new Date(started).toISOString()
    try {
      writeLedger(project, [FILE], [...readSamples(project), { at, samples: thinOut(samples) }].slice(-KEPT))
    } catch {
      // Where the ledger is full, a release that is recorded still stands: only its plot is lost.
    }
  }
}

/** The samples of the last rollouts that have some, oldest first. */
export const readSamples = (project: string): readonly Samples[] => readOrWarn(isSamplesList, project, FILE) ?? []

async function read(project: string) {
  const answer = await (await openProxy(project)).command(TRAFFIC)
  const services = Object.values(parseTraffic(answer))
  const sum = (of: 'answers' | 'errors') => services.reduce((all, service) => all + service[of], 0)
  return {
    ...{ answers: sum('answers'), errors: sum('errors'), waiting: parseWaiting(answer) },
    all: addTimes(parseTimes(answer, 'all')),
  }
}
