import { askedPath } from '../../config/health-path.ts'
import { VERSION_LABEL } from '../../docker/labels.ts'
import { identityProblem } from '../../docker/readiness.ts'
import type { Release } from '../../release/model.ts'
import { aliasOf, type Color } from '../sets.ts'
import type { RunningProxy } from './runtime.ts'

/** Asks sets through the proxy whether they are the release. Gives the first problem; undefined where there is none. */
export async function problemThrough(
  proxy: RunningProxy,
  { routes, compose, image }: Release,
  sets: Readonly<Record<string, Color>>,
): Promise<string | undefined> {
  for (const { service, health } of routes) {
    const color = sets[service]
    if (color === undefined) continue
    const answer = await proxy.ask(aliasOf(service, color), askedPath(health))
    const ours = compose.services[service]?.labels?.[VERSION_LABEL] !== undefined
    const problem = identityProblem({ path: health, ...answer }, ours ? image : undefined)
    if (problem) return `${service} ${problem}`
  }
  return undefined
}
