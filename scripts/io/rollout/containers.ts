import { Failure } from '../../core/failure.ts'
import type { Move, Target } from '../../core/step.ts'
import { composeRelease } from '../compose.ts'
import { listContainers } from '../engine.ts'
import { exec, tryExec } from '../exec.ts'
import { readProxy } from '../proxy.ts'
import { waitFor } from '../wait.ts'
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
  if (waiting.length > 0) await exec(['docker', 'start', ...waiting.map(({ name }) => name)])
}

/** Starts services that the proxy does not stand before, as Compose does, and waits until they are healthy. */
export const recreate = ({ release, config }: Context, names: readonly string[]): Promise<void> =>
  composeRelease(release, [
    ...['up', '--detach', '--wait', '--wait-timeout', String(config.READY_TIMEOUT), '--no-deps'],
    ...names,
  ])

/** Stops containers, gently: each has its own grace period, or, while requests wait, `seconds` at most. */
export async function halt(targets: readonly Target[], seconds?: number): Promise<void> {
  const time = seconds === undefined ? [] : ['--time', String(Math.max(1, Math.floor(seconds)))]
  await exec(['docker', 'stop', ...time, ...targets.map(({ name }) => name)])
}

/** Removes containers, running or not, if they are still there. Their volumes stay: only `destroy` removes data. */
export async function remove({ release }: Context, targets: readonly Target[]): Promise<void> {
  if (targets.length === 0) return
  // Somebody else may be at it: a guard removes itself. What counts is that they are gone.
  const { stderr } = await tryExec(['docker', 'rm', '--force', ...targets.map(({ name }) => name)])
  const left = async () =>
    (await listContainers(release.compose.name)).filter((one) => targets.some(({ id }) => id === one.id))
  if (await waitFor(async () => (await left()).length === 0, 10)) return
  const names = (await left()).map(({ name }) => name).join(', ')
  throw new Failure(`${names} cannot be removed`, { detail: stderr, next: 'make status' })
}

/** Stops and removes containers that have nothing in flight, and opens the slots again that were closed for them. */
export async function stop(context: Context, targets: readonly Target[]): Promise<void> {
  const { servers } = await readProxy(await proxyOf(context))
  const closed = servers.filter(({ draining }) => draining)
  const running = (await listContainers(context.release.compose.name)).filter(({ status }) => status === 'running')
  const going = targets.filter(({ id }) => running.some((one) => one.id === id))
  if (going.length > 0) await halt(going)
  await remove(context, targets)
  await giveBack(context, closed)
}
