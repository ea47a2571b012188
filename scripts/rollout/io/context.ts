import { Failure } from '../../cli/failure.ts'
import type { Config } from '../../config/io/read.ts'
import type { Taking } from '../../data/io/take.ts'
import { PROXY } from '../../docker/compose-model.ts'
import type { ContainerState, Target } from '../../docker/container.ts'
import { listContainers } from '../../docker/io/engine.ts'
import type { Tally } from '../../proxy/error-rate.ts'
import type { Server } from '../../proxy/haproxy.ts'
import { readServers } from '../../proxy/io/runtime.ts'
import { type Color, edgeAddress } from '../../proxy/sets.ts'
import type { Rehearsal } from '../../release/history.ts'
import type { Release } from '../../release/model.ts'
import type { Observed } from '../plan.ts'
import type { Move } from '../step.ts'

/** What the steps of one rollout share. */
export type Context = {
  readonly config: Config
  readonly release: Release
  readonly target: string
  /** The last good release: a snapshot holds its data. */
  readonly from: Release | undefined
  /** The containers that were there when the plan was made, by id: any other is this rollout's own. */
  readonly before: ReadonlyMap<string, ContainerState>
  /** When the rollout began, in milliseconds. */
  readonly started: number
  /** What the sets had answered, by alias, when they were switched. */
  readonly tallies: Map<string, Tally>
  /** When the requests that wait began to, in milliseconds; undefined while none do. */
  heldSince: number | undefined
  /** Going back: there is nothing else to come back to, so no share of HOLD_TIMEOUT ends a wait. */
  readonly patient: boolean
  /** Milliseconds that requests were held, and the number of those that were cut. */
  held: number
  cut: number
  /** The number of the step being taken. */
  step: number
  /** The ids of the containers that it has begun to stop. */
  readonly stopping: string[]
  /** The snapshot that this run has begun. */
  taking: Taking | undefined
  rehearsal: Rehearsal | undefined
  /** Whether a step has changed anything but snapshots. */
  touched: boolean
  /** Whether the new version may have written to the data. */
  wrote: boolean
  /** Ends when the guard has come, or gone. */
  guard: Promise<void>
}

type Purpose = { readonly target: string; readonly from?: Release | undefined; readonly patient?: boolean }

export const makeContext = (
  config: Config,
  release: Release,
  { containers }: Observed,
  { target, from, patient = false }: Purpose,
): Context => ({
  config,
  release,
  target,
  from,
  before: new Map(containers.map((container) => [container.id, container])),
  started: Date.now(),
  tallies: new Map(),
  heldSince: undefined,
  patient,
  held: 0,
  cut: 0,
  step: 0,
  stopping: [],
  taking: undefined,
  rehearsal: undefined,
  touched: false,
  wrote: false,
  guard: Promise.resolve(),
})

/** The containers of those services that this rollout has made. */
export async function newcomersOf(
  { release, before }: Context,
  services: readonly string[],
): Promise<ContainerState[]> {
  const all = await listContainers(release.compose.name)
  return all.filter(({ id, service }) => services.includes(service) && !before.has(id))
}

/** The containers of a move: those it has made, and those it starts again. */
export async function membersOf(
  context: Context,
  moves: readonly Move[],
): Promise<(ContainerState & { color: Color })[]> {
  const all = await listContainers(context.release.compose.name)
  return all.flatMap((container) => {
    const move = moves.find(({ service }) => service === container.service)
    const ours = move && (!context.before.has(container.id) || move.revive.some(({ id }) => id === container.id))
    return ours ? [{ ...container, color: move.color }] : []
  })
}

/** The id of the running proxy. Throws a Failure where none runs. */
export async function proxyOf({ release }: Context): Promise<string> {
  const all = await listContainers(release.compose.name)
  const proxy = all.find(({ service, status }) => service === PROXY && status === 'running')
  if (!proxy) throw new Failure('the proxy is not running', { next: 'make logs SERVICE=proxy' })
  return proxy.id
}

/** Finds the slots of those containers, now and each time it is called. */
export async function slotsOf(context: Context, targets: readonly Target[]): Promise<() => Promise<Server[]>> {
  const { name } = context.release.compose
  const proxy = await proxyOf(context)
  const mine = (await listContainers(name)).filter(({ id }) => targets.some((target) => target.id === id))
  const addresses = mine.map((one) => edgeAddress(one, name)).filter(Boolean)
  return async () => (await readServers(proxy)).filter(({ address }) => addresses.includes(address))
}
