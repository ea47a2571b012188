import { VERSION_LABEL } from '../../docker/labels.ts'
import { identityProblem } from '../../docker/readiness.ts'
import type { Release } from '../../release/model.ts'
import { aliasOf, type Color } from '../sets.ts'
import { askSet } from './runtime.ts'

/** What is wrong with the answers of sets, asked through the proxy; undefined where nothing is. */
export async function problemThrough(
  proxy: string,
  { routes, compose, image }: Release,
  sets: Readonly<Record<string, Color>>,
): Promise<string | undefined> {
  for (const { service, health } of routes) {
    const color = sets[service]
    if (color === undefined) continue
    const answer = await askSet(proxy, aliasOf(service, color), health)
    const ours = compose.services[service]?.labels?.[VERSION_LABEL] !== undefined
    const problem = identityProblem(answer, ours ? image : undefined)
    if (problem) return `${service} ${problem}`
  }
  return undefined
}
