import { posix } from 'node:path'
import type { NginxParseTreeNode } from 'nginx-conf/dist/src/parser.js'
import type { Variables } from '../config/settings.ts'
import { uncommented } from './guess.ts'
import { type ConfigFile, flatten, includes, type Line, parseText } from './nginx-lines.ts'
import type { Pass, Passing } from './passing.ts'

/** The names by which a web server may reach the other services, each with the name of its service. */
export type Names = ReadonlyMap<string, string>

// The toolkit's proxy does these in its own way, or they change no answer.
const UNDERSTOOD =
  /^(\[root\]|http|server|location|upstream|events|user|pid|worker_\w+|multi_accept|use|include|default_type|types\w*|sendfile|tcp_\w+|keepalive\w*|reset_timedout_connection|send_timeout|client_\w+|large_client_header_buffers|gzip\w*|access_log|error_log|log_format|log_not_found|listen|server_name\w*|server_tokens|charset|resolver\w*|map|set|ssl_\w+|http2|proxy_pass|proxy_http_version|proxy_redirect|proxy_buffer\w*|proxy_busy_buffers_size|proxy_\w+_timeout|proxy_request_buffering|proxy_next_upstream\w*|proxy_temp_\w+|proxy_max_temp_file_size|proxy_headers_hash\w+|proxy_ssl\w*|proxy_cache_bypass|uwsgi_pass|fastcgi_pass|grpc_pass|scgi_pass|root|index)$/
const PASS = /^(proxy|uwsgi|fastcgi|grpc|scgi)_pass$/

/** Where nginx has its configuration. */
export const FOLDERS = /^\/(etc|usr\/local|opt\/bitnami)\/(nginx|openresty)\//

/** Reads nginx's files as nginx does. `environment` fills in the variables of templates. */
export function readNginx(files: readonly ConfigFile[], services: Names, environment: Variables = {}): Passing {
  const read = files.flatMap((file) => {
    // The parser takes a blank at the very end, and a comment behind a tab, for the beginning of another directive.
    const text = uncommented(fillIn(file.text, environment))
    const node = parseText(`${text.trimEnd()}\n`)
    return node ? [{ ...file, node }] : []
  })
  // What else lies in the container, such as the code, is no configuration, unless some is included from there.
  const own = read.filter(({ path }) => FOLDERS.test(path))
  // Beside a whole configuration nothing counts but what that includes.
  const main = own.filter(({ path }) => path === '/etc/nginx/nginx.conf')
  const first = [main, own].find((some) => some.length > 0) ?? read.filter(({ path }) => path.endsWith('.conf'))
  const roots = first.filter(
    ({ path }) => !first.some(({ node }) => includes(node).some((one) => posix.matchesGlob(path, one))),
  )
  const lines = roots.flatMap((file) => flatten(file, read, []))
  const pooled = lines.filter(({ node }) => node.name === 'upstream')
  const pools = new Map(pooled.map(({ node }) => [node.value, poolOf(lines, node)] as const))
  const set = lines.flatMap(({ node }) => {
    const [, name = '', value = ''] = /^\$(\w+)\s+["']?([^"'\s]+)/.exec(node.name === 'set' ? node.value : '') ?? []
    return name ? [[name, value] as const] : []
  })
  const placesOf = (found: readonly Line[]) => [...new Set(found.map(({ node, where }) => `${node.name} (${where})`))]
  const asking = lines.filter(({ node }) => BY_ADDRESS.test(`${node.name} ${node.value}`))
  const all = lines.flatMap((line) => passOf(line, { pools, services, set: Object.fromEntries(set) }))
  return {
    passes: all.filter(({ to }) => to.length > 0),
    strangers: [...new Set(all.flatMap(({ strangers = [], where }) => strangers.map((one) => `${one} (${where})`)))],
    unread: files.flatMap(({ path, from }) =>
      IS_CONF.test(path) && !read.some((one) => one.path === path) ? from : [],
    ),
    rest: placesOf(lines.filter((line) => isMore(line, lines))),
    shares: lines.flatMap(({ node, where }) =>
      UNEVEN.test(`${node.name} ${node.value}`) ? `${node.value} (${where})` : [],
    ),
    byAddress: lines.some(({ node }) => node.name === 'set_real_ip_from') ? [] : placesOf(asking),
    renames: placesOf(lines.filter((line) => line.node.name === 'proxy_pass' && !keepsHost(line, lines))),
    ...tlsOf(lines),
    maxBody: lines.find(({ node }) => node.name === 'client_max_body_size')?.node.value.toLowerCase(),
  }
}

const IS_CONF = /^\/etc\/nginx\/(nginx\.conf|conf\.d\/.*\.conf)$/

const fillIn = (text: string, values: Variables) =>
  text.replace(
    VARIABLE,
    (all, ...names: (string | undefined)[]) => values[names.slice(0, 3).find(Boolean) ?? ''] ?? all,
  )
// As nginx and envsubst name one, and as dockerize does.
const VARIABLE = /\$(?:\{(\w+)\}|(\w+))|\{\{\s*\.Env\.(\w+)\s*\}\}/g

const poolOf = (lines: readonly Line[], pool: NginxParseTreeNode) =>
  lines.flatMap(({ node, inside }) =>
    inside.at(-1) === pool && node.name === 'server' ? [node.value.split(/\s/)[0] ?? ''] : [],
  )

type Known = {
  readonly pools: ReadonlyMap<string, readonly string[]>
  readonly services: Names
  readonly set: Variables
}

function passOf({ node, inside, where }: Line, { pools, services, set }: Known): Pass[] {
  if (!PASS.test(node.name)) return []
  const filled = fillIn(node.value, set)
  const [, host = '', port, uri] = /^(?:\w+:\/\/)?([\w.-]+)(?::(\d+))?(\/\S*)?/.exec(filled) ?? []
  const members = (pools.get(host) ?? [`${host}${port ? `:${port}` : ''}`]).map((one) => one.split(':'))
  const known = members.flatMap(([name = '', at]) => {
    const to = services.get(name)
    return to === undefined ? [] : { to, port: at && /^\d+$/.test(at) ? Number(at) : undefined }
  })
  const strangers = members.flatMap(([name = '']) => (services.has(name) || !STRANGER.test(name) ? [] : name))
  const path = pathOf(inside.findLast(({ name }) => name === 'location'))
  // Of what is no plain prefix, the location itself is named.
  const isPrefix = path.startsWith('/') && path !== '/'
  const strips = uri !== undefined && uri !== path && isPrefix && !/\$request_uri/.test(uri)
  // A named location has what is left of another one.
  const base = { path: path.replace(/^@.*/, '/'), strips, how: node.name, where, strangers }
  return [{ ...base, to: known.map(({ to }) => to), ports: known.map((one) => one.port), port: known[0]?.port }]
}
// A plain name: an address, or a name with dots, can be another host's.
const STRANGER = /^(?!(localhost|unix)$)[a-z][\w-]*$/i

// The path of a location that is a plain prefix, else its own words: these begin with another sign.
const pathOf = ({ value } = { value: '/' }) => value.replace(/^\^~\s+/, '')

function isMore({ node, inside }: Line, lines: readonly Line[]): boolean {
  if (node.name === 'location')
    return !pathOf(node).startsWith('/') || !lines.some((one) => PASS.test(one.node.name) && one.inside.includes(node))
  // A map says nothing by itself, and a pool may lead a client back to the same member, which may keep something of it.
  const block = inside.find(({ name }) => /^(map|types|upstream)$/.test(name))
  if (block) return block.name === 'upstream' && STICKY.test(node.name) && poolOf(lines, block).length > 1
  if (node.name === 'proxy_set_header') return !HEADERS.test(node.value)
  return !UNDERSTOOD.test(node.name) && !(pointsToTls(node) && inside.at(-1)?.name === 'server')
}
// The proxy sets these itself, or passes on what the client sent; one that is always the same is the author's own.
const HEADERS =
  /^((Host|X-Real-IP|X-Forwarded-(For|Proto|Host|Port|Server)) +["']?\$|(Upgrade|Connection|X-NginX-Proxy) |(Proxy|Accept-Encoding) +(""|'')$)/i

// nginx takes what a block says of headers, or, where that says nothing, what the one around it does. Debian's proxy_params keep the name.
function keepsHost({ inside }: Line, lines: readonly Line[]): boolean {
  const heads = lines.filter(({ node }) => node.name === 'proxy_set_header' || /\bproxy_params$/.test(node.value))
  const block = inside.findLast((one) => heads.some((head) => head.inside.at(-1) === one))
  return heads.some((head) => head.inside.at(-1) === block && /^host\b|\bproxy_params$/i.test(head.node.value))
}
const BY_ADDRESS =
  /^(limit_(req|conn)|geo|allow(?! all)|ip_hash) |^(proxy_set_header|fastcgi_param|hash) .*\$(binary_)?remote_addr\b/
const UNEVEN = /^server .*\s(weight=(?!1\b)\d|backup\b|down\b|max_conns=[1-9])/
const STICKY = /^(ip_hash|hash|sticky\w*)$/
const pointsToTls = ({ name, value }: NginxParseTreeNode) =>
  (name === 'return' && /^30\d\s+["']?https:/.test(value)) || (name === 'rewrite' && /\s["']?https:/.test(value))

// A site without `listen` has port 80. One over HTTPS may point from one name to another.
function tlsOf(lines: readonly Line[]): Pick<Passing, 'onlyTls' | 'tls'> {
  const sites = lines.flatMap(({ node, inside }) => {
    // A line of a pool is called so, too.
    if (node.name !== 'server' || inside.at(-1)?.name === 'upstream') return []
    const own = lines.filter(({ inside }) => inside.includes(node)).map((line) => line.node)
    const listens = own.flatMap(({ name, value }) => (name === 'listen' ? value : []))
    return [
      {
        isPlain: listens.length === 0 || listens.some((one) => !SSL.test(one)),
        points: own.some(pointsToTls),
        isWhole: own.some(({ name, value }) => name === 'location' && value === '/'),
        listens,
      },
    ]
  })
  const plain = sites.filter(({ isPlain }) => isPlain)
  // Of several ports, the visitors' is the one with all pages.
  const [secured] = sites
    .toSorted((one, other) => Number(other.isWhole) - Number(one.isWhole))
    .flatMap(({ listens }) => listens.filter((one) => SSL.test(one)))
  const port = Number(/^(?:\S+:)?(\d+)\b/.exec(secured ?? '')?.[1])
  return { onlyTls: sites.length > 0 && plain.every(({ points }) => points), tls: port || undefined }
}
const SSL = /\s(ssl|quic)\b/
