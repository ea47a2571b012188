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
  /** IP address by network name. */
  readonly addresses: Readonly<Record<string, string>>
  readonly aliases: Readonly<Record<string, readonly string[]>>
  /** Published ports, as `address:port` of the host. */
  readonly ports: readonly string[]
}
