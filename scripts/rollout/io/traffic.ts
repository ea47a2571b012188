import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from '../../cli/failure.ts'
import { log } from '../../cli/io/log.ts'
import { waitFor } from '../../cli/io/wait.ts'
import { connectContainer } from '../../docker/io/containers.ts'
import { listContainers } from '../../docker/io/engine.ts'
import { DEFINITION_LABEL } from '../../docker/labels.ts'
import { tallyOf } from '../../proxy/error-rate.ts'
import type { Server, Slot } from '../../proxy/haproxy.ts'
import { problemThrough } from '../../proxy/io/probe.ts'
import { readProxy, readServers, setHold, setSlots, switchLive, trustSlots } from '../../proxy/io/runtime.ts'
import { aliasOf, type Color, colorOf, edgeAddress, edgeNetwork } from '../../proxy/sets.ts'
import { definitionOf } from '../../release/model.ts'
import type { Move, Step } from '../step.ts'
import { type Context, membersOf, proxyOf, slotsOf } from './context.ts'
import { watch } from './watch.ts'

/** Makes the containers of those moves members of their sets. */
export async function join(context: Context, moves: readonly Move[]): Promise<void> {
  const { name } = context.release.compose
  for (const { color, ...container } of await membersOf(context, moves)) {
    if (colorOf(container, name) === color) continue
    const alias = aliasOf(container.service, color)
    await connectContainer(container, edgeNetwork(name), alias)
  }
}

/** Waits until the proxy has every member of those sets, and each set answers through it as the release. */
export async function awaitServing(context: Context, sets: Readonly<Record<string, Color>>): Promise<void> {
  const { config, release } = context
  const { name } = release.compose
  const proxy = await proxyOf(context)
  let problem = ''
  const reached = await waitFor(
    async () => {
      const members = (await listContainers(name)).filter(
        (one) =>
          one.labels[DEFINITION_LABEL] === definitionOf(release, one.service) &&
          sets[one.service] !== undefined &&
          colorOf(one, name) === sets[one.service],
      )
      const slots = await readServers(proxy)
      const mine = members.map((one) => slots.find(({ address }) => address === edgeAddress(one, name)))
      problem = `it does not know ${members.find((_, index) => !mine[index])?.name}`
      if (mine.includes(undefined)) return false
      await trustSlots(
        proxy,
        mine.filter((slot) => slot !== undefined),
      )
      problem = (await problemThrough(proxy, release, sets)) ?? ''
      return problem === ''
    },
    timeLeft(context, SERVING, config.READY_TIMEOUT),
  )
  if (reached) return
  throw new Failure(`the proxy does not reach ${release.image.version}: ${problem}`, {
    next: 'make logs SERVICE=proxy',
  })
}

/** Sends the requests of services to other sets, from one to the next. */
export async function switchSets(context: Context, sets: Readonly<Record<string, Color>>): Promise<void> {
  const proxy = await proxyOf(context)
  const { live, servers } = await readProxy(proxy)
  for (const [service, color] of Object.entries(sets)) {
    const mine = servers.filter((server) => server.service === service && server.color === color)
    context.tallies.set(aliasOf(service, color), tallyOf(mine))
  }
  await switchLive(proxy, live, sets)
}

/** Waits until nothing is in flight to those containers, and counts what has to be cut when DRAIN_TIMEOUT has passed. */
export async function drain(context: Context, { targets, shrink }: Extract<Step, { do: 'drain' }>): Promise<void> {
  const { config } = context
  const slots = await slotsOf(context, targets)
  if (shrink) await setSlots(await proxyOf(context), await slots(), 'drain')
  const look = await watch(context)
  const drained = await waitFor(async () => {
    await look()
    return await isQuiet(slots)
  }, config.DRAIN_TIMEOUT)
  if (!drained) await countCut(context, slots, `DRAIN_TIMEOUT=${config.DRAIN_TIMEOUT}`)
}

/** Opens the slots again that containers had which are gone: their next member is another one. */
export async function giveBack(context: Context, closed: readonly Slot[]) {
  if (closed.length === 0) return
  const proxy = await proxyOf(context)
  const isClosed = (a: Slot) => closed.some((b) => a.name === b.name && a.service === b.service && a.color === b.color)
  // Not before its address is forgotten: a slot that is open gets requests.
  const forgotten = await waitFor(async () => {
    const servers = await readServers(proxy)
    return !servers.some((server) => isClosed(server) && server.address !== '')
  }, 10)
  if (!forgotten)
    throw new Failure('the proxy still knows a container that was stopped', {
      next: 'make deploy   (gives its slot back)',
    })
  await setSlots(proxy, closed, 'ready')
}

/** How long a moment without requests in flight is waited for while others wait, in seconds. */
const MOMENT = 0.25

/**
 * Lets requests wait and those in flight end. It seizes a moment in which that is quick: while a slow request is in
 * flight, the others go on, up to DRAIN_TIMEOUT; then they wait for it, for a share of HOLD_TIMEOUT, and it is cut.
 */
export async function hold(context: Context, { services, targets }: Extract<Step, { do: 'hold' }>): Promise<void> {
  const { config, release } = context
  const proxy = await proxyOf(context)
  const slots = await slotsOf(context, targets)
  await context.guard
  const deadline = performance.now() + config.DRAIN_TIMEOUT * 1000
  const begin = async () => {
    await setHold(proxy, services, true)
    context.heldSince ??= Date.now()
  }
  for (let attempt = 1; ; attempt++) {
    await begin()
    if (await waitFor(() => isQuiet(slots), MOMENT)) return
    if (performance.now() > deadline) break
    await letGo(context, services)
    if (attempt === 1) log.note('a request in flight takes its time: the others go on meanwhile')
    await sleep(MOMENT * 1000)
  }
  const limit = release.proxy.hold * DRAINED
  if (await waitFor(() => isQuiet(slots), limit)) return
  await countCut(
    context,
    slots,
    `DRAIN_TIMEOUT=${config.DRAIN_TIMEOUT} and ${DRAINED} × HOLD_TIMEOUT=${release.proxy.hold}`,
  )
}

/** Lets the requests go that wait. */
export async function letGo(context: Context, services: readonly string[]): Promise<void> {
  if (services.length > 0) await setHold(await proxyOf(context), services, false)
  if (context.heldSince !== undefined) context.held = Math.max(context.held, Date.now() - context.heldSince)
  context.heldSince = undefined
}

// Shares of HOLD_TIMEOUT, from when requests began to wait: in flight to an end, old version stopped, snapshot
// finished, new version serving. The rest is the old version's, to come back.
const DRAINED = 0.3
export const HALTED = 0.4
export const FINISHED = 0.55
export const SERVING = 0.75

/** The seconds that a wait may take: `timeout`, or, while requests are held, what is left up to a share of HOLD_TIMEOUT. */
export function timeLeft({ heldSince, patient, release }: Context, share: number, timeout: number): number {
  if (heldSince === undefined || patient) return timeout
  return Math.max(0, Math.min(timeout, release.proxy.hold * share - (Date.now() - heldSince) / 1000))
}

const inFlight = async (slots: () => Promise<readonly Server[]>) =>
  (await slots()).reduce((sum, server) => sum + server.inFlight, 0)

// Twice: a request can be between the rules, which it has passed, and the member that it goes to.
async function isQuiet(slots: () => Promise<readonly Server[]>): Promise<boolean> {
  if ((await inFlight(slots)) > 0) return false
  await sleep(5)
  return (await inFlight(slots)) === 0
}

async function countCut(context: Context, slots: () => Promise<readonly Server[]>, limit: string): Promise<void> {
  const cut = await inFlight(slots)
  context.cut += cut
  if (cut > 0) log.warn(`${cut} requests were still in flight after ${limit} seconds: they are cut`)
}
