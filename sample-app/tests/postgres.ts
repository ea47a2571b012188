import { randomUUID } from 'node:crypto'
import { Wait } from 'testcontainers'
import { TestContainer } from '../../scripts/testing/container.ts'
import { image } from './support.ts'

/** An empty PostgreSQL in a network, and the URL at which its neighbours reach it. */
export async function startPostgres(network: string) {
  const name = `journal-test-db-${randomUUID()}`
  const container = await new TestContainer(image('POSTGRES_IMAGE'))
    .withName(name)
    .withNetworkMode(network)
    .withTmpFs({ '/var/lib/postgresql/data': 'size=512m' })
    .withEnvironment({ POSTGRES_USER: 'journal', POSTGRES_PASSWORD: 'for-tests-only' })
    // Upstream's image starts a server without network first, to initialize: ask over the network.
    .withWaitStrategy(Wait.forSuccessfulCommand('pg_isready --host=127.0.0.1 --username=journal'))
    .start()
  return {
    url: `postgresql://journal:for-tests-only@${name}/journal`,
    [Symbol.asyncDispose]: () => container[Symbol.asyncDispose](),
  }
}
