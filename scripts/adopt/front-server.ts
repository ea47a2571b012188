import { posix } from 'node:path'
import { type Finding, listFindings, missing, note, ok } from './finding.ts'
import type { Project, Service, SourceTree } from './source-tree.ts'

/** A web server in front of the other services; the proxy of the toolkit takes its place. */
export type Front = {
  readonly service: string
  /** The service that receives every request that no route takes. */
  readonly web: string | undefined
  readonly port: number | undefined
  /** The other services, each with the path that leads to it. */
  readonly routes: readonly { readonly path: string; readonly service: string; readonly port: number }[]
  readonly findings: readonly Finding[]
}

// The names of web servers, in the name of an image or a service.
const SERVERS = /(^|[/_-])(nginx|openresty|traefik|caddy|haproxy|envoy|httpd|apache)([:/_-]|$)/
// Directives that the toolkit's proxy has no equivalent for.
const MORE =
  /^\s*(auth_basic|limit_req|limit_conn|rewrite|return|deny|allow|proxy_cache|ssl_certificate|basicauth|basic_auth)\b/gm

/** Finds the web server in front of a Compose project's services, and where it sends requests. */
export function findFront(tree: SourceTree, { services }: Project): Front | undefined {
  const fronts = Object.entries(services).filter(
    ([name, service]) => SERVERS.test(service.image ?? name) && service.ports?.length && !isApplication(tree, service),
  )
  for (const [name, service] of fronts) {
    const text = configOf(tree, service)
    const passes = passesOf(text, Object.keys(services))
    const main = passes.find(({ path }) => path === '/') ?? passes[0]
    if (!main) continue
    const others = passes.filter((pass) => pass.service !== main.service)
    return {
      service: name,
      web: main.service,
      port: main.port,
      routes: others.map(({ path, service: to, port }) => ({
        path: path.replace(/(.)\/$/, '$1'),
        service: to,
        port: port ?? 80,
      })),
      findings: frontFindings({ name, text, main, others }),
    }
  }
  return undefined
}

// A web server that is built from the application's own folder serves static pages: it is the application.
const isApplication = ({ root, dir }: SourceTree, { build }: Service) => build?.context === posix.join(root, dir)

function configOf({ root, dir, sources }: SourceTree, { volumes = [], build }: Service): string {
  const folder = posix.join(root, dir)
  const inside = (path: string) => posix.relative(folder, path)
  const mounted = volumes.map(({ source }) => inside(source ?? ''))
  const built = build ? inside(build.context) : undefined
  return Object.entries(sources)
    .filter(([file]) => /\.(conf|template)$|(^|\/)Caddyfile$/.test(file))
    .filter(
      ([file]) =>
        mounted.some((path) => path !== '' && (file === path || file.startsWith(`${path}/`))) ||
        (built !== undefined && (built === '' || file.startsWith(`${built}/`))),
    )
    .map(([, text]) => text.replace(/(^|\s)#.*$/gm, '$1'))
    .join('\n')
}

type Pass = {
  readonly path: string
  readonly service: string
  readonly port: number | undefined
  readonly strips: boolean
  readonly how: string
}

// Finds where the web server passes requests on to. A regular expression reads both nginx and Caddy. The parser of
// nginx-conf 2.1.0 silently skips Caddy's directives, because they end without a semicolon.
function passesOf(text: string, services: readonly string[]): Pass[] {
  const pools = new Map(
    [...text.matchAll(/upstream\s+(\S+)\s*\{([^}]*)\}/g)].map(([, name = '', body = '']) => [
      name,
      /server\s+([\w.-]+(?::\d+)?)/.exec(body)?.[1] ?? '',
    ]),
  )
  const blocks = [...text.matchAll(/location\s+(?:[=~^*]+\s+)?(\S+)\s*\{([^{}]*)\}/g)].map(
    ([, path = '/', body = '']) => ({ path, body }),
  )
  return [...blocks, ...(blocks.length === 0 ? [{ path: '/', body: text }] : [])].flatMap(({ path, body }) => {
    const pass =
      /(proxy_pass|reverse_proxy|uwsgi_pass|fastcgi_pass)\s+(?:\S+\s+)?(?:https?:\/\/)?([\w.-]+)(?::(\d+))?(\/[^\s;]*)?\s*[;\n}]/.exec(
        body,
      )
    if (!pass) return []
    const [, how = '', host = '', port, strips] = pass
    const [name = '', own = port] = (pools.get(host) ?? host).split(':')
    if (!services.includes(name)) return []
    return [
      {
        path: path.startsWith('/') ? path : '/',
        service: name,
        port: own ? Number(own) : undefined,
        strips: Boolean(strips) && path !== '/',
        how,
      },
    ]
  })
}

type Described = { readonly name: string; readonly text: string; readonly main: Pass; readonly others: readonly Pass[] }

function frontFindings({ name, text, main, others }: Described): Finding[] {
  const more = [...new Set([...text.matchAll(MORE)].map(([, word = '']) => word))]
  const files = [...text.matchAll(/location\s+(?:[=~^*]+\s+)?(\/\S*)\s*\{[^{}]*\b(?:root|alias)\s[^{}]*\}/g)].map(
    ([, path]) => path,
  )
  const foreign = [main, ...others].find(({ how }) => how === 'uwsgi_pass' || how === 'fastcgi_pass')
  return listFindings(
    ok(name, `it passes requests on to ${main.service}: the proxy takes its place`),
    foreign &&
      missing(
        name,
        `${foreign.how} to ${foreign.service} is not HTTP`,
        `let ${foreign.service} speak HTTP (uwsgi: --http-socket 0.0.0.0:PORT)`,
      ),
    more.length > 0 &&
      note(
        name,
        `it also uses ${more.join(', ')}`,
        'the proxy has no equivalent: let the application do it, or a web server in front of this host',
      ),
    files.length > 0 &&
      note(
        name,
        `it serves files itself at ${files.join(', ')}`,
        'let the application serve them, or keep it as a service with an x-route (docs/guides/adopt.md)',
      ),
    ...others
      .filter(({ strips }) => strips)
      .map(({ path, service }) =>
        note(
          name,
          `it strips ${path} before it passes requests to ${service}`,
          `the proxy strips nothing: let ${service} answer at ${path}`,
        ),
      ),
  )
}
