import { GenericContainer, Wait } from 'testcontainers'
import { expect, test } from 'vitest'
import { startPostgres } from './postgres.ts'
import { createNetwork, image, LABELS, logs } from './support.ts'

test('the suite must pass on PostgreSQL as it does on SQLite', async () => {
  await using network = await createNetwork()
  await using database = await startPostgres(network.name)
  const output: string[] = []
  await using suite = await new GenericContainer(image('TEST_IMAGE'))
    .withLabels(LABELS)
    .withNetworkMode(network.name)
    .withEnvironment({ TEST_DATABASE_URL: database.url })
    .withLogConsumer((stream) => stream.on('data', (line) => output.push(String(line))))
    .withWaitStrategy(Wait.forOneShotStartup())
    .withStartupTimeout(180_000)
    .start()
    .catch((error) => {
      throw new Error(`the suite failed:\n${output.join('')}`, { cause: error })
    })
  expect(await logs(suite)).toMatch(/\d+ passed/)
})
