import { stageOf } from './build.ts'
import { pathOf } from './finding.ts'
import type { Pass, Passing } from './passing.ts'
import type { Project, SourceTree } from './source-tree.ts'

// What the proxy and the gate do as well. A middleware that leads to HTTPS is the gate's, and one that no router names does nothing.
const CARRIED =
  /^traefik\.(enable|docker\.network|(\w+\.)?(port|backend|protocol|frontend\.(entryPoints|passHostHeader))|http\.(routers\.[^.]+\.(entrypoints|service|priority|middlewares|tls(\..*)?)|services\.[^.]+\.loadbalancer\.(server\.(port|scheme)|passhostheader)|middlewares\.[^.]+\.(redirectscheme|chain)\..*))$/i
const RULE = /\.rule$/i
const MATCHERS = /(?<![\w!])(Host|Path|PathPrefix)(\([^)]*\)|:[^;]*)|[\s&|();]/g

/**
 * Reads the labels by which Traefik routes requests to the services of a project. Names of hosts are the gate's to know. Without a
 * label it takes the port that the image exposes.
 */
export function readTraefik(tree: SourceTree, { services, file }: Project, traefik: string): Passing {
  const routed = Object.entries(services).flatMap(([name, spec]) => {
    const { labels = {}, ports, expose, image = '' } = spec
    const all = name === traefik ? [] : Object.entries(labels)
    const [, rule] = all.find(([key]) => /^traefik\.(http\.routers\..+|(\w+\.)?frontend)\.rule$/i.test(key)) ?? []
    if (rule === undefined) return []
    const [, port] = all.find(([key]) => /\.loadbalancer\.server\.port$|^traefik\.(\w+\.)?port$/i.test(key)) ?? []
    const paths = [...rule.matchAll(/Path(?:Prefix)?(?:\([`'"]|:)(\/[\w./-]*)/g)].map(([, path = '/']) => path)
    const [, host = ''] = /Host(?:\([`'"]|:)([^`'",;)]+)/.exec(rule) ?? []
    const [exposed = 80] = [...(stageOf(tree, spec)?.ports ?? []), ...(tree.images[image]?.ports ?? [])]
    const base = { to: [name], port: Number(port ?? expose?.[0] ?? ports?.[0]?.target ?? exposed) }
    const passOf = (path: string): Pass => ({ ...base, path, strips: false, how: 'proxy_pass', where: file })
    return (paths.length > 0 ? paths : ['/']).map((path) => ({ host, pass: passOf(path) }))
  })
  const labels = Object.entries(services).flatMap(([name, { labels: own = {} }]) =>
    Object.entries(own).flatMap(([key, value]) => (key.startsWith('traefik.') ? [{ name, key, value }] : [])),
  )
  const used = labels.flatMap(({ key, value }) => (/\.middlewares$/i.test(key) ? value.split(/[\s,]+|@docker\b/) : []))
  const asks = labels.flatMap(({ name, key, value }) => {
    const [, middleware] = /^traefik\.http\.middlewares\.([^.]+)/i.exec(key) ?? []
    const isIdle = middleware ? !used.includes(middleware) : name === traefik
    const isCarried = RULE.test(key) ? value.replaceAll(MATCHERS, '') === '' : CARRIED.test(key)
    return isIdle || isCarried ? [] : (/^traefik\.(?:http\.)?([^.]+(?:\.[^.]+){0,3})/.exec(key)?.[1] ?? [])
  })
  const said = String(services[traefik]?.['command'] ?? '')
  const others = [...said.matchAll(/--providers\.(?!(?:docker|swarm)\b)(\w+)/gi)].map(([, name = '']) => name)
  return {
    ...{ ...byHost(routed), rest: [], maxBody: undefined, elsewhere: [...new Set(others)] },
    ...{ asks: [...new Set(asks)], labels: labels.map(({ name, key }) => pathOf('services', name, 'labels', key)) },
  }
}

type Routed = { readonly host: string; readonly pass: Pass }
/** The routes of the application's own host, and the services that others lead to. */
export function byHost(routed: readonly Routed[]): Pick<Passing, 'passes' | 'lost'> {
  // The host with the shortest name is the application's own: the others are usually below it.
  const [main] = routed.filter(({ pass }) => pass.path === '/').toSorted((a, b) => a.host.length - b.host.length)
  const isOwn = (one: Routed) => one === main || (one.pass.path !== '/' && one.host === main?.host)
  const lost = routed.filter((one) => !isOwn(one)).map(({ host, pass }) => `${pass.to[0]} (${host || pass.path})`)
  return { passes: routed.filter(isOwn).map(({ pass }) => pass), lost }
}
