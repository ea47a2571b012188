import { type AddressInfo, createServer } from 'node:net'
import { expect, test } from 'vitest'
import { requireFreePorts } from './io/free-port.ts'

test.each([
  ['proxy', 'PORT=8081 make deploy'],
  ['cache', 'give service "cache" another port in its Compose file'],
])('a port of %s that another program has must be said before anything starts, with what to do', async (name, next) => {
  const server = createServer().listen(0, '127.0.0.1')
  const { port } = await new Promise<AddressInfo>((resolve) =>
    server.once('listening', () => resolve(server.address() as AddressInfo)),
  )
  const asked = (range = '') =>
    requireFreePorts(
      { PORT: 8080 } as Parameters<typeof requireFreePorts>[0],
      { name: 'shop', services: { [name]: { ports: [{ host_ip: '127.0.0.1', published: `${port}${range}` }] } } },
      own,
    )
  let own: Parameters<typeof requireFreePorts>[2] = []
  await expect(asked()).rejects.toMatchObject({
    message: `port ${port} of 127.0.0.1 is taken by another program`,
    next: expect.stringContaining(next),
  })
  await expect(asked(`-${port + 1}`)).resolves.toBeUndefined()
  own = [{ ports: [`127.0.0.1:${port}`] }] as unknown as typeof own
  await expect(asked()).resolves.toBeUndefined()
  server.close()
  own = []
})
