import { MOST_REPLICAS } from '../../release/model.ts'
import type { ServiceRule } from '../draft.ts'
import { pathOf, verdictsOn } from '../finding.ts'
import { countOf } from '../source-tree.ts'

/** How many containers of a service run at once: of a server of data only one, as several would share a volume. */
export const replicasRule: ServiceRule = (old) => {
  const { service, spec, isWeb, twins, front } = old
  const asked = countOf(spec)
  const all = (Number.isInteger(asked) && asked > 0 ? asked : 1) + (isWeb ? twins.length : 0)
  if (all === 1) return undefined
  const isServed = isWeb || front?.routes.some((route) => route.service === service)
  const isAlone = old.server && !isWeb
  const count = Math.min(all, isAlone ? 1 : isServed ? MOST_REPLICAS : all)
  const why = isAlone ? 'several would write to the same files' : 'the proxy leads to no more'
  const claims = [pathOf('services', service, 'scale')]
  const { ok, note } = verdictsOn(service, { where: old.where(service, 'deploy'), claims })
  const fewer = note(`${count} of its ${all} containers`, `nothing to do: ${why}`)
  return {
    ...(isWeb ? { settings: { REPLICAS: String(count) } } : { lines: count > 1 ? { scale: count } : {} }),
    findings: [count < all ? fewer : ok(`${count} containers share its load`)],
  }
}
