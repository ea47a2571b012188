import type { Config } from '../../config/io/read.ts'
import { openNetworks } from '../../docker/compose-model.ts'
import type { ContainerState, Target } from '../../docker/container.ts'
import { listContainers } from '../../docker/io/engine.ts'
import { judge, type Verdict } from '../../docker/readiness.ts'
import { asideServices, awaitedJobs } from '../../docker/start-order.ts'
import type { Server } from '../../proxy/haproxy.ts'
import type { RunningProxy } from '../../proxy/io/runtime.ts'
import { type Color, edgeAddress } from '../../proxy/sets.ts'
import type { Release } from '../../release/model.ts'
import type { Progress, RunEvent } from '../progress.ts'
import type { Observed } from '../situation.ts'
import type { Move } from '../step.ts'
import type { Guard } from './guard.ts'

/** What is known of a run before its first step, and does not change. */
export type Facts = {
  readonly config: Config
  readonly release: Release
  readonly target: string
  /** The last good release: a snapshot holds its data. */
  readonly from: Release | undefined
  /** The containers that were there when the plan was made, by id. This run made all others. */
  readonly before: ReadonlyMap<string, ContainerState>
  /** When the run began, in milliseconds. */
  readonly started: number
  /** Going back: nothing is left to fall back to, so no share of HOLD_TIMEOUT ends a wait. */
  readonly patient: boolean
}

/** What one step is given beside itself. */
export type Turn = Facts & {
  /** What had come of the run when the step began. */
  readonly progress: Progress
  /** Tells at once what must be known even where the step fails later. */
  readonly tell: (event: RunEvent) => void
  readonly guard: Guard
}

type Purpose = { readonly target: string; readonly from?: Release | undefined; readonly patient?: boolean }

/** The facts of a run that begins now, on what was observed. */
export const gatherFacts = (
  config: Config,
  release: Release,
  { containers }: Observed,
  { target, from, patient = false }: Purpose,
): Facts => ({
  config,
  release,
  target,
  from,
  before: new Map(containers.map((container) => [container.id, container])),
  started: Date.now(),
  patient,
})

/**
 * Judges containers of the project, of all that there are now: by how often they had been restarted before this run. Before there are
 * any data, one may end and come back: two services that set them up stand in each other's way, and Compose starts such a one again.
 * Nor is there a release to go back to: a worker that nobody waits for may lack what only somebody who uses the application sets up.
 */
export const judgeAmong = (
  { before, from, patient, release }: Facts,
  others: readonly ContainerState[],
): ((one: ContainerState) => Verdict) => {
  const [now, isFirst] = [Date.now(), !from && !patient]
  const isEnding = ({ restarts, status, startedAt, health }: ContainerState) =>
    health === 'unhealthy' || (restarts > 1 && (status === 'restarting' || now - Date.parse(startedAt) < 60_000))
  const ending = [...before.values()].flatMap((one) => (isEnding(one) ? one.service : []))
  const aside = asideServices(release.compose)
  const forgiven = isFirst ? aside : new Set(ending.filter((service) => aside.has(service)))
  const among = { others, now, awaited: awaitedJobs(release.compose), spare: isFirst ? 1 : 0, forgiven }
  return (one) => judge(one, before.get(one.id)?.restarts, among)
}

/** The address at which this host reaches a container; undefined where all of its networks are without a way out. */
export const addressOf = ({ compose }: Release, { service, networks }: ContainerState): string | undefined =>
  openNetworks(compose, service).map((name) => networks[name]?.address)[0]

/** The containers of those services that this run has made. */
export async function newcomersOf({ release, before }: Facts, services: readonly string[]): Promise<ContainerState[]> {
  const all = await listContainers(release.compose.name)
  return all.filter(({ id, service }) => services.includes(service) && !before.has(id))
}

/** The containers of those moves: the ones that the run has made, and the ones that it starts again. */
export async function membersOf(
  { release, before }: Facts,
  moves: readonly Move[],
): Promise<(ContainerState & { color: Color })[]> {
  const all = await listContainers(release.compose.name)
  return all.flatMap((container) => {
    const move = moves.find(({ service }) => service === container.service)
    const ours = move && (!before.has(container.id) || move.revive.some(({ id }) => id === container.id))
    return ours ? [{ ...container, color: move.color }] : []
  })
}

/** A function that reads the slots of those containers from the proxy, each time it is called. */
export async function slotsOf(
  { release }: Facts,
  proxy: RunningProxy,
  targets: readonly Target[],
): Promise<() => Promise<Server[]>> {
  const { name } = release.compose
  const mine = (await listContainers(name)).filter(({ id }) => targets.some((target) => target.id === id))
  const addresses = mine.map((one) => edgeAddress(one, name)).filter(Boolean)
  return async () => (await proxy.readServers()).filter(({ address }) => addresses.includes(address))
}
