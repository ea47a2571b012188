import { Failure } from '../../cli/failure.ts'
import { waitFor } from '../../cli/io/wait.ts'
import type { Target } from '../../docker/container.ts'
import { removeContainers, startContainers, stopContainers } from '../../docker/io/containers.ts'
import { listContainers } from '../../docker/io/engine.ts'
import { judge } from '../../docker/readiness.ts'
import { readServers } from '../../proxy/io/runtime.ts'
import { composeRelease } from '../../release/io/render.ts'
import type { Move } from '../step.ts'
import { type Context, membersOf, proxyOf } from './context.ts'
import { giveBack, join } from './traffic.ts'

const scale = (moves: readonly Move[]) => moves.flatMap(({ service, total }) => ['--scale', `${service}=${total}`])
const services = (moves: readonly Move[]) => moves.map(({ service }) => service)

/** Makes the containers of those moves, members of their sets already, but does not start them. */
export async function create(context: Context, moves: readonly Move[]): Promise<void> {
  await composeRelease(context.release, ['create', '--no-recreate', ...scale(moves), ...services(moves)])
  await join(context, moves)
}

/** Starts the containers of those moves; makes those that there are not yet. */
export async function start(context: Context, moves: readonly Move[]): Promise<void> {
  const members = await membersOf(context, moves)
  const missing = moves.filter(
    ({ service, make, revive }) => members.filter((one) => one.service === service).length < make + revive.length,
  )
  if (missing.length > 0) {
    const args = ['up', '--detach', '--no-deps', '--no-recreate', ...scale(missing), ...services(missing)]
    await composeRelease(context.release, args)
  }
  const waiting = members.filter(({ status }) => status === 'created' || status === 'exited')
  if (waiting.length > 0) await startContainers(waiting)
}

/**
 * Starts services that the proxy does not stand before, as Compose does, and waits until they are healthy; one without a
 * health check, until it runs. Not by Compose's own --wait: at its timeout it succeeds by chance (docker/compose#14105).
 */
export async function recreate({ release, config, before }: Context, names: readonly string[]): Promise<void> {
  await composeRelease(release, ['up', '--detach', '--no-deps', ...names])
  const next = 'make logs SERVICE=…, correct it, then: make ship'
  const ready = await waitFor(async () => {
    const containers = (await listContainers(release.compose.name)).filter(({ service }) => names.includes(service))
    const verdicts = containers.map((one) => judge(one, before.get(one.id)?.restarts))
    const failed = verdicts.find((verdict) => verdict.state === 'failed')
    if (failed) throw new Failure(`${release.image.version} is not deployed: ${failed.reason}`, { next })
    return verdicts.every(({ state }) => state === 'ready')
  }, config.READY_TIMEOUT)
  if (ready) return
  const limit = `READY_TIMEOUT=${config.READY_TIMEOUT} seconds`
  throw new Failure(`${release.image.version} is not deployed: ${names.join(', ')} not healthy within ${limit}`, {
    next,
  })
}

/** Removes containers, running or not, if they are still there. Their volumes stay: only `destroy` removes data. */
export async function remove({ release }: Context, targets: readonly Target[]): Promise<void> {
  if (targets.length === 0) return
  // Somebody else may be at it: a guard removes itself. What counts is that they are gone.
  await removeContainers(targets)
  const left = async () =>
    (await listContainers(release.compose.name)).filter((one) => targets.some(({ id }) => id === one.id))
  if (await waitFor(async () => (await left()).length === 0, 10)) return
  const names = (await left()).map(({ name }) => name).join(', ')
  throw new Failure(`${names} cannot be removed`, { next: 'make status' })
}

/** Stops and removes containers that have nothing in flight, and opens the slots again that were closed for them. */
export async function stop(context: Context, targets: readonly Target[]): Promise<void> {
  const servers = await readServers(await proxyOf(context))
  const closed = servers.filter(({ draining }) => draining)
  const running = (await listContainers(context.release.compose.name)).filter(({ status }) => status === 'running')
  const going = targets.filter(({ id }) => running.some((one) => one.id === id))
  if (going.length > 0) await stopContainers(going)
  await remove(context, targets)
  await giveBack(context, closed)
}
