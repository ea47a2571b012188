import type { Front } from './draft.ts'
import { type Finding, listFindings, missing, some, verdictsOn } from './finding.ts'
import type { Passing } from './passing.ts'

// What is said of the web server before the other services.

export const strangersFinding = (service: string, hosts: readonly string[]): Finding =>
  missing(
    service,
    `it passes requests to ${some(hosts)}, which no service is called: nginx does not start without that name`,
    'name a service of the Compose file there, or give one that name (networks: aliases:)',
    { where: /\((.*)\)$/.exec(hosts[0] ?? '')?.[1] },
  )

/** Says that the proxy takes its place. */
export function replacedFindings({ service, web, twins, routes }: Front, passing: Passing, where: string): Finding[] {
  const { passes, lost = [], shares = [], elsewhere = [], labels = [], asks = [] } = passing
  const { ok, note, missing } = verdictsOn(service, { where })
  const isLed = (path: string) => routes.some((one) => one.path === path.replace(/(.)\/$/, '$1'))
  const left = passes.flatMap(({ to, path }) => (to[0] === web || isLed(path) ? [] : `${to[0]} (${path})`))
  const all = [...lost, ...left]
  // nginx and Traefik ask how an address begins, the proxy for whole names of folders.
  const begun = passes.flatMap(({ path }) => (path.endsWith('/') || !isLed(path) ? [] : path))
  const led = 'give the services that they lead to x-route (docs/guides/deploys.md)'
  const say = asks.some((one) => GUARDS.test(one)) ? missing : note
  const same = `${twins.join(', ')} ${twins.length > 1 ? 'are' : 'is'} as ${web}: REPLICAS=${twins.length + 1}`
  const equal = `nothing to do where they do the same work; else the same command with SERVICE=${service} before it: the web server stays`
  const alone = 'let the application do it where it is needed: the proxy only leads whole paths to services'
  const unreached = `by other names of hosts, or other paths, it reached ${all.join(', ')}: nothing leads there now`
  return listFindings(
    ok(`it passes requests on to ${web}: the proxy takes its place`, { confidence: 'stated', claims: labels }),
    twins.length > 0 &&
      (shares.length > 0 ? note(`${same}, with equal shares: ${some(shares)} is left out`, equal) : ok(same)),
    begun.length > 0 &&
      note(
        `addresses such as ${begun[0]}x, which only begin as ${some(begun)}, no longer lead there: the proxy leads ${begun[0]} and what is below it`,
        `nothing to do where there are none; else the same command with SERVICE=${service} before it: the web server stays`,
      ),
    asks.length > 0 && say(`what these labels ask for is not carried over: ${some(asks)}`, alone),
    elsewhere.length > 0 && missing(`its routes of other providers are not read: ${elsewhere.join(', ')}`, led),
    all.length > 0 && missing(unreached, 'publish their ports, or give them x-route; a service has one path'),
  )
}

// Without these, others may ask, or a service is asked for other paths.
const GUARDS = /auth|allowlist|whitelist|prefix|path|rule$/i

// The engine's own networks; nginx takes the last address, which is what the proxy wrote.
const REAL_ADDRESS = 'set_real_ip_from 172.16.0.0/12; set_real_ip_from 192.168.0.0/16; real_ip_header X-Forwarded-For;'

/** Says why it stays. */
export function keptFindings(service: string, passing: Passing, where: string): Finding[] {
  const { ok, note } = verdictsOn(service, { where })
  const without = 'nothing to do; without these the proxy could take its place, and a deploy would hold requests'
  const { byAddress = [] } = passing
  // The proxy asks several times a second; nginx answers what only returns before it counts.
  const spare = byAddress.some((one) => one.startsWith('limit_'))
    ? '; where / is limited, also location = /healthz { return 200; }, and HEALTH_PATH=/healthz in its settings'
    : ''
  const real = `let it read the client's from the proxy, beside server_name: ${REAL_ADDRESS}${spare}`
  return listFindings(
    ok('it does more than pass requests on, and stays: it becomes the application', { confidence: 'stated' }),
    note(`what the proxy cannot do for it: ${reasonsOf(passing).slice(0, 12).join(', ')}`, without),
    byAddress.length > 0 &&
      note(`it asks for the client's address, and all come from the proxy: ${some(byAddress)}`, real),
    passing.onlyTls && !passing.tls && onlyTlsFinding(service, where),
  )
}

function reasonsOf({ passes, rest }: Passing): string[] {
  const own = passes.flatMap(({ how, strips, path, where, to }) => {
    if (how !== 'proxy_pass') return [`${how} to ${to[0]} (${where})`]
    return strips ? [`${path} is taken away from the path (${where})`] : []
  })
  return [...own, ...rest, ...(own.length + rest.length === 0 ? ['where it sends requests'] : [])]
}

export const onlyTlsFinding = (service: string, where: string): Finding =>
  missing(
    service,
    'over HTTP it only points to HTTPS, and the release speaks HTTP to it: nothing else would answer',
    'let it serve plain HTTP (Caddy: http:// before each name; nginx: no redirect), and give the names to HOSTS: the gate has the certificates',
    { where },
  )
