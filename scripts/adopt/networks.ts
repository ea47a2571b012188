import { type Finding, missing, note } from './finding.ts'
import type { Project } from './source-tree.ts'

/** Says which networks of a project a release does not have: all services of a release are on one. */
export function networkFindings({ networks = {}, services, file }: Project): Finding[] {
  return Object.entries(networks).flatMap(([name, network]) => {
    const users = Object.keys(services).filter((one) => name in ((services[one]?.['networks'] ?? {}) as object))
    if (users.length === 0 || !network) return []
    const shown = network.name ?? name
    if (network.external)
      return missing(
        'networks',
        `${shown} is external: what else is on it is no longer reached, and no longer reaches ${users.join(', ')}`,
        `where that is needed, add ${shown} to the networks of these services, and to networks: with external: true`,
        { where: file },
      )
    return network.internal
      ? note(
          'networks',
          `${name} had no way out; the one network of the release has`,
          'set APP_INTERNAL=true where no service needs the internet',
          { where: file },
        )
      : []
  })
}
