import { connect, type Socket } from 'node:net'

/** What a slow client does slowly; `idle` sends one request and keeps its connection. */
export const SLOW_KINDS = ['headers', 'short body', 'long body', 'chunked body', 'reading', 'idle'] as const
export type SlowKind = (typeof SLOW_KINDS)[number]

const POST = 'POST /entries HTTP/1.1\r\nhost: slow\r\ncontent-type: application/json\r\n'
const TEXT = '{"text": "'
const BEGINNINGS: Readonly<Record<SlowKind, string>> = {
  headers: POST,
  'short body': `${POST}content-length: 1000\r\n\r\n${TEXT}`,
  // More than the proxy holds, and no more than the sample takes.
  'long body': `${POST}content-length: 200000\r\n\r\n${TEXT}${'a'.repeat(20_000)}`,
  'chunked body': `${POST}transfer-encoding: chunked\r\n\r\n4e2a\r\n${TEXT}${'a'.repeat(20_000)}\r\n`,
  reading: 'GET /entries?limit=1000 HTTP/1.1\r\nhost: slow\r\n\r\n'.repeat(20),
  idle: 'GET /healthz HTTP/1.1\r\nhost: slow\r\n\r\n',
}
const DRIPS: Partial<Record<SlowKind, string>> = {
  headers: 'x-a: b\r\n',
  'short body': 'a',
  'long body': 'a',
  'chunked body': '1\r\na\r\n',
}

/** Opens connections of slow clients, which connect again once they are turned away. Gives the way to close them all. */
export function startSlowClients(port: number, kind: SlowKind, count: number): () => void {
  const sockets = new Set<Socket>()
  let running = true
  const open = () => {
    if (!running) return
    const socket = connect(port, '127.0.0.1', () => socket.write(BEGINNINGS[kind]))
    sockets.add(socket)
    if (kind === 'reading') socket.pause()
    else socket.resume()
    // That it is turned away is what is expected.
    socket.on('error', () => {})
    const drip = DRIPS[kind]
    const timer = setInterval(() => drip !== undefined && socket.writable && socket.write(drip), 1000)
    socket.once('close', () => {
      clearInterval(timer)
      sockets.delete(socket)
      setTimeout(open, 100)
    })
  }
  for (let client = 0; client < count; client++) open()
  return () => {
    running = false
    for (const socket of sockets) socket.destroy()
  }
}
