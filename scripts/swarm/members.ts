import { Failure } from '../cli/failure.ts'
import type { Running, Task } from './judge.ts'
import { isUp, tasksOf } from './judge.ts'

/** How many members of each service the proxy of a node knows; undefined where it does not answer. */
export type Known = { readonly node: string; readonly members: Readonly<Record<string, number>> | undefined }
/** A service of which a proxy knows fewer members than tasks run. */
export type Missing = {
  readonly node: string
  readonly service: string
  readonly known: number
  readonly running: number
}

/** Reads what a proxy says of its members: a line for each service. */
export const parseMembers = (said: string): Record<string, number> =>
  Object.fromEntries(
    [...said.matchAll(/^([\w.-]+) (\d+)$/gm)].map(([, service = '', count]) => [service, Number(count)]),
  )

/**
 * Compares what the proxies find by the swarm's DNS with the tasks that the engine says run. Names vanish there after a node's short
 * disconnect (moby#53141, moby#42833), and no request reaches these tasks any more.
 */
export function missingMembers(
  project: string,
  known: readonly Known[],
  services: readonly Running[],
  tasks: readonly Task[],
): Missing[] {
  return known.flatMap(({ node, members = {} }) =>
    Object.entries(members).flatMap(([service, count]) => {
      const one = services.find(({ name }) => name === `${project}_${service}`)
      const running = one ? tasksOf(one, tasks).filter(isUp).length : 0
      return count < running ? [{ node, service, known: count, running }] : []
    }),
  )
}

/** Which proxy misses what, as one line. */
export const renderMissing = (missing: readonly Missing[]): string =>
  missing
    .map(({ node, service, known, running }) => `the proxy on ${node} finds ${known} of ${running} tasks of ${service}`)
    .join('; ')

/** Of names that did not come back, though the service has new tasks. */
export const stillMissing = (missing: readonly Missing[]): Failure =>
  new Failure(`${renderMissing(missing)}, and new tasks have not helped`, {
    next: `systemctl restart docker on ${[...new Set(missing.map(({ node }) => node))].join(', ')}, then: make status`,
  })
