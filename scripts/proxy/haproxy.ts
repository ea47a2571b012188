import { askedPath, CONNECT, takesAny } from '../config/health-path.ts'
import { MOST_REPLICAS, type ProxySettings, type Route } from '../release/model.ts'
import { withPages } from '../release/pages.ts'
import { type Endpoint, type Sets, setsLine } from './endpoints.ts'
import { aliasOf, type Color } from './sets.ts'
import { errorsIn, rowsOf } from './stats.ts'

/** The name of a slot of one of the proxy's sets. */
export type Slot = { readonly service: string; readonly color: Color; readonly name: string }
/** A slot, as the proxy reports it. */
export type Server = {
  readonly service: string
  readonly color: Color
  readonly name: string
  /** Empty while the slot has no member. */
  readonly address: string
  /** Whether HAProxy counts it as up. It does so before the first check, too. */
  readonly up: boolean
  readonly draining: boolean
  /** Requests in flight. */
  readonly inFlight: number
  /** Requests answered since the proxy started, and how many of them with a status of 5xx or not at all. */
  readonly answers: number
  readonly errors: number
}
export type ProxyState = {
  /** The set that gets the requests of a service. */
  readonly live: Readonly<Record<string, Color>>
  /** The services whose requests wait. */
  readonly held: readonly string[]
  readonly servers: readonly Server[]
  readonly config: string
  /** False while an older proxy has not let go yet. */
  readonly alone?: boolean
}

/** The file in which the proxy keeps which set is live, so that it knows after a restart. */
export const LIVE_FILE = '/usr/local/etc/haproxy/live.map'
/** The variable that says whether requests of a service wait. Its name takes no dash, a service's name no dot. */
export const holdVariable = (service: string): string => `proc.hold_${service.replaceAll('-', '.')}`
const FORCED_DRAIN = 0x08

/**
 * Reads the slots from the answers to `show servers state` and `show stat` of the runtime API (its management guide,
 * 9.3). Only the first tells of a drain that outlived its member, only the second of requests in flight.
 */
export function parseServers(states: string, stats: string): Server[] {
  const figures = new Map(rowsOf(stats, ',').map((row) => [`${row['pxname']}/${row['svname']}`, row]))
  return stateRows(states).flatMap((row) => {
    const [, service, color] = /^(.+)-(blue|green)$/.exec(row['be_name'] ?? '') ?? []
    if (service === undefined) return []
    const name = row['srv_name'] ?? ''
    const figure = figures.get(`${row['be_name']}/${name}`)
    const count = (column: string) => Number(figure?.[column] || 0)
    const server: Server = {
      service,
      color: color as Color,
      name,
      address: row['srv_addr']?.replace(/^-$/, '') ?? '',
      up: figure?.['status']?.startsWith('UP') ?? false,
      draining: (Number(row['srv_admin_state']) & FORCED_DRAIN) !== 0,
      inFlight: count('scur'),
      answers: count('req_tot'),
      errors: errorsIn(count),
    }
    return [server]
  })
}

/** Reads the live set of each service from that file's content, or from the answer to `show map`. */
export function parseLive(text: string): Record<string, Color> {
  const lines = text.split('\n').flatMap((line) => {
    const [, service, color] = /(?:^|\s)(\S+) (blue|green)$/.exec(line.trim()) ?? []
    return service && color ? [[service, color as Color] as const] : []
  })
  return Object.fromEntries(lines)
}
/** The content of that file. */
export const renderLive = (live: Readonly<Record<string, Color>>): string =>
  Object.entries(live)
    .map(([service, color]) => `${service} ${color}\n`)
    .join('')

/** The rows of the answer to `show servers state`, by the names of their columns. */
export const stateRows = (states: string): Record<string, string>[] => rowsOf(states.replace(/^\d+\n/, ''), ' ')

/**
 * The proxy's configuration: its template with the rules and sets of those routes. A request waits at most `hold`
 * seconds. Where the live set has no healthy member, the other set answers, if it has one.
 */
export function renderConfig(proxy: ProxySettings, routes: readonly Route[], sets: Sets): string {
  const { template, hold, maxBody = '', maxConnections, maxRate, pages } = proxy
  // The most specific path decides.
  const ordered = routes.toSorted((a, b) => b.path.length - a.path.length || a.service.localeCompare(b.service))
  const variables = ordered.map(({ service }) => `  set-var ${holdVariable(service)} int(0)`)
  const live = `  http-request set-var(txn.live) var(txn.service),map_str(${LIVE_FILE},blue)`
  const rules = [...ordered.flatMap(routeRules), ...ordered.map((route) => holdRule(route, hold)), live]
  const use = ordered.flatMap(useRules)
  const lanes = template.includes(BODY_RULES) ? [USE_LANE, ...ordered.flatMap(laneRules)] : []
  const members = ordered.flatMap(({ service }) =>
    (['blue', 'green'] as const).flatMap((color) => {
      const endpoint = sets[service]?.[color]
      return [
        `\nbackend ${aliasOf(service, color)}`,
        ...checkLines(endpoint?.health ?? '/'),
        `  server-template ${service} 1-${MOST_REPLICAS} "${aliasOf(service, color)}:${endpoint?.port}" ${checkOptions(endpoint)}`,
      ]
    }),
  )
  return withPages(template, pages)
    .replace('  # @VARIABLES', () => variables.join('\n'))
    .replaceAll('@MAX_BODY', String(bytesOf(maxBody)))
    .replace('@MAX_CONNECTIONS', String(maxConnections))
    .replace('@MAX_RATE', String(maxRate))
    .replace('  # @RULES', () => [...rules, ...lanes, ...use].join('\n'))
    .replace(BODY_RULES, () => [...rules, ...use].join('\n'))
    .concat([...ordered.flatMap(laneOf), ...members].join('\n'), `\n\n${setsLine(sets)}\n`)
}

const bytesOf = (size: string) => Number.parseInt(size, 10) * 1024 ** ('kmg'.indexOf(size.slice(-1)) + 1)

const BODY_RULES = '  # @BODY_RULES'
// `has_eom`: the whole request is here. An application that does not say how many threads it has is not short of them.
const USE_LANE = '  use_backend %[var(txn.service)]-bodies if !{ internal.htx.has_eom }'
// While others wait for a thread, whoever takes nothing of an answer for some seconds loses it.
function laneRules({ service, threads }: Route): string[] {
  if (threads === undefined) return []
  const queues = [`${service}-bodies`, aliasOf(service, 'blue'), aliasOf(service, 'green')]
  return [
    ...queues.map((queue) => `  http-response set-timeout client 3s if ${isFor(service)} { queue(${queue}) gt 0 }`),
    `  use_backend ${service}-bodies if ${isFor(service)} { var(txn.large) -m bool }`,
  ]
}

// What keeps a thread for long takes at most half of the threads. The rest of it waits, in the order of its priority.
function laneOf({ service, replicas, threads = 32 }: Route): string[] {
  const most = Math.max(1, Math.floor(threads / 2)) * replicas
  const server = `  server lane unix@/run/haproxy/bodies.sock no-check maxconn ${most}`
  return [`\nbackend ${service}-bodies`, '  option http-server-close', server]
}

function checkLines(health: string): string[] {
  if (health === CONNECT) return ['  option tcp-check']
  return [
    // Who accepts nothing gets 404 from some servers (seen: Vite 2); 429 says that it lives, and is asked too often.
    `  http-check send meth GET uri "${askedPath(health)}" hdr Host localhost hdr Accept "*/*"`,
    `  http-check expect status ${takesAny(health) ? '200-499' : '200-399,429'}`,
  ]
}

/**
 * A thread is kept for the health check, so clients cannot keep a member from answering it. Where nobody says how many
 * there are, a member that refuses connections is down at once, and one that does not answer only after half a minute.
 */
const checkOptions = ({ threads, tls }: Partial<Endpoint> = {}): string =>
  (threads === undefined ? 'fall 6' : `maxconn ${Math.max(1, threads - 1)}`) + (tls ? TLS : '')
// A server of several names chooses its certificate by the name that is asked for. The edge network is the project's own.
const TLS = ' ssl verify none sni req.hdr(host),host_only check-sni localhost'

function routeRules({ service, path }: Route): string[] {
  const folder = path.replace(/\/$/, '')
  const paths = path === '/' ? ['{ path_beg / }'] : [`{ path ${folder} }`, `{ path_beg ${folder}/ }`]
  return paths.map(
    (matches) => `  http-request set-var(txn.service) str(${service}) if !{ var(txn.service) -m found } ${matches}`,
  )
}

const isFor = (service: string) => `{ var(txn.service) -m str ${service} }`
function holdRule({ service }: Route, hold: number): string {
  const variable = holdVariable(service)
  return `  http-request lua.hold ${variable} ${hold * 1000} if ${isFor(service)} { var(${variable}) -m int 1 }`
}

function useRules({ service }: Route): string[] {
  const [blue, green] = [aliasOf(service, 'blue'), aliasOf(service, 'green')]
  const use = (set: string, ...where: string[]) => ['  use_backend', set, 'if', isFor(service), ...where].join(' ')
  const serves = (set: string) => `{ nbsrv(${set}) gt 0 }`
  const isLive = '{ var(txn.live) -m str green }'
  return [use(green, isLive, serves(green)), use(blue, serves(blue)), use(green, serves(green)), use(blue)]
}
