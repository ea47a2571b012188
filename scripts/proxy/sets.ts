import type { ContainerState } from '../docker/container.ts'

/** The proxy has two sets of members for each service, and sends requests to the one that is live. */
export type Color = 'blue' | 'green'
/** The other set. */
export const otherColor = (color: Color): Color => (color === 'blue' ? 'green' : 'blue')

/** The network that joins the proxy and the routed services. */
export const edgeNetwork = (project: string): string => `${project}_edge`

/** The alias on the edge network that makes a container a member of a set. */
export const aliasOf = (service: string, color: Color): string => `${service}-${color}`

/** The set that a container is a member of, or will be once it runs; undefined where it has none. */
export function colorOf({ networks, service }: ContainerState, project: string): Color | undefined {
  const aliases = networks[edgeNetwork(project)]?.aliases ?? []
  return (['blue', 'green'] as const).find((color) => aliases.includes(aliasOf(service, color)))
}

/** The address by which the proxy knows a container; empty where it does not run, or is not on the edge network. */
export const edgeAddress = (container: ContainerState, project: string): string =>
  container.networks[edgeNetwork(project)]?.address ?? ''
