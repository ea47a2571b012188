import { edgeNetwork, LIVE_ALIAS } from './release.ts'

/** A container as the engine reports it, reduced to what decisions need. */
export type ContainerState = {
  readonly id: string
  readonly name: string
  readonly service: string
  /** The id of the image it was made from. */
  readonly image: string
  readonly labels: Readonly<Record<string, string>>
  readonly status: string
  /** Absent where the image declares no health check. */
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

/** Whether a container is a member of the proxy's backend of its project. */
export const isLive = (container: ContainerState, project: string): boolean =>
  container.networks[edgeNetwork(project)]?.aliases.includes(LIVE_ALIAS) ?? false

/** The address by which the proxy knows a container; empty where it is on no such network. */
export const edgeAddress = (container: ContainerState, project: string): string =>
  container.networks[edgeNetwork(project)]?.address ?? ''
