import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { readBody } from './body.ts'

test('of a body without end the beginning must be read, and no more be waited for', async () => {
  const piece = 'x'.repeat(10_000)
  const server = createServer((_, response) => {
    const send = () => {
      while (!response.destroyed && response.write(piece));
    }
    response.on('drain', send)
    send()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const body = await readBody((await fetch(`http://127.0.0.1:${port}`)).body)
  expect(body).toBe('x'.repeat(65_536))
  server.closeAllConnections()
  server.close()
})

test('a short body must be read whole, and none be empty', async () => {
  expect(await readBody(new Response('né').body)).toBe('né')
  expect(await readBody(new Response(null).body)).toBe('')
})
