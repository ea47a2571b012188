import { aliasOf } from '../proxy/sets.ts'
import type { Route } from '../release/model.ts'

/** The header by which a run asks a proxy for its members. Its value is known to the managers alone. */
export const MEMBERS = 'x-members'

/**
 * The routes as a swarm's proxy has them. How many members there are, it looks up: a number in its configuration would let it
 * start anew with each scale.
 */
export const uncounted = (routes: readonly Route[]): Route[] => routes.map((route) => ({ ...route, replicas: 1 }))

/**
 * The configuration of a proxy on a swarm: that of any proxy, whose requests wait for a member at most `hold` seconds. No deploy can
 * reach the runtime sockets of all nodes, so each holds requests by itself, and tells who knows `token` how many members it has.
 */
export function withAwait(config: string, routes: readonly Route[], hold: number, token: string): string {
  const rules = routes.map(
    ({ service }) =>
      `  http-request lua.await ${aliasOf(service, 'blue')} ${hold * 1000} if { var(txn.service) -m str ${service} } { nbsrv(${aliasOf(service, 'blue')}) eq 0 }\n`,
  )
  const tells = `  http-request use-service lua.members if { req.hdr(${MEMBERS}) -m str ${token} }\n`
  const each = routes.map(({ service, threads = 32 }) => `${service}=${Math.max(1, Math.floor(threads / 2))}`)
  const live = '  http-request set-var(txn.live)'
  return config
    .replaceAll(live, () => `${tells}${rules.join('')}${live}`)
    .replace(
      '  hard-stop-after 60s\n',
      (line) => `  lua-load /usr/local/etc/haproxy/await.lua ${each.join(' ')}\n${line}`,
    )
}
