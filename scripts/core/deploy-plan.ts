import { type ContainerState, edgeAddress, isLive } from './container.ts'
import { digest } from './digest.ts'
import type { Server } from './haproxy.ts'
import { DEFINITION_LABEL, RELEASE_LABEL, VERSION_LABEL } from './labels.ts'
import { APP, companionsOf, PROXY, type Release } from './release.ts'

export type Observed = {
  readonly containers: readonly ContainerState[]
  readonly servers: readonly Server[]
  /** Whether the proxy runs the configuration that it should. */
  readonly proxyConfigured: boolean
}
export type Target = { readonly id: string; readonly name: string }
export type Step = { readonly because: string } & (
  | { readonly do: 'remove'; readonly targets: readonly Target[] }
  | { readonly do: 'drain'; readonly targets: readonly Target[] }
  | { readonly do: 'stop'; readonly targets: readonly Target[] }
  | { readonly do: 'undrain'; readonly servers: readonly string[] }
  | { readonly do: 'start'; readonly count: number; readonly total: number }
  | { readonly do: 'companions'; readonly services: readonly string[] }
  | { readonly do: 'proxy' }
  | { readonly do: 'ready' }
  | { readonly do: 'join' }
  | { readonly do: 'serve' }
)

/** The steps from what is to `replicas` containers of the release, all serving; none when that is so already. */
export function planDeploy(
  release: Release,
  replicas: number,
  { containers, servers, proxyConfigured }: Observed,
): Step[] {
  const project = release.compose.name
  const app = containers.filter(({ service }) => service === APP)
  const live = app.filter((container) => container.status === 'running' && isLive(container, project))
  const keep = live
    .filter(({ labels, health }) => labels[RELEASE_LABEL] === release.id && health === 'healthy')
    .slice(0, replicas)
  const leave = live.filter((container) => !keep.includes(container))
  const stray = app.filter((container) => !live.includes(container))
  const missing = replicas - keep.length
  const stuck = servers.filter(
    ({ draining, address }) => draining && !leave.some((container) => edgeAddress(container, project) === address),
  )
  const companions = companionsOf(release).filter((name) => !isCurrent(release, containers, name))

  const steps: (Step | false)[] = [
    stray.length > 0 && {
      do: 'remove',
      targets: stray.map(targetOf),
      because: 'serves nothing: stopped, or left by a deploy that was interrupted',
    },
    stuck.length > 0 && {
      do: 'undrain',
      servers: stuck.map(({ name }) => name),
      because: 'left draining by a deploy that was interrupted',
    },
    companions.length > 0 && { do: 'companions', services: companions, because: 'not running as configured' },
    missing > 0 && {
      do: 'start',
      count: missing,
      total: live.length + missing,
      because: startReason(release, live, keep),
    },
    missing > 0 && { do: 'ready', because: 'only a healthy container that names the expected revision may serve' },
    !(proxyConfigured && isCurrent(release, containers, PROXY)) && {
      do: 'proxy',
      because: 'not running as configured',
    },
    missing > 0 && { do: 'join', because: 'on the live network it is a member of the proxy' },
    missing > 0 && { do: 'serve', because: 'nothing is drained before the proxy reaches the new version' },
    leave.length > 0 && { do: 'drain', targets: leave.map(targetOf), because: 'its requests end before it does' },
    leave.length > 0 && {
      do: 'stop',
      targets: leave.map(targetOf),
      because: missing > 0 ? 'replaced' : 'more than REPLICAS asks for',
    },
  ]
  return steps.filter((step) => step !== false)
}

/**
 * A digest of what a plan rests on: the release, the replicas, and what was observed. While it stays the same, the
 * plan holds.
 */
export function fingerprintOf(
  release: Release,
  replicas: number,
  { containers, servers, proxyConfigured }: Observed,
): string {
  const project = release.compose.name
  const seen = containers.map((container) => [container.id, container.status, isLive(container, project)].join())
  const draining = servers.filter((server) => server.draining).map(({ name }) => name)
  return digest([release.id, replicas, proxyConfigured, seen.sort(), draining], 10)
}

/** What a step does, for a person. */
export function describeStep(step: Step, { image: { version } }: Release): string {
  const names = 'targets' in step ? step.targets.map(({ name }) => name).join(', ') : ''
  switch (step.do) {
    case 'remove':
      return `remove ${names}`
    case 'undrain':
      return `give the slots ${step.servers.join(', ')} back`
    case 'companions':
      return `start ${step.services.join(', ')}`
    case 'start':
      return `start ${step.count} × ${version} beside what serves`
    case 'ready':
      return `wait until ${version} is ready`
    case 'proxy':
      return 'start or reload the proxy'
    case 'join':
      return `join ${version} to the live network`
    case 'serve':
      return `wait until the proxy reaches ${version}`
    case 'drain':
      return `drain ${names}`
    case 'stop':
      return `stop and remove ${names}`
  }
}

const targetOf = ({ id, name }: ContainerState): Target => ({ id, name })

function isCurrent(release: Release, containers: readonly ContainerState[], service: string): boolean {
  const wanted = release.compose.services[service]?.labels?.[DEFINITION_LABEL]
  return containers.some(
    (container) =>
      container.service === service && container.status === 'running' && container.labels[DEFINITION_LABEL] === wanted,
  )
}

function startReason(release: Release, live: readonly ContainerState[], keep: readonly ContainerState[]): string {
  const other = live.find(({ labels }) => labels[RELEASE_LABEL] !== release.id)
  if (other)
    return other.image === release.image.id
      ? 'the configuration differs'
      : `${other.labels[VERSION_LABEL] ?? 'another version'} serves`
  return keep.length > 0 ? 'fewer than REPLICAS asks for' : 'nothing serves'
}
