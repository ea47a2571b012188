import type { Old, Part } from '../draft.ts'
import { ok, some } from '../finding.ts'
import { fatesOf } from '../mounts.ts'

/** Says how a snapshot holds what a service keeps in volumes without being a server that has a hook. */
export function keeper(old: Old): Part | undefined {
  const { service, stage, where } = old
  const volumes = fatesOf(old).filter(({ fate }) => fate === 'volume' || fate === 'data')
  const paths = [...new Set([...volumes.map(({ target }) => target), ...(stage?.volumes ?? [])])]
  if (paths.length === 0) return undefined
  const found = `${some(paths)}: no hook, so a snapshot pauses it while it copies the files (x-snapshot: sqlite for SQLite)`
  return { findings: [ok(service, found, { where: where(service, 'volumes') })] }
}
