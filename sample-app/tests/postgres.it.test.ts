// Not reached by: src/journal/templates/**, tests/test_*.py
import { Wait } from 'testcontainers'
import { expect, test } from 'vitest'
import { TestContainer } from '../../scripts/testing/container.ts'
import { startPostgres } from './postgres.ts'
import { createNetwork, image, logs } from './support.ts'

test('the suite must pass on PostgreSQL as it does on SQLite', async () => {
  await using network = await createNetwork()
  await using database = await startPostgres(network.name)
  await using suite = await new TestContainer(image('TEST_IMAGE'))
    .withNetworkMode(network.name)
    .withEnvironment({ TEST_DATABASE_URL: database.url })
    .withWaitStrategy(Wait.forOneShotStartup())
    .withStartupTimeout(180_000)
    .start()
  expect(await logs(suite)).toMatch(/\d+ passed/)
})
