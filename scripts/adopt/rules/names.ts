import { APP, GUARD, PROXY } from '../../docker/compose-model.ts'
import type { Old, ServiceRule } from '../draft.ts'
import { namesOf } from '../source-tree.ts'

const TAKEN = [APP, PROXY, GUARD]

/** The name of a service in the release: another one where the toolkit uses its name for a service of its own. */
export function targetOf({ service, isWeb }: Pick<Old, 'service' | 'isWeb'>): string {
  if (isWeb) return APP
  return TAKEN.includes(service) ? `${service}-service` : service
}

/** The names under which the other services reach this one. */
export const namesRule: ServiceRule = (old) => {
  const { service, project, twins, isWeb } = old
  const all = [service, ...(isWeb ? twins : [])]
  // The name of a container may be that of another service: that one keeps it.
  const isOther = (name: string) => project.services[name] !== undefined && !all.includes(name)
  const isFree = (name: string) => name !== targetOf(old) && !isOther(name) && /^[\w][\w.-]*$/.test(name)
  const aliases = [...new Set(all.flatMap((one) => namesOf(project, one)))].filter(isFree)
  return aliases.length > 0 ? { lines: { networks: { default: { aliases } } } } : undefined
}
