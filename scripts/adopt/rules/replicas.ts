import { MOST_REPLICAS } from '../../release/model.ts'
import type { ServiceRule } from '../draft.ts'
import { note, ok, pathOf } from '../finding.ts'
import { countOf } from '../source-tree.ts'

/** How many containers of a service run at once. */
export const replicasRule: ServiceRule = ({ service, spec, isWeb, twins, front, where }) => {
  const asked = countOf(spec)
  const all = (Number.isInteger(asked) && asked > 0 ? asked : 1) + (isWeb ? twins.length : 0)
  if (all === 1) return undefined
  const isServed = isWeb || front?.routes.some((route) => route.service === service)
  const count = isServed ? Math.min(all, MOST_REPLICAS) : all
  const at = { where: where(service, 'deploy'), claims: [pathOf('services', service, 'scale')] }
  return {
    ...(isWeb ? { settings: { REPLICAS: String(count) } } : { lines: { scale: count } }),
    findings: [
      count < all
        ? note(service, `${count} containers instead of ${all}`, 'nothing to do: the proxy leads to no more', at)
        : ok(service, `${count} containers share its load`, at),
    ],
  }
}
