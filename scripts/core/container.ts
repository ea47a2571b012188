import { edgeNetwork } from './release.ts'

/** A container as the engine reports it, reduced to what decisions need. */
export type ContainerState = {
  readonly id: string
  readonly name: string
  readonly service: string
  /** The id of the image it was made from. */
  readonly image: string
  readonly labels: Readonly<Record<string, string>>
  readonly status: string
  /** Absent where neither the image nor the Compose file has a health check. */
  readonly health: string | undefined
  readonly exitCode: number
  readonly outOfMemory: boolean
  readonly restarts: number
  readonly startedAt: string
  /** By network name. */
  readonly networks: Readonly<Record<string, { readonly address: string; readonly aliases: readonly string[] }>>
  /** Published ports, as `address:port` of the host. */
  readonly ports: readonly string[]
}

/** Whether it runs, and is well as far as the engine knows: one without a health check is asked at its health path. */
export const isWell = ({ status, health }: ContainerState): boolean =>
  status === 'running' && (health === undefined || health === 'healthy')

/** The proxy has two sets of members for each service, and sends requests to the one that is live. */
export type Color = 'blue' | 'green'
export const otherColor = (color: Color): Color => (color === 'blue' ? 'green' : 'blue')

/** The alias on the edge network that makes a container a member of a set. */
export const aliasOf = (service: string, color: Color): string => `${service}-${color}`

/** The set that a container is a member of, or will be once it runs; undefined where of none. */
export function colorOf({ networks, service }: ContainerState, project: string): Color | undefined {
  const aliases = networks[edgeNetwork(project)]?.aliases ?? []
  return (['blue', 'green'] as const).find((color) => aliases.includes(aliasOf(service, color)))
}

/** The address by which the proxy knows a container; empty where it is on no such network, or does not run. */
export const edgeAddress = (container: ContainerState, project: string): string =>
  container.networks[edgeNetwork(project)]?.address ?? ''
