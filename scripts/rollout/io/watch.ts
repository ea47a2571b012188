import { Failure } from '../../cli/failure.ts'
import { waitFor } from '../../cli/io/wait.ts'
import type { ContainerState } from '../../docker/container.ts'
import { listContainers, outOfMemorySince } from '../../docker/io/engine.ts'
import { DEFINITION_LABEL } from '../../docker/labels.ts'
import { judge } from '../../docker/readiness.ts'
import { errorSign, since, tallyOf } from '../../proxy/error-rate.ts'
import { problemThrough } from '../../proxy/io/probe.ts'
import { readProxy } from '../../proxy/io/runtime.ts'
import { aliasOf, colorOf, otherColor } from '../../proxy/sets.ts'
import { definitionOf } from '../../release/model.ts'
import { type Context, proxyOf } from './context.ts'

/** Watches the new version for that long with all requests on it. Throws a Failure at the first bad sign. */
export async function bake(context: Context, seconds: number): Promise<void> {
  const look = await watch(context)
  await waitFor(look, seconds)
}

/** A look at the version that was switched to: throws a Failure where it shows a bad sign, otherwise gives undefined. */
export async function watch(context: Context): Promise<() => Promise<undefined>> {
  const { release, started } = context
  const { name } = release.compose
  const proxy = await proxyOf(context)
  const fail = (sign: string): never => {
    throw new Failure(`${release.image.version} served, and ${sign}`, { next: 'correct it, then: make ship' })
  }
  const isMine = (container: ContainerState) =>
    container.labels[DEFINITION_LABEL] === definitionOf(release, container.service) && container.status !== 'created'
  return async () => {
    if (context.tallies.size === 0) return undefined
    const { servers, live } = await readProxy(proxy)
    for (const { service } of release.routes) {
      const color = live[service] ?? 'blue'
      const then = context.tallies.get(aliasOf(service, color))
      if (then === undefined) continue
      const inSet = (of: string) => servers.filter((server) => server.service === service && server.color === of)
      const sign = errorSign(since(tallyOf(inSet(color)), then), tallyOf(inSet(otherColor(color))))
      if (sign) fail(sign)
      if (inSet(color).some(({ address, up }) => address !== '' && !up)) fail('the proxy lost it')
    }
    const mine = (await listContainers(name)).filter(
      (one) => live[one.service] !== undefined && isMine(one) && colorOf(one, name) === live[one.service],
    )
    for (const container of mine) {
      const verdict = judge(container, context.before.get(container.id)?.restarts)
      if (verdict.state === 'failed') fail(verdict.reason)
    }
    const starved = await outOfMemorySince(name, started)
    const victim = mine.find(({ id }) => starved.includes(id))
    if (victim) fail(`${victim.name} ran out of memory`)
    const switched = Object.entries(live).filter(([service, color]) => context.tallies.has(aliasOf(service, color)))
    const problem = await problemThrough(proxy, release, Object.fromEntries(switched))
    if (problem) fail(`through the proxy ${problem}`)
    return undefined
  }
}
