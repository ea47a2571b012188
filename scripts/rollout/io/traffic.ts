import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from '../../cli/failure.ts'
import { log } from '../../cli/io/log.ts'
import { waitFor } from '../../cli/io/wait.ts'
import { MOST_HOLD } from '../../config/values.ts'
import { connectContainer } from '../../docker/io/containers.ts'
import { listContainers } from '../../docker/io/engine.ts'
import { DEFINITION_LABEL } from '../../docker/labels.ts'
import { tallyOf } from '../../proxy/error-rate.ts'
import type { Server, Slot } from '../../proxy/haproxy.ts'
import { problemThrough } from '../../proxy/io/probe.ts'
import { openProxy, type RunningProxy } from '../../proxy/io/runtime.ts'
import { aliasOf, type Color, colorOf, edgeAddress, edgeNetwork } from '../../proxy/sets.ts'
import { definitionOf } from '../../release/model.ts'
import type { RunEvent } from '../progress.ts'
import { SERVING } from '../slow-start.ts'
import type { Move, Step } from '../step.ts'
import { type Facts, membersOf, slotsOf, type Turn } from './facts.ts'
import { DRAINED, timeLeft } from './time-left.ts'
import { watch } from './watch.ts'

/** Makes the containers of those moves members of their sets. */
export async function attach(facts: Facts, moves: readonly Move[]): Promise<void> {
  const { name } = facts.release.compose
  for (const { color, ...container } of await membersOf(facts, moves)) {
    if (colorOf(container, name) === color) continue
    const alias = aliasOf(container.service, color)
    await connectContainer(container, edgeNetwork(name), alias)
  }
}

/** Waits until the proxy has every member of those sets, and each set answers through it as the release. */
export async function awaitRoute(turn: Turn, sets: Readonly<Record<string, Color>>): Promise<void> {
  const { config, release } = turn
  const { name } = release.compose
  const proxy = await openProxy(name)
  const unreached = () =>
    new Failure(`${release.image.version} ${alone}does not answer the proxy as it should: ${problem}`, {
      next: 'make logs   (each service behind the proxy must listen on 0.0.0.0)',
    })
  let problem = ''
  let alone = ''
  const began = performance.now()
  const reached = await waitFor(
    async () => {
      const members = (await listContainers(name)).filter(
        (one) =>
          one.labels[DEFINITION_LABEL] === definitionOf(release, one.service) &&
          sets[one.service] !== undefined &&
          colorOf(one, name) === sets[one.service],
      )
      const slots = await proxy.readServers()
      const mine = members.map((one) => slots.find(({ address }) => address === edgeAddress(one, name)))
      problem = `it does not know ${members.find((_, index) => !mine[index])?.name}`
      if (mine.includes(undefined)) return false
      await proxy.trust(mine.filter((slot) => slot !== undefined))
      problem = (await problemThrough(proxy, release, sets)) ?? ''
      alone = members.every(({ health }) => health === 'healthy') ? 'is healthy to itself, but ' : ''
      // 5xx and no answer are the proxy's own, too, as long as it does not reach the address.
      const settled = / answers (as|[1-4]\d\d) /.test(problem) || performance.now() - began > SETTLED
      if (problem && settled && alone) throw unreached()
      log.waits(problem)
      return problem === ''
    },
    timeLeft(turn, SERVING, config.READY_TIMEOUT),
  )
  if (!reached) throw unreached()
}

// How long the proxy may take to find a member that is healthy, in milliseconds.
const SETTLED = 30_000

/** Sends the requests of services to other sets, all at once. Gives what these sets had answered before. */
export async function switchSets({ release }: Facts, sets: Readonly<Record<string, Color>>): Promise<RunEvent> {
  const proxy = await openProxy(release.compose.name)
  const { live, servers } = await proxy.readState()
  const tallies = Object.entries(sets).map(([service, color]) => {
    const mine = servers.filter((server) => server.service === service && server.color === color)
    return [aliasOf(service, color), tallyOf(mine)] as const
  })
  await proxy.switchTo(live, sets)
  return { what: 'switched', tallies: Object.fromEntries(tallies) }
}

/**
 * Waits until nothing is in flight to those containers, and counts what has to be cut when DRAIN_TIMEOUT has passed.
 */
export async function drain(turn: Turn, { targets, shrink }: Extract<Step, { do: 'drain' }>): Promise<void> {
  const { config, release } = turn
  const proxy = await openProxy(release.compose.name)
  const slots = await slotsOf(turn, proxy, targets)
  if (shrink) await proxy.drain(await slots())
  const look = watch(turn, proxy)
  const drained = await waitFor(
    async () => {
      await look()
      return await isQuiet(slots)
    },
    config.DRAIN_TIMEOUT,
    () => sleep(100),
  )
  if (!drained) await countCut(turn, slots, `DRAIN_TIMEOUT=${config.DRAIN_TIMEOUT}`)
}

/** Opens the slots of containers that are gone, once the proxy has forgotten them: their next member is another one. */
export async function reopen(proxy: RunningProxy, closed: readonly Slot[]): Promise<void> {
  if (closed.length === 0) return
  const isClosed = (a: Slot) => closed.some((b) => a.name === b.name && a.service === b.service && a.color === b.color)
  // A slot that is open gets requests: the proxy must have forgotten the old address first.
  const forgotten = await waitFor(async () => {
    const servers = await proxy.readServers()
    return !servers.some((server) => isClosed(server) && server.address !== '')
  }, 10)
  if (!forgotten)
    throw new Failure('the proxy still knows a container that was stopped', {
      next: 'make deploy   (gives its slot back)',
    })
  await proxy.undrain(closed)
}

/** How long requests are held at a time while one in flight may end, in seconds. */
const MOMENT = 0.25

/**
 * Lets requests wait, and waits for those in flight. It looks for a moment in which that is quick: while a slow request
 * is in flight, the others go on, up to DRAIN_TIMEOUT. Then they wait for it, for a share of HOLD_TIMEOUT, and it is
 * cut.
 */
export async function hold(
  turn: Turn,
  { services, targets, behind = false }: Extract<Step, { do: 'hold' }>,
): Promise<void> {
  const { config, release, tell, guard } = turn
  const proxy = await openProxy(release.compose.name)
  const slots = await slotsOf(turn, proxy, targets)
  await guard.wait()
  const deadline = performance.now() + config.DRAIN_TIMEOUT * 1000
  for (let attempt = 1; ; attempt++) {
    await proxy.hold(services)
    tell({ what: 'held', at: performance.now(), behind })
    if (await waitFor(() => isQuiet(slots), MOMENT)) return
    if (performance.now() > deadline) break
    if (services.length > 0) await proxy.unhold(services)
    tell({ what: 'unheld', at: performance.now() })
    if (attempt === 1) log.waits('a request in flight takes its time: the others go on meanwhile')
    await sleep(MOMENT * 1000)
  }
  const limit = release.proxy.hold * DRAINED
  if (await waitFor(() => isQuiet(slots), limit)) return
  await countCut(
    turn,
    slots,
    `DRAIN_TIMEOUT=${config.DRAIN_TIMEOUT} and ${DRAINED} × HOLD_TIMEOUT=${release.proxy.hold}`,
  )
}

/** Lets the waiting requests of services go; without services only the guard goes, and no proxy is needed. */
export async function unhold({ release }: Facts, services: readonly string[]): Promise<RunEvent> {
  if (services.length > 0) await (await openProxy(release.compose.name)).unhold(services)
  return { what: 'unheld', at: performance.now() }
}

/**
 * Gives a function that lets the requests go which wait for what is behind a service, once they have waited for HOLD_TIMEOUT: no request
 * waits for longer, and the old version may answer some.
 */
export function lettingGo(turn: Turn): () => Promise<void> {
  const { progress, release, tell } = turn
  const { heldSince } = progress
  let { behind } = progress
  return async () => {
    if (!behind || heldSince === undefined || performance.now() - heldSince < release.proxy.hold * 1000) return
    behind = false
    log.warn(
      `requests have waited for HOLD_TIMEOUT=${release.proxy.hold} seconds: they go on, and fail where what they need is not back yet (HOLD_TIMEOUT=${MOST_HOLD} make deploy lets them wait for longer)`,
    )
    const services = release.routes.map(({ service }) => service)
    tell(await unhold(turn, services))
  }
}

async function inFlight(slots: () => Promise<readonly Server[]>): Promise<number> {
  const requests = (await slots()).reduce((sum, server) => sum + server.inFlight, 0)
  log.waits(`${requests} in flight`)
  return requests
}

// Asked twice: a request may have passed the rules and not reached its member yet. Where requests wait for a member, it
// has as many in flight as it may.
async function isQuiet(slots: () => Promise<readonly Server[]>): Promise<boolean> {
  if ((await inFlight(slots)) > 0) return false
  await sleep(5)
  return (await inFlight(slots)) === 0
}

async function countCut({ tell }: Turn, slots: () => Promise<readonly Server[]>, limit: string): Promise<void> {
  const requests = await inFlight(slots)
  tell({ what: 'cut', requests })
  if (requests > 0) log.warn(`${requests} requests were still in flight after ${limit} seconds: they are cut`)
}
