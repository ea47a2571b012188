import { randomBytes } from 'node:crypto'
import * as http from 'node:http'
import * as https from 'node:https'
import type { LookupFunction } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { roundsOf } from './proof.ts'

/**
 * What clients saw: every answer that was not a success, how long answers took, and every line that was acknowledged.
 */
export type Seen = {
  readonly requests: number
  readonly failures: readonly string[]
  readonly acknowledged: readonly string[]
  /** The slowest answer to a request that is not meant to be slow, in milliseconds. */
  readonly slowest: number
  /** How long each answer took, in milliseconds. */
  readonly times: readonly number[]
  /** The beginning of every line of this traffic. */
  readonly prefix: string
}
export type Options = {
  readonly clients?: number
  /** A few requests that take three seconds, and a few that carry much: the sample needs SLOW_ROUTES=1. */
  readonly mixed?: boolean
  /** The authority of an https:// address, whose name stands for this host. */
  readonly ca?: string
  /** Nothing but this path is read: for an application that is not the sample. */
  readonly path?: string
  /** Milliseconds that a client waits between two requests. */
  readonly pause?: number
}

/** Traffic under way: what came of it so far, and a way to stop it. */
export type Traffic = {
  acknowledged(): readonly string[]
  count(): { readonly requests: number; readonly failed: number }
  stop(): Promise<Seen>
}

type Call = {
  readonly path: string
  readonly body?: string
  readonly key?: string
  readonly line?: string
  readonly slow?: boolean
}

/**
 * Sends requests to the sample until `stop` is called: half of the clients keep their connections, a quarter of the
 * requests are writes, half of these with an idempotency key. A dropped connection is a failure, like any answer that
 * is not a success.
 */
export function startTraffic(
  url: string,
  { clients = 8, mixed = false, ca, path, pause = roundsOf(300, 100) }: Options = {},
): Traffic {
  const failures: string[] = []
  const acknowledged: string[] = []
  const times: number[] = []
  const prefix = `line ${randomBytes(4).toString('hex')} `
  let requests = 0
  let slowest = 0
  let running = true
  const client = async (number: number) => {
    const own = { keepAlive: number % 2 === 0, maxSockets: 1 }
    const agent = ca ? new https.Agent({ ...own, ca, lookup: toThisHost }) : new http.Agent(own)
    for (let turn = 0; running; turn++) {
      const call: Call = path ? { path } : nextCall(number, turn, prefix, mixed)
      requests++
      const began = performance.now()
      const failed = (what: string) => failures.push(`${call.path} at ${new Date().toISOString()}: ${what}`)
      try {
        const { status, said } = await send(agent, url, call)
        // The gate, the proxy and the application say it in other words.
        if (status >= 400) failed(`answered ${status} ${JSON.stringify(said)}`)
        else if (call.line !== undefined) acknowledged.push(call.line)
        const took = performance.now() - began
        times.push(took)
        if (!call.slow) slowest = Math.max(slowest, took)
      } catch (error) {
        failed(String(error))
      }
      // Eight clients ask every 40 milliseconds (in the proof 13), so a gap shows, and two cores have time left for the code under test.
      // Every 6 milliseconds took 70 % of a core for each test project under load, and requests were held too long.
      await sleep(pause)
    }
    agent.destroy()
  }
  const all = Promise.all(Array.from({ length: clients }, (_, number) => client(number)))
  return {
    acknowledged: () => [...acknowledged],
    count: () => ({ requests, failed: failures.length }),
    async stop() {
      running = false
      await all
      return { requests, failures, acknowledged, prefix, slowest, times }
    },
  }
}

function nextCall(number: number, turn: number, prefix: string, mixed: boolean): Call {
  if (mixed && (turn + number * 94) % 1500 === 93) return { path: '/slow?seconds=3', slow: true }
  if (turn % 4 !== 0) return { path: '/entries?limit=5' }
  const line = `${prefix}${number}.${turn}`
  // The longest line that the sample takes, as an upload.
  const text = mixed && turn % 40 === 0 ? line.padEnd(10_000, '.') : line
  const body = JSON.stringify({ text })
  return turn % 8 === 0 ? { path: '/entries', body, line: text, key: line } : { path: '/entries', body, line: text }
}

/** Looks every name up as this host. */
export const toThisHost: LookupFunction = (_, { all }, done) =>
  all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4)

function send(agent: http.Agent, url: string, { path, body, key }: Call): Promise<{ status: number; said: string }> {
  return new Promise((resolve, reject) => {
    const headers = {
      ...(body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
      ...(key === undefined ? {} : { 'idempotency-key': key }),
    }
    const options = { agent, method: body === undefined ? 'GET' : 'POST', headers, timeout: 30_000 }
    const sent = (url.startsWith('https:') ? https : http).request(url + path, options, (response) => {
      const status = response.statusCode ?? 0
      let said = ''
      response
        .on('data', (piece: Buffer) => {
          if (status >= 400) said = `${said}${piece}`.slice(0, 100)
        })
        .once('end', () => resolve({ status, said }))
        .once('error', reject)
    })
    sent.once('error', reject).once('timeout', () => sent.destroy(new Error('no answer within 30 s')))
    sent.end(body)
  })
}

/** The acknowledged lines of that traffic that are not stored, and the number of lines that are stored twice. */
export async function findLostOrDoubled(url: string, { acknowledged, prefix }: Seen): Promise<string[]> {
  const stored = (await readLines(url)).filter((line) => line.startsWith(prefix))
  const kept = new Set(stored)
  const doubled = stored.length - kept.size
  return [...acknowledged.filter((line) => !kept.has(line)), ...(doubled > 0 ? [`${doubled} lines twice`] : [])]
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
