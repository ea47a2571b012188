import { setTimeout as sleep } from 'node:timers/promises'
import { messageOf } from '../../cli/failure.ts'
import { log } from '../../cli/io/log.ts'
import { waitFor } from '../../cli/io/wait.ts'
import { PROXY } from '../../docker/compose-model.ts'
import type { Target } from '../../docker/container.ts'
import { engine } from '../../docker/io/engine.ts'
import { OWNER, PROJECT_LABEL } from '../../docker/labels.ts'
import { proxyIn, type RunningProxy } from '../../proxy/io/runtime.ts'
import { takesTasks } from '../cluster.ts'
import type { Rollouts } from './serve.ts'

/** The containers of a project's tasks on the engine that is worked on, of some services. */
export async function taskContainers(
  project: string,
  services: readonly string[],
  status?: 'paused',
): Promise<Target[]> {
  const label = [`${PROJECT_LABEL}=${project}`, `${OWNER}=service`]
  const names = services.map((name) => `${project}_${name}`)
  const filters = { label, ...(status ? { status: [status] } : {}) }
  return (await engine.listContainers({ filters })).flatMap(({ Id, Names, Labels }) =>
    names.includes(Labels['com.docker.swarm.service.name'] ?? '') ? [{ id: Id, name: (Names[0] ?? Id).slice(1) }] : [],
  )
}

/** Asks the proxies of all nodes, one node after the other. */
export async function eachProxy<T>(
  { config: { PROJECT }, cluster, ways }: Rollouts,
  ask: (proxy: RunningProxy) => Promise<T>,
): Promise<T[]> {
  const answers: T[] = []
  for (const { id } of cluster.nodes.filter(takesTasks))
    await ways.on(id, async () => {
      for (const proxy of await taskContainers(PROJECT, [PROXY])) answers.push(await ask(proxyIn(proxy.id)))
    })
  return answers
}

/** Requests that wait at the proxies of all nodes; `end` lets them go, and gives how long they have waited, in ms. */
export type Hold = { readonly services: readonly string[]; readonly end: () => Promise<number> }

/** Lets requests of services wait on every node, and those in flight end. A proxy holds none for longer than HOLD_TIMEOUT. */
export async function holdRequests(run: Rollouts, services: readonly string[]): Promise<Hold> {
  // What opens the ways may take longer than a request should wait.
  await eachProxy(run, async () => {})
  const began = Date.now()
  let ended: Promise<number> | undefined
  const end = () => (ended ??= endHold(run, services).then(() => Date.now() - began))
  log.step(`hold requests of ${services.join(', ')} on every node`, 'nobody may write meanwhile')
  try {
    await eachProxy(run, (proxy) => proxy.hold(services))
    const inFlight = async () =>
      (await eachProxy(run, (proxy) => proxy.readServers()))
        .flat()
        .filter(({ service }) => services.includes(service))
        .reduce((sum, server) => sum + server.inFlight, 0)
    const { DRAIN_TIMEOUT, HOLD_TIMEOUT } = run.config
    // Asked twice: a request may have passed the rules and not reached its member yet.
    const drained = await waitFor(
      async () => (await inFlight()) === 0 && (await inFlight()) === 0,
      Math.min(DRAIN_TIMEOUT, HOLD_TIMEOUT * 0.3),
      () => sleep(50),
    )
    if (!drained) log.warn('requests are still in flight')
    return { services, end }
  } catch (error) {
    await end().catch((failed: unknown) => log.warn(messageOf(failed)))
    throw error
  }
}

/** Lets the requests of services go on every node. */
export async function endHold(run: Rollouts, services: readonly string[]): Promise<void> {
  log.step('let the requests go on every node', 'they can be answered')
  await eachProxy(run, (proxy) => proxy.unhold(services))
}
