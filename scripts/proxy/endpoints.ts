import * as v from 'valibot'
import { tryJson } from '../cli/parse.ts'
import { HEALTH } from '../config/health-path.ts'
import { key } from '../docker/compose-schema.ts'
import type { Route } from '../release/model.ts'
import { aliasOf, type Color } from './sets.ts'

/** Where the members of a set listen, the path of their health, and how many requests each answers at once. */
export type Endpoint = Pick<Route, 'port' | 'health' | 'threads' | 'tls'>
/** The endpoints of both sets of each service: in a rollout two versions may have different ones. */
export type Sets = Readonly<Record<string, Readonly<Record<Color, Endpoint>>>>

const SETS = '# sets '
/** The line of a configuration that says them. */
export const setsLine = (sets: Sets): string => `${SETS}${JSON.stringify(sets)}`
const endpoint = v.object({ port: v.number(), health: v.pipe(v.string(), v.regex(new RegExp(`^${HEALTH}$`))) })
const SETS_SHAPE = v.record(key, v.object({ blue: endpoint, green: endpoint }))
/** Reads the sets from a configuration that `renderConfig` made; any other text gives an empty record. */
export function parseSets(config: string): Sets {
  const line = config.split('\n').find((text) => text.startsWith(SETS))
  const sets = tryJson(line?.slice(SETS.length) ?? '')
  return v.is(SETS_SHAPE, sets) ? sets : {}
}

/**
 * An awk program that keeps the lines of `show servers state` that hold under a new configuration. A slot's port and
 * whether it speaks TLS win over the configuration: a version that listens otherwise would never be reached.
 */
export function keptStates(config: string): string {
  const ports = Object.entries(parseSets(config)).flatMap(([service, set]) =>
    (['blue', 'green'] as const).map((color) => {
      const { port, tls } = set[color]
      return `p["${aliasOf(service, color)}"] = "${port} ${Number(tls ?? false)}"`
    }),
  )
  return `BEGIN { ${ports.join('; ')} } NR < 3 || $2 in p && $19 " " $21 == p[$2]`
}
