import type { Tally } from '../../core/bake.ts'
import { type Color, type ContainerState, edgeAddress } from '../../core/container.ts'
import { Failure } from '../../core/failure.ts'
import type { Server } from '../../core/haproxy.ts'
import { PROXY, type Release } from '../../core/release.ts'
import type { Rehearsal } from '../../core/release-entry.ts'
import type { Observed } from '../../core/rollout-plan.ts'
import type { Move, Target } from '../../core/step.ts'
import type { Config } from '../config.ts'
import type { Taking } from '../data/snapshot.ts'
import { listContainers } from '../engine.ts'
import { readServers } from '../proxy.ts'

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
