import { aliasOf } from '../proxy/sets.ts'
import type { Route } from '../release/model.ts'

/**
 * The configuration of a proxy on a swarm: that of any proxy, whose requests wait for a member at most `hold` seconds. No deploy can
 * reach the proxies of all nodes, so each holds requests by itself.
 */
export function withAwait(config: string, routes: readonly Route[], hold: number): string {
  const rules = routes.map(
    ({ service }) =>
      `  http-request lua.await ${aliasOf(service, 'blue')} ${hold * 1000} if { var(txn.service) -m str ${service} } { nbsrv(${aliasOf(service, 'blue')}) eq 0 }\n`,
  )
  const live = '  http-request set-var(txn.live)'
  return config
    .replaceAll(live, () => `${rules.join('')}${live}`)
    .replace('  hard-stop-after 60s\n', (line) => `  lua-load /usr/local/etc/haproxy/await.lua\n${line}`)
}
