import { posix } from 'node:path'
import { some } from '../finding.ts'
import { countOf, isWithin, type Project } from '../source-tree.ts'

/**
 * Says what becomes of data outside of volumes, at a path or beside the code, where several containers of a service have them, or several
 * services had them in a mount: no deploy makes one of theirs. Without a mount, each service had its own before.
 */
export function apartIn({ services }: Project, names: readonly string[], path?: string): string | undefined {
  const bindsOf = (name: string) => (services[name]?.volumes ?? []).filter(({ type }) => type === 'bind')
  const places = names.flatMap((name) =>
    bindsOf(name).flatMap(({ source = '', target }) =>
      path !== undefined && isWithin(path, target) ? posix.join(source, posix.relative(target, path)) : [],
    ),
  )
  const isThere = (source = '') => path === undefined || places.some((place) => isWithin(place, source))
  const mounting = names.filter((name) => bindsOf(name).some(({ source }) => isThere(source)))
  return mounting.length > 1 || names.some((name) => countOf(services[name] ?? {}) > 1)
    ? `each container of ${some(names)} would have its own`
    : undefined
}
