import { MOST_REPLICAS } from '../../release/model.ts'
import { about, type ServiceRule } from '../draft.ts'
import { pathOf } from '../finding.ts'
import { countOf } from '../source-tree.ts'

/** How many containers of a service run at once. */
export const replicasRule: ServiceRule = (old) => {
  const { service, spec, isWeb, twins, front } = old
  const asked = countOf(spec)
  const all = (Number.isInteger(asked) && asked > 0 ? asked : 1) + (isWeb ? twins.length : 0)
  if (all === 1) return undefined
  const isServed = isWeb || front?.routes.some((route) => route.service === service)
  const count = isServed ? Math.min(all, MOST_REPLICAS) : all
  const { ok, note } = about(old, 'deploy')
  const claims = [pathOf('services', service, 'scale')]
  return {
    ...(isWeb ? { settings: { REPLICAS: String(count) } } : { lines: { scale: count } }),
    findings: [
      count < all
        ? note(`${count} containers instead of ${all}`, 'nothing to do: the proxy leads to no more', { claims })
        : ok(`${count} containers share its load`, { claims }),
    ],
  }
}
