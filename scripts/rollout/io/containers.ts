import { Failure } from '../../cli/failure.ts'
import { log } from '../../cli/io/log.ts'
import { waitFor } from '../../cli/io/wait.ts'
import { MOST_SECONDS } from '../../config/values.ts'
import type { Target } from '../../docker/container.ts'
import { removeContainers, startContainers, stopContainers } from '../../docker/io/containers.ts'
import { listContainers } from '../../docker/io/engine.ts'
import { takesConnections } from '../../docker/io/takes-connections.ts'
import { awaitedJobs, startOrder } from '../../docker/start-order.ts'
import { openProxy } from '../../proxy/io/runtime.ts'
import { linkedFiles, linkKept } from '../../release/io/kept-files.ts'
import { composeRelease } from '../../release/io/render.ts'
import type { Release } from '../../release/model.ts'
import { restartNames } from '../../release/restarts.ts'
import { isCurrentOne } from '../route-plan.ts'
import type { Move } from '../step.ts'
import { addressOf, type Facts, judgeAmong, membersOf, type Turn } from './facts.ts'
import { HALTED } from './time-left.ts'
import { attach, lettingGo, reopen } from './traffic.ts'

const scale = (moves: readonly Move[]) => moves.flatMap(({ service, total }) => ['--scale', `${service}=${total}`])
const services = (moves: readonly Move[]) => moves.map(({ service }) => service)

/** Makes the containers of those moves and attaches them to their sets, but does not start them. */
export async function create(facts: Facts, moves: readonly Move[]): Promise<void> {
  await composeRelease(facts.release, ['create', '--no-recreate', ...scale(moves), ...services(moves)])
  await linkKept(facts.release.compose, services(moves))
  await attach(facts, moves)
}

/** Starts the containers of those moves, and makes the ones that do not exist yet. */
export async function start(facts: Facts, moves: readonly Move[]): Promise<void> {
  const members = await membersOf(facts, moves)
  const missing = moves.filter(
    ({ service, make, revive }) => members.filter((one) => one.service === service).length < make + revive.length,
  )
  if (missing.length > 0) {
    const args = ['--no-deps', '--no-recreate', ...scale(missing), ...services(missing)]
    await upLinked(facts.release, services(missing), args)
  }
  const waiting = members.filter(({ status }) => status === 'created' || status === 'exited')
  if (waiting.length > 0) await startContainers(waiting)
}

// Links to the files that a release keeps are there before anything of it starts.
async function upLinked(release: Release, names: readonly string[], args: readonly string[]): Promise<void> {
  const { compose } = release
  if (names.some((name) => linkedFiles(compose, name).length > 0)) {
    await composeRelease(release, ['up', '--no-start', ...args])
    await linkKept(compose, names)
  }
  await composeRelease(release, ['up', '--detach', ...args])
}

/**
 * Starts unrouted services as Compose does, each once those that it depends on are ready: healthy, running where there is no
 * health check, or done. Compose's own --wait is not used: at its timeout it succeeds by chance (docker/compose#14105).
 * Containers of this release that look up one of them when they start are started again.
 */
export async function recreate(turn: Turn, names: readonly string[]): Promise<void> {
  const { compose, routes } = turn.release
  for (const wave of startOrder(compose, names)) await recreateAll(turn, wave)
  const looking = routes.filter(({ service }) =>
    restartNames(compose.services[service]).some((one) => names.includes(one)),
  )
  const stale = (await listContainers(compose.name)).filter(
    (one) =>
      one.status === 'running' &&
      looking.some(({ service }) => service === one.service) &&
      isCurrentOne(one, turn.release),
  )
  if (stale.length === 0) return
  await stopContainers(stale, Math.ceil(turn.release.proxy.hold * HALTED))
  await startContainers(stale)
}

async function recreateAll(turn: Turn, names: readonly string[]): Promise<void> {
  const { release, config, progress } = turn
  // Nothing is in flight to them while requests wait; some would go on until they are killed, such as uWSGI. Data get the time they need.
  const isHurried = progress.behind && !names.some((name) => release.compose.services[name]?.volumes?.length)
  const stop = isHurried ? ['--timeout', String(Math.ceil(release.proxy.hold * HALTED))] : []
  await upLinked(release, names, ['--no-deps', ...stop, ...names])
  const next = (failed: readonly string[]) =>
    `correct what the log of ${failed.join(', ')} says (above, or: make logs SERVICE=${failed[0]}), then: make ship`
  let waiting = names
  const letGo = lettingGo(turn)
  const ready = await waitFor(async () => {
    await letGo()
    const all = await listContainers(release.compose.name)
    const containers = all.filter(({ service }) => names.includes(service))
    const judged = judgeAmong(turn, all)
    const verdicts = containers.map((one) => ({ service: one.service, ...judged(one) }))
    const failed = verdicts.find((verdict) => verdict.state === 'failed')
    if (failed)
      throw new Failure(`${release.image.version} is not deployed: ${failed.reason}`, { next: next([failed.service]) })
    waiting = verdicts.flatMap(({ service, state }) => (state === 'ready' ? [] : [service]))
    return waiting.length === 0
  }, config.READY_TIMEOUT)
  if (ready) return await awaitPorts(turn, names)
  const limit = `READY_TIMEOUT=${config.READY_TIMEOUT} seconds`
  const jobs = awaitedJobs(release.compose)
  const [what, longer] = waiting.every((name) => jobs.has(name))
    ? [
        'not done with its work',
        `   (longer work: READY_TIMEOUT=${Math.min(config.READY_TIMEOUT * 10, MOST_SECONDS)} make deploy)`,
      ]
    : ['not healthy', '']
  throw new Failure(`${release.image.version} is not deployed: ${waiting.join(', ')} ${what} within ${limit}`, {
    next: next(waiting) + longer,
  })
}

// Waits until services without a health check take connections at the ports that they expose. Who looked them up before would
// remember for a while that they did not, such as nginx. Not for ever: they may need no such port.
async function awaitPorts(turn: Turn, names: readonly string[]): Promise<void> {
  const { compose } = turn.release
  const exposing = names.filter(
    (name) => !compose.services[name]?.healthcheck && compose.services[name]?.expose?.length,
  )
  if (exposing.length === 0) return
  const containers = (await listContainers(compose.name)).filter(({ service }) => exposing.includes(service))
  let closed = containers.flatMap((container) => {
    const { name, service } = container
    const address = addressOf(turn.release, container)
    const ports = (compose.services[service]?.expose ?? []).flatMap((one) => /^(\d+)(?:\/tcp)?$/.exec(one)?.[1] ?? [])
    return address ? ports.map((port) => ({ name, address, port: Number(port) })) : []
  })
  const letGo = lettingGo(turn)
  const isOpen = async () => {
    await letGo()
    const open = await Promise.all(closed.map(({ address, port }) => takesConnections(address, port)))
    closed = closed.filter((_, index) => !open[index])
    if (closed[0]) log.waits(`${closed[0].name} takes no connections at ${closed[0].port}`)
    return closed.length === 0
  }
  if (await waitFor(isOpen, OPENED)) return
  for (const { name, port } of closed)
    log.warn(`${name} takes no connections at ${port} after ${OPENED} seconds: what needs it starts all the same`)
}
const OPENED = 30

/** Removes containers, running or not, if they are still there. Their volumes stay: only `destroy` removes data. */
export async function remove({ release }: Facts, targets: readonly Target[]): Promise<void> {
  if (targets.length === 0) return
  // Something else may remove them at the same time: a guard removes itself. What counts is that they are gone.
  await removeContainers(targets)
  const left = async () =>
    (await listContainers(release.compose.name)).filter((one) => targets.some(({ id }) => id === one.id))
  if (await waitFor(async () => (await left()).length === 0, 10)) return
  const names = (await left()).map(({ name }) => name).join(', ')
  throw new Failure(`${names} cannot be removed`, { next: 'make status' })
}

/** Stops and removes containers that have nothing in flight, and opens the slots again that were closed for them. */
export async function stop(facts: Facts, targets: readonly Target[]): Promise<void> {
  const { name } = facts.release.compose
  const proxy = await openProxy(name)
  const closed = (await proxy.readServers()).filter(({ draining }) => draining)
  const running = (await listContainers(name)).filter(({ status }) => status === 'running')
  const going = targets.filter(({ id }) => running.some((one) => one.id === id))
  if (going.length > 0) await stopContainers(going)
  await warnOfKilled(name, going)
  await remove(facts, targets)
  await reopen(proxy, closed)
}

// 137: killed. Nothing was in flight any more; only time was lost.
async function warnOfKilled(project: string, stopped: readonly Target[]): Promise<void> {
  const killed = (await listContainers(project)).filter(
    ({ id, exitCode }) => exitCode === 137 && stopped.some((one) => one.id === id),
  )
  for (const { name } of killed)
    log.warn(`${name} did not end at its stop signal, and was killed: its first process must pass it on (exec in sh)`)
}
