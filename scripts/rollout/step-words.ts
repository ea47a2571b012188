import type { Target } from '../docker/container.ts'
import type { Release } from '../release/model.ts'
import type { Move, Stray } from './step.ts'

/** The names of containers. */
export const namesOf = (targets: readonly Target[]): string => targets.map(({ name }) => name).join(', ')
/** What of containers moves. */
export const pathsOf = (strays: readonly Stray[]): string =>
  strays.flatMap(({ service, paths }) => paths.map(({ path }) => `${path} of ${service}`)).join(', ')

/** How many containers of which services are made, or which start again. */
export const countsOf = (moves: readonly Move[], version: string): string =>
  moves
    .map(({ service, make, revive }) =>
      revive.length > 0 ? `${revive.map(({ name }) => name).join(', ')} again` : `${make} × ${service} ${version}`,
    )
    .join(', ')

/** Where the services of moves mount something. */
export function mountsOf(moves: readonly Move[], { compose }: Release): string {
  const mounts = moves.flatMap(({ service }) => compose.services[service]?.volumes ?? []).map(({ target }) => target)
  return mounts.length === 0 ? 'none' : `it has ${mounts.join(', ')} mounted`
}
