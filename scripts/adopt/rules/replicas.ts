import type { ServiceRule } from '../draft.ts'
import { ok, pathOf } from '../finding.ts'

// The most that the proxy has slots for.
const MOST = 10

/** How many containers of a service run at once. */
export const replicasRule: ServiceRule = ({ service, spec, isWeb, twins, where }) => {
  const deploy = spec['deploy'] as { replicas?: unknown } | null | undefined
  const asked = Number(spec['scale'] ?? deploy?.replicas ?? 1)
  const all = (Number.isInteger(asked) && asked > 0 ? asked : 1) + (isWeb ? twins.length : 0)
  if (all === 1) return undefined
  const count = Math.min(all, MOST)
  return {
    ...(isWeb ? { settings: { REPLICAS: String(count) } } : { lines: { scale: count } }),
    findings: [
      ok(service, `${count} containers share its load`, {
        where: where(service, 'deploy'),
        claims: [pathOf('services', service, 'scale')],
      }),
    ],
  }
}
