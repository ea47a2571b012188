import { ROLLOUT_LABEL } from './labels.ts'

/** The names of a container: the id for the engine, the name for people. */
export type Target = { readonly id: string; readonly name: string }

/** A container as the engine reports it, reduced to the facts that decisions need. */
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

/** Whether a container runs and is healthy. One without a health check counts as healthy: its health path says more. */
export const isWell = ({ status, health }: ContainerState): boolean =>
  status === 'running' && (health === undefined || health === 'healthy')

/** The rollout of a service that does its work once and exits: its `restart` is "no". */
export const ONCE = 'once'
/** Whether a container has done the work of such a service. */
export const isDone = ({ labels, status, exitCode }: ContainerState): boolean =>
  labels[ROLLOUT_LABEL] === ONCE && status === 'exited' && exitCode === 0

/** The published ports that other hosts reach, as `address:port (service)`: Docker's rules let them pass the host's firewall. */
export const openPorts = (containers: readonly ContainerState[]): string[] => [
  ...new Set(
    containers.flatMap(({ service, ports }) =>
      ports.flatMap((port) => (/^(127\.|::1:)/.test(port) ? [] : [`${port} (${service})`])),
    ),
  ),
]
