import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { askHealth } from './ask-health.ts'

test('an application that answers to names alone, without an end, must be asked as the proxy asks it', async () => {
  const server = createServer(({ headers }, response) => {
    response.statusCode = headers.host === 'localhost' && headers.accept ? 200 : 400
    response.write('x'.repeat(100_000))
  }).listen(0)
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/up`
  try {
    expect(await askHealth(url, '/up', undefined)).toBeUndefined()
  } finally {
    server.closeAllConnections()
    server.close()
  }
})
