import { randomBytes } from 'node:crypto'
import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

/** What clients saw: every answer that was not a success, and every line that was acknowledged. */
export type Seen = {
  readonly requests: number
  readonly failures: readonly string[]
  readonly acknowledged: readonly string[]
  /** What all lines of this traffic begin with. */
  readonly prefix: string
}

/**
 * Sends requests to the sample until `stop` is called: half of the clients keep their connections, a quarter of the
 * requests are writes. A dropped connection is a failure, like any answer that is not a success.
 */
export function startTraffic(url: string, clients = 8): { stop(): Promise<Seen> } {
  const failures: string[] = []
  const acknowledged: string[] = []
  const prefix = `line ${randomBytes(4).toString('hex')} `
  let requests = 0
  let running = true
  const client = async (number: number) => {
    const agent = new Agent({ keepAlive: number % 2 === 0, maxSockets: 1 })
    for (let turn = 0; running; turn++) {
      const text = `${prefix}${number}.${turn}`
      const write = turn % 4 === 0
      requests++
      try {
        const status = await send(agent, `${url}/entries`, write ? JSON.stringify({ text }) : undefined)
        if (status >= 400) failures.push(`${write ? 'POST' : 'GET'} answered ${status}`)
        else if (write) acknowledged.push(text)
      } catch (error) {
        failures.push(`${write ? 'POST' : 'GET'} ${String(error)}`)
      }
      await sleep(10)
    }
    agent.destroy()
  }
  const all = Promise.all(Array.from({ length: clients }, (_, number) => client(number)))
  return {
    async stop() {
      running = false
      await all
      return { requests, failures, acknowledged, prefix }
    },
  }
}

function send(agent: Agent, url: string, body: string | undefined): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers =
      body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
    const sent = request(
      url,
      { agent, method: body === undefined ? 'GET' : 'POST', headers, timeout: 30_000 },
      (response) => {
        response
          .resume()
          .once('end', () => resolve(response.statusCode ?? 0))
          .once('error', reject)
      },
    )
    sent.once('error', reject).once('timeout', () => sent.destroy(new Error('no answer within 30 s')))
    sent.end(body)
  })
}

/** The lines of that traffic which were acknowledged and are not stored, and those which are stored twice. */
export async function findLostOrDoubled(url: string, { acknowledged, prefix }: Seen): Promise<string[]> {
  const stored = (await readLines(url)).filter((line) => line.startsWith(prefix))
  const kept = new Set(stored)
  return [
    ...acknowledged.filter((line) => !kept.has(line)),
    ...stored.filter((line, at) => stored.indexOf(line) !== at),
  ]
}

/** Every line that the sample holds, in order. */
export async function readLines(url: string): Promise<string[]> {
  const lines: string[] = []
  for (let after = 0; ; ) {
    const response = await fetch(`${url}/entries?after=${after}&limit=1000`)
    const { entries } = (await response.json()) as { entries: { id: number; text: string }[] }
    if (entries.length === 0) return lines
    lines.push(...entries.map(({ text }) => text))
    after = entries.at(-1)?.id ?? 0
  }
}
