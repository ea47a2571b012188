// The way to the engine of a node of a swarm (scripts/swarm/io/ways.ts): whoever has the key may use that engine. It ends once nobody was
// there for a while, so a run that was killed leaves none.
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { createServer } from 'node:tls'

const key = readFileSync('/run/secrets/key')
const cipher = { ciphers: 'ECDHE-PSK-CHACHA20-POLY1305', minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' }
let open = 0
let end
const count = (change) => {
  open += change
  clearTimeout(end)
  if (open === 0) end = setTimeout(() => process.exit(), 20_000)
}
createServer({ ...cipher, allowHalfOpen: true, pskCallback: () => key }, (client) => {
  count(1)
  // A manager that has lost its power says nothing any more.
  client.setKeepAlive(true, 5000)
  const engine = connect({ path: '/var/run/docker.sock', allowHalfOpen: true })
  client.once('close', () => {
    engine.destroy()
    count(-1)
  })
  engine.once('close', () => client.destroySoon())
  for (const one of [client, engine]) one.on('error', () => {})
  client.pipe(engine).pipe(client)
})
  .on('tlsClientError', () => {})
  .listen(2378)
count(0)
