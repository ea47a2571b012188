import { type ComposeModel, PROXY } from '../docker/compose-model.ts'
import type { ContainerState } from '../docker/container.ts'
import { SUCCESSOR_LABEL } from '../docker/labels.ts'

// The first proxy of a project publishes the port, and keeps it as long as it lives: Docker gives a port to one container.
// A proxy that takes its place, a successor, runs beside it. It is handed the listening socket itself, by a Unix socket in the
// volume that all of them share, and accepts connections in the first one's network. The first one becomes a door.

const FOLDER = '/usr/local/etc/haproxy'
/** The frontend that a proxy has where it is no more than a door. */
export const DOOR = 'door'
/** Where it hands its listening socket over. */
export const HAND_OVER_SOCKET = `${FOLDER}/door.sock`
const HAND_OVER = `  stats socket ${HAND_OVER_SOCKET} mode 600 level user expose-fd listeners\n`
// What a door accepts by itself comes this way, with the client's address: after a restart nobody has its socket yet.
// The gate's connections come by a socket of their own: only these are believed.
const RELAY = `  bind unix@${FOLDER}/relay.sock accept-proxy mode 600\n  bind unix@${FOLDER}/gate.sock accept-proxy mode 600 name gate\n`
const BIND = '  bind :8080\n'
const RUN = '/run/haproxy'

/** What a successor takes the place of: a service of a Compose project, and the ports on which it listens inside. */
export type Kind = {
  readonly service: string
  readonly ports: readonly number[]
  /** The command that starts it, and the one that makes one of both, with the port closed for a moment. */
  readonly start: string
  readonly anew: string
}
export const PROJECT_PROXY: Kind = { service: PROXY, ports: [8080], start: 'make deploy', anew: 'make down deploy' }

/** Where a proxy has its sockets, and its configuration. Sockets of one name would be handed over, too. */
export type Place = { readonly run: string; readonly config: string }
/** The place of the first proxy, or of a successor. */
export const placeOf = (successor?: string): Place =>
  successor === undefined
    ? { run: RUN, config: `${FOLDER}/haproxy.cfg` }
    : { run: `${RUN}-${successor}`, config: `${FOLDER}/successor-${successor}.cfg` }
/** Where a successor finds the members at its first start. */
export const statesFor = (successor: string): string => `${FOLDER}/successor-${successor}.state`

/** The configuration of a release as that proxy needs it. */
export const place = (config: string, successor?: string): string =>
  successor === undefined
    ? config.replace(/^ {2}stats socket .*\n/m, (line) => line + HAND_OVER)
    : config.replaceAll(`${RUN}/`, `${placeOf(successor).run}/`).replace(BIND, BIND + RELAY)
/** The configuration of a release, from that of any proxy. */
export const unplace = (config: string): string =>
  config
    .replaceAll(/\/run\/haproxy-\d+\//g, `${RUN}/`)
    .replace(RELAY, '')
    .replace(HAND_OVER, '')

const numberOf = ({ labels }: ContainerState) => Number(labels[SUCCESSOR_LABEL])
const proxiesOf = (containers: readonly ContainerState[], kind: Kind) =>
  containers.filter(({ service }) => service === kind.service)
/** The proxy that owns the port, running or not. */
export const doorOf = (containers: readonly ContainerState[], kind = PROJECT_PROXY): ContainerState | undefined =>
  proxiesOf(containers, kind).find(({ labels }) => labels[SUCCESSOR_LABEL] === undefined)
/** Its successors, the newest last. */
export const successorsOf = (containers: readonly ContainerState[], kind = PROJECT_PROXY): ContainerState[] =>
  proxiesOf(containers, kind)
    .filter(({ labels }) => labels[SUCCESSOR_LABEL] !== undefined)
    .sort((a, b) => numberOf(a) - numberOf(b))
/** The number of the next one. No time: a clock may be set back. */
export const nextSuccessor = (containers: readonly ContainerState[], kind: Kind): string =>
  String(1 + Math.max(0, ...successorsOf(containers, kind).map(numberOf)))
/** The proxy that answers requests, or is about to; undefined where the port is closed. */
export function servingProxy(containers: readonly ContainerState[], kind = PROJECT_PROXY): ContainerState | undefined {
  const door = doorOf(containers, kind)
  if (door?.status !== 'running') return undefined
  return successorsOf(containers, kind).findLast(({ status }) => status === 'running') ?? door
}

/** Whether a proxy publishes the ports that its definition in a release asks for. */
export const publishes = (
  { ports }: ContainerState,
  { services }: ComposeModel,
  { service } = PROJECT_PROXY,
): boolean =>
  (services[service]?.ports ?? []).every(
    ({ host_ip = '0.0.0.0', published }) => !published || ports.includes(`${host_ip}:${published}`),
  )

// It waits for the door, as after a reboot both start at once, and in any order.
const START = (id: string, { run, config }: Place) => `mv ${statesFor(id)} ${run}/servers.state 2>/dev/null
tries=0
until socat -u OPEN:/dev/null UNIX-CONNECT:${HAND_OVER_SOCKET} 2>/dev/null || [ $$tries = 50 ]; do
  tries=$$((tries + 1)); sleep 0.2
done
exec haproxy -W -db -x ${HAND_OVER_SOCKET} -f ${config}
`

/** A Compose model in which the proxy is a successor: it publishes no port, and is on no network that leads out. */
export function successorModel(compose: ComposeModel, id: string, { service } = PROJECT_PROXY): ComposeModel {
  const place = placeOf(id)
  const { ports: _, container_name: __, ...rest } = compose.services[service] ?? {}
  const moved = JSON.parse(JSON.stringify(rest).replaceAll(/\/run\/haproxy(?=[/:"])/g, place.run)) as typeof rest
  const networks = Object.entries(rest.networks ?? {})
  const inner = networks.filter(([key]) => compose.networks?.[key]?.internal)
  const proxy = {
    ...moved,
    command: ['sh', '-c', START(id, place)],
    networks: Object.fromEntries(inner.length > 0 ? inner : networks),
    labels: { ...rest.labels, [SUCCESSOR_LABEL]: id },
  }
  return { ...compose, services: { ...compose.services, [service]: proxy } }
}
