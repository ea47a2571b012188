// A way to the engines of other nodes (scripts/swarm/io/ways.ts). `engine` runs on a node, and leads whoever has the key to its engine.
// `relay` runs beside the toolkit, on the network of those: what it passes on, it cannot read. Both end once nobody was there for a while.
import { readFileSync } from 'node:fs'
import net from 'node:net'
import tls from 'node:tls'

const [mode, ...addresses] = process.argv.slice(1)
const half = { allowHalfOpen: true }
let open = 0
let end
const count = (change) => {
  open += change
  clearTimeout(end)
  if (open === 0) end = setTimeout(() => process.exit(), 20_000)
}
const lead = (to) => (client) => {
  count(1)
  const other = net.connect({ ...to, ...half })
  // Whoever is gone without a word must not keep this open.
  client.setKeepAlive?.(true, 5000)
  client.once('close', () => {
    other.destroy()
    count(-1)
  })
  other.once('close', () => client.destroySoon())
  for (const one of [client, other]) one.on('error', () => {})
  client.pipe(other).pipe(client)
}
if (mode === 'engine') {
  const key = readFileSync('/run/secrets/key')
  const cipher = { ciphers: 'ECDHE-PSK-CHACHA20-POLY1305', minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' }
  tls
    .createServer({ ...cipher, ...half, pskCallback: () => key }, lead({ path: '/var/run/docker.sock' }))
    .on('tlsClientError', () => {})
    .listen(2376)
} else for (const [index, host] of addresses.entries()) net.createServer(half, lead({ host, port: 2376 })).listen(10_000 + index)
count(0)
