import { log } from '../../cli/io/log.ts'
import { gateOf, readLocalRoot } from '../../testing/gate.ts'
import { startTraffic } from '../../testing/load.ts'
import type { TestProject } from '../../testing/test-project.ts'
import { median } from '../median.ts'
import type { Gate, Way } from '../report.ts'

const TURNS = 5

/** Measures requests through the gate, over TLS, against the project's proxy alone, in turn. */
export async function measureGate(project: TestProject): Promise<Gate> {
  const gate = await gateOf(project)
  await project.must('deploy', { ...gate, VERSION: '1.0.0', HOSTS: 'journal.test', TLS: 'local' })
  const ca = await readLocalRoot(gate.GATE)
  log.step(`${TURNS} times 3 s of requests to the proxy and through the gate, in turn`, 'what the gate costs')
  const ways: Way[][] = [[], []]
  for (let turn = 0; turn <= TURNS; turn++) {
    ways[0]?.push(await measureWay(project.url))
    ways[1]?.push(await measureWay(`https://journal.test:${gate.GATE_HTTPS_PORT}`, ca))
  }
  await project.must('down', gate)
  const [proxy, through] = ways.map((all) => medianOf(all.slice(1))) as [Way, Way]
  return { proxy, through }
}

async function measureWay(url: string, ca?: string): Promise<Way> {
  const traffic = startTraffic(url, { clients: 8, path: '/healthz', pause: 0, ...(ca === undefined ? {} : { ca }) })
  const began = performance.now()
  await new Promise((resolve) => setTimeout(resolve, 3000))
  const { requests, failures, times } = await traffic.stop()
  const sorted = times.toSorted((one, other) => one - other)
  const p99 = sorted[Math.floor(sorted.length * 0.99)] ?? 0
  return { rate: (requests / (performance.now() - began)) * 1000, p99, failed: failures.length }
}

const medianOf = (all: readonly Way[]): Way => ({
  rate: median(all.map(({ rate }) => rate)),
  p99: median(all.map(({ p99 }) => p99)),
  failed: all.reduce((sum, { failed }) => sum + failed, 0),
})
