import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from '../../cli/failure.ts'
import { log } from '../../cli/io/log.ts'
import { waitFor } from '../../cli/io/wait.ts'
import type { ContainerState } from '../../docker/container.ts'
import { listContainers, outOfMemorySince } from '../../docker/io/engine.ts'
import { DEFINITION_LABEL } from '../../docker/labels.ts'
import { errorSign, since, tallyOf } from '../../proxy/error-rate.ts'
import { problemThrough } from '../../proxy/io/probe.ts'
import { openProxy, type RunningProxy } from '../../proxy/io/runtime.ts'
import { aliasOf, colorOf, otherColor } from '../../proxy/sets.ts'
import { definitionOf } from '../../release/model.ts'
import { judgeAmong, type Turn } from './facts.ts'

/** Milliseconds between two looks: without a pause they take half of a core from what is watched. */
const PAUSE = 250

/** Watches the new version for that long with all requests on it. Throws a Failure at the first bad sign. */
export async function bake(turn: Turn, seconds: number): Promise<void> {
  const { release, before } = turn
  await waitFor(watch(turn, await openProxy(release.compose.name)), seconds, () => sleep(PAUSE))
  for (const { id, name, service, restarts } of await listContainers(release.compose.name))
    if (restarts > 0 && !before.has(id))
      log.warn(`${name} ended, and was started again; next: make logs SERVICE=${service}`)
}

/**
 * A function that looks at the version that was switched to: it throws a Failure at a bad sign, otherwise it gives
 * undefined.
 */
export function watch(turn: Turn, proxy: RunningProxy): () => Promise<undefined> {
  const { release, started, before, progress } = turn
  const { name } = release.compose
  const { tallies } = progress
  const fail = (sign: string): never => {
    throw new Failure(`${release.image.version} served, and ${sign}`, { next: 'correct it, then: make ship' })
  }
  // The guard, which ends meanwhile, has no definition, as it is no service of the release.
  const isMine = ({ service, labels, status }: ContainerState) =>
    release.compose.services[service] !== undefined &&
    labels[DEFINITION_LABEL] === definitionOf(release, service) &&
    status !== 'created'
  // Where the host is busy, one look may find what the next one does not.
  let doubts = 0
  return async () => {
    const { servers, live } = await proxy.readState()
    const isSwitched = Object.keys(tallies).length > 0
    for (const { service } of release.routes) {
      const color = live[service] ?? 'blue'
      const then = tallies[aliasOf(service, color)]
      if (then === undefined) continue
      const inSet = (of: string) => servers.filter((server) => server.service === service && server.color === of)
      const sign = errorSign(since(tallyOf(inSet(color)), then), tallyOf(inSet(otherColor(color))))
      if (sign) fail(sign)
      if (inSet(color).some(({ address, up }) => address !== '' && !up)) fail('the proxy lost it')
    }
    const all = await listContainers(name)
    // Behind the proxy is what it sends requests to, once they go to this version; of the services beside, what this run has started.
    const mine = all.filter(
      (one) =>
        isMine(one) &&
        (live[one.service] === undefined
          ? !before.has(one.id)
          : isSwitched && colorOf(one, name) === live[one.service]),
    )
    for (const verdict of mine.map(judgeAmong(turn, all))) if (verdict.state === 'failed') fail(verdict.reason)
    const starved = await outOfMemorySince(name, started)
    const victim = mine.find(({ id }) => starved.includes(id))
    if (victim) fail(`${victim.name} ran out of memory`)
    const switched = Object.entries(live).filter(([service, color]) => tallies[aliasOf(service, color)] !== undefined)
    const problem = await problemThrough(proxy, release, Object.fromEntries(switched))
    doubts = problem ? doubts + 1 : 0
    if (doubts > 2) fail(`through the proxy ${problem}`)
    return undefined
  }
}
