import { setTimeout as sleep } from 'node:timers/promises'
import { Failure, messageOf } from '../../cli/failure.ts'
import { log } from '../../cli/io/log.ts'
import { waitFor } from '../../cli/io/wait.ts'
import { askedPath } from '../../config/health-path.ts'
import type { Config } from '../../config/io/read.ts'
import { askHealth } from '../../docker/io/ask-health.ts'
import type { Release } from '../../release/model.ts'
import { type Cluster, dataLabel, takesTasks } from '../cluster.ts'
import { type Compiled, compile, type Surroundings } from '../compile.ts'
import { judgeService, tasksOf } from '../judge.ts'
import { addressOf } from '../status.ts'
import { apply } from './apply.ts'
import { mendMembers } from './members.ts'
import { changeNode, readCluster } from './nodes.ts'
import { readSurroundings } from './surroundings.ts'
import { readServices } from './swarm.ts'
import type { Ways } from './ways.ts'

/** A run on a swarm: `push` puts the ledger where every manager sees it, `ways` lead to the engines of all nodes. */
export type Rollouts = {
  readonly config: Config
  readonly cluster: Cluster
  readonly ways: Ways
  readonly push: () => Promise<void>
}
/** A release as services of a swarm. */
export type Placed = Compiled & Pick<Surroundings, 'dataNode' | 'images'>

/** What a release is on the swarm of this engine, and that swarm. */
export async function compileHere(config: Config, release: Release, cluster: Cluster): Promise<Placed> {
  const around = await readSurroundings(config, release, cluster)
  return { ...compile(release, around), dataNode: around.dataNode, images: around.images }
}

/** Lets a release serve on the swarm; `served` comes once its tasks run. Throws a Failure where it does not. */
export async function serve(
  { config }: Rollouts,
  compiled: Placed,
  release: Release,
  served: () => Promise<void>,
): Promise<void> {
  if (compiled.dataNode !== undefined)
    await changeNode(compiled.dataNode, { Labels: { [dataLabel(config.PROJECT)]: '1' } })
  await apply(config, compiled, served)
  await requireServed(config, release)
  await mendMembers(config)
  await bake(config, compiled)
}

/** Throws a Failure where the proxies do not answer as this release, on each node that is there. */
async function requireServed(config: Config, { image, routes }: Release): Promise<void> {
  const route = routes.find(({ path }) => path === '/')
  if (!route) return
  log.step('ask the proxy of every node', 'its answer must be of the new version')
  let problem = ''
  const answered = await waitFor(async () => {
    // A node may be gone by now; the engine takes its time to notice.
    const nodes = (await readCluster()).nodes.filter(takesTasks)
    const said = await Promise.all(
      nodes.map(async (node) => {
        const why = await problemAt(`${addressOf(config, node)}${askedPath(route.health)}`, route.health, image)
        return why === undefined ? [] : [`the proxy on ${node.name} ${why}`]
      }),
    )
    problem = said.flat().join('; ')
    return problem === ''
  }, 30)
  if (!answered) throw new Failure(problem, { next: 'correct it, then: make ship' })
}

const problemAt = (url: string, path: string, expected: Release['image']): Promise<string | undefined> =>
  askHealth(url, path, expected).catch((error) => `does not answer at ${url}: ${messageOf(error)}`)

async function bake({ BAKE_TIME }: Config, { project }: Compiled): Promise<void> {
  if (BAKE_TIME === 0) return
  const since = Date.now()
  log.step(`watch the new version for ${BAKE_TIME} s`, 'a task that ends goes back')
  const look = async () => {
    const { services, tasks } = await readServices(project)
    for (const one of services) {
      const own = tasksOf(one, tasks)
      const lost = own.find(({ state, at, definition }) => definition === one.task && state === 'failed' && at > since)
      const verdict = judgeService(one, own, since, Date.now())
      const reason =
        verdict.state === 'failed' ? verdict.reason : lost && `${one.name} served, and ended: ${lost.error}`
      if (reason) throw new Failure(reason, { next: 'correct it, then: make ship' })
    }
    return false
  }
  await waitFor(look, BAKE_TIME, () => sleep(500))
}
