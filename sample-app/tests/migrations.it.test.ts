// Not reached by: src/journal/templates/**, tests/test_*.py
import { expect, test } from 'vitest'
import { startPostgres } from './postgres.ts'
import { createNetwork, createVolume, Journal, logs, post, texts } from './support.ts'

test('replicas that start together over an empty volume must migrate once', async () => {
  await using volume = await createVolume()
  await expectOneMigration(() => new Journal(volume.name))
})

test('replicas that start together over an empty PostgreSQL must migrate once', async () => {
  await using network = await createNetwork()
  await using database = await startPostgres(network.name)
  const environment = { DATABASE_URL: database.url }
  await expectOneMigration(() => new Journal().withNetworkMode(network.name).withEnvironment(environment))
})

async function expectOneMigration(create: () => Journal) {
  await using replicas = new AsyncDisposableStack()
  const started = await Promise.all([1, 2, 3].map(() => create().start()))
  for (const replica of started) replicas.use(replica)

  const output = await Promise.all(started.map(logs))
  expect(output.filter((text) => text.includes('schema migrated from nothing'))).toHaveLength(1)
  const statuses = await Promise.all(started.map((replica, n) => post(replica, `from replica ${n}`)))
  expect(statuses).toEqual([201, 201, 201])
  for (const replica of started) expect(await texts(replica)).toHaveLength(3)
}
