import { expect, test } from 'vitest'
import { container, createNetwork, idle, inside, inspect, PYTHON, unique } from './io/lesson.ts'

test('a container must be found by its name on its network, and not from another network', async () => {
  // Names belong to the whole engine, and another container on it may be called "db".
  const db = unique('db')
  await using network = await createNetwork()
  await using elsewhere = await createNetwork()
  await using database = await idle(PYTHON).withName(db).withNetworkMode(network.name).start()
  await using neighbour = await idle(PYTHON).withNetworkMode(network.name).start()
  await using stranger = await idle(PYTHON).withNetworkMode(elsewhere.name).start()
  const [found = ''] = (await inside(neighbour, `getent hosts ${db}`)).split(' ')
  expect(found).toBe(database.getIpAddress(network.name))
  const NOT_FOUND = 2
  expect((await stranger.exec(['getent', 'hosts', db])).exitCode).toBe(NOT_FOUND)
  // The stranger does resolve names, those of its own network.
  const itself = await inside(stranger, `getent hosts ${stranger.getName().slice(1)}`)
  expect(itself).toContain(stranger.getIpAddress(elsewhere.name))
})

test('a published port is reachable from the host on localhost, and an unpublished one is not', async () => {
  const server = (port: number) =>
    container(PYTHON).withCommand(['python3', '-m', 'http.server', '--directory', '/etc', String(port)])
  await using published = await server(8000).withExposedPorts(8000).start()
  const port = published.getMappedPort(8000)
  expect(await answerOf(port)).toBe(`${published.getId().slice(0, 12)}\n`)
  await published.stop()

  // It listens on the same port that just answered, but the host has no way to it.
  await using unpublished = await server(port).start()
  const ask = `import urllib.request as r; print(r.urlopen("http://localhost:${port}/hostname").read().decode(), end="")`
  await expect
    .poll(async () => (await unpublished.exec(['python3', '-c', ask])).stdout, { timeout: 30_000 })
    .toBe(`${unpublished.getId().slice(0, 12)}\n`)
  expect((await inspect(unpublished)).NetworkSettings.Ports).toEqual({})
  expect(await answerOf(port)).toBe('ECONNREFUSED')
})

// The answer of a server on this host, or the reason why there is none.
async function answerOf(port: number): Promise<string> {
  try {
    return await (await fetch(`http://localhost:${port}/hostname`)).text()
  } catch (error) {
    return (error as { cause?: { code?: string } }).cause?.code ?? String(error)
  }
}
