import { readApache } from './apache.ts'
import { isSameBuild, stageOf } from './build.ts'
import { readCaddy } from './caddy.ts'
import { configFilesOf } from './config-files.ts'
import type { Behind, Front } from './draft.ts'
import { type Finding, note, onceBy, some } from './finding.ts'
import { keptFindings, onlyTlsFinding, replacedFindings, strangersFinding } from './front-findings.ts'
import { readNginx } from './nginx.ts'
import type { Passing } from './passing.ts'
import { dependenciesOf, namesOf, type Project, type Service, type SourceTree, textsOf } from './source-tree.ts'
import { readTraefik } from './traefik.ts'
import { isNginxProxy, readVirtualHosts } from './virtual-host.ts'

/** The web server that stands before the other services: replaced by the proxy, or kept as the application. */
export type Fronts = {
  readonly front?: Front
  /** One that does more than the proxy can. */
  readonly kept?: string
  /** One that serves over HTTPS alone, and the port. */
  readonly tls?: { readonly service: string; readonly port: number }
  readonly findings: readonly Finding[]
}

/** The names of web servers, in the name of an image or a service. */
export const SERVERS = /(?:^|[/_-])(nginx|openresty|traefik|caddy)(?:[:/_@-]|$)/

/** Finds the web server before a Compose project's services, and says what becomes of it. */
export function findFronts(tree: SourceTree, project: Project): Fronts {
  const strange: Finding[] = []
  const add = (found: Fronts): Fronts => ({ ...found, findings: [...strange, ...found.findings] })
  // A project that publishes nothing says so elsewhere; else a web server without ports serves others, not the world.
  const publishes = Object.values(project.services).some(({ ports }) => ports?.length)
  const all = Object.entries(project.services).flatMap(([service, spec]) =>
    publishes && !spec.ports?.length ? [] : [{ service, passing: readPassing(tree, project, service, spec) }],
  )
  // Of two, the one that the other passes requests to stands behind it.
  const isBehind = ({ service }: (typeof all)[number]) =>
    all.some((one) => one.service !== service && behindOf(one.passing).includes(service))
  for (const { service, passing } of all.toSorted((a, b) => Number(isBehind(a)) - Number(isBehind(b)))) {
    const [first] = passing?.passes ?? []
    if (passing?.strangers?.length) strange.push(strangersFinding(service, passing.strangers))
    if (passing?.unread?.length) return unreadFront(service, passing.unread)
    const tls = passing?.onlyTls && passing.tls ? { tls: { service, port: passing.tls } } : {}
    if (!first && passing?.onlyTls)
      return add({ ...tls, findings: passing.tls ? [] : [onlyTlsFinding(service, project.file)] })
    if (!passing || !first) continue
    const front = replace(project, service, passing)
    if (front) return add({ front, findings: replacedFindings(front, passing, first.where) })
    return add({ ...tls, kept: service, findings: keptFindings(service, passing, first.where) })
  }
  return { findings: strange }
}

/** The services that each web server passes requests to, and looks up only when it starts; all that it needs where nobody knows. */
export const behindEach = (tree: SourceTree, project: Project): Behind =>
  new Map(
    Object.entries(project.services).map(([name, spec]) => {
      const { passes = [], unread = [] } = readPassing(tree, project, name, spec) ?? {}
      const all = passes.flatMap(({ to, port, ports }) =>
        to.map((one, index) => [one, (ports ? ports[index] : port) ?? toldPort(one, project.services[one])] as const),
      )
      const known = unread.length > 0 ? Object.keys(dependenciesOf(spec)).map((one) => [one, undefined] as const) : all
      return [name, new Map(known)]
    }),
  )
// The port of a service by its own variables, where a build fills in what nginx's file says of it.
const toldPort = (name: string, { environment = {} }: Service = {}): number | undefined => {
  const own = ['PORT', `${name.toUpperCase().replaceAll(/\W/g, '_')}_PORT`, 'SERVER_PORT', 'APP_PORT', 'API_PORT']
  return own.flatMap((key) => Number(environment[key]) || [])[0]
}
/** The services whose pages are those of a service: behind a web server, where what is below / goes to, and PHP. */
export const pagesOf = (tree: SourceTree, project: Project, service: string): readonly string[] => {
  const { passes = [] } = readPassing(tree, project, service, project.services[service] ?? {}) ?? {}
  // Of several sites, the first one is for who asks by no name, as a check does.
  const main = passes.find(({ path }) => ALL.test(path))
  const behind = behindOf({ passes: passes.filter((one) => one === main || one.how === 'fastcgi_pass') })
  return behind.length > 0 ? behind : [service]
}
// A pattern without a name in it fits every path, and comes before what is below /.
const ALL = /^(\/|~\*?\s+[\^/.*+()?]+\$?)$/
const behindOf = ({ passes }: Pick<Passing, 'passes'> = { passes: [] }) => [...new Set(passes.flatMap(({ to }) => to))]

// Nobody knows what such a server does: it stays, and starts again with all that it depends on.
function unreadFront(kept: string, files: readonly string[]): Fronts {
  const mend = 'nothing to do where nginx takes it: the web server stays as it is, and becomes the application'
  return { kept, findings: [note(kept, `${some(files)} cannot be read`, mend)] }
}

function readPassing(tree: SourceTree, project: Project, service: string, spec: Service): Passing | undefined {
  const stage = stageOf(tree, spec)
  const program = stage?.command?.words[0] ?? ''
  const called = [spec.build ? undefined : spec.image, stage?.image, program, service, spec.image]
  const kind = called.map((name) => SERVERS.exec(name ?? '')?.[1]).find(Boolean)
  if ([spec.image, stage?.image].some((one) => isNginxProxy(one ?? '')))
    return readVirtualHosts(tree, project.services, project.file)
  if (kind === 'traefik') return readTraefik(tree, project, service)
  if (kind === undefined) return readApache(configFilesOf(tree, project, spec))
  const others = Object.keys(project.services).filter((name) => name !== service)
  const names = new Map(others.flatMap((name) => namesOf(project, name).map((one) => [one, name] as const)))
  const files = configFilesOf(tree, project, spec)
  // The official images have nothing to hide.
  const isOwn = /^(docker\.io\/)?(library\/)?(nginx|caddy)([:@]|$)/.test(spec.image ?? '')
  const isHidden = files.length === 0 && !spec.build && !isOwn && Object.keys(dependenciesOf(spec)).length > 0
  const hidden = `what ${spec.image} is configured to do`
  if (isHidden) return { passes: [], rest: [], unread: [hidden], maxBody: undefined }
  const environment = { ...stage?.environment, ...textsOf(spec.environment) }
  if (kind === 'caddy') return readCaddy(files, names, environment)
  const found = readNginx(files, names, environment)
  // The proxy hands on the visitor's name for the host, and such an application may refuse it.
  const isAsked = Object.values(tree.sources).some((text) => CHOOSY.test(text))
  return isAsked ? { ...found, rest: [...found.rest, ...(found.renames ?? [])] } : found
}
// By Django, Starlette and Rails; a list that has a star takes all.
const CHOOSY = /^\s*ALLOWED_HOSTS\s*=(?![^\]]*["']\*["'])|\bTrustedHostMiddleware\b|^\s*config\.hosts\b/m

// What the proxy needs to know of it; undefined where the web server does more than the proxy can.
function replace({ services }: Project, service: string, passing: Passing): Front | undefined {
  const { passes, rest, maxBody } = passing
  const main = passes.find(({ path }) => path === '/')
  const [web = '', ...twins] = main?.to ?? []
  const others = passes.filter(({ to }) => to[0] !== web)
  const paths = others.map(({ path }) => path)
  // The proxy leads one path to a service. Traefik cannot stay: it asks the engine.
  const firsts = onceBy(others, ({ to }) => to[0])
  const isPlain =
    passes.every(({ how, strips }) => how === 'proxy_pass' && !strips) &&
    others.every(({ to, path }) => to.length === 1 && path !== '/') &&
    new Set(paths).size === paths.length &&
    (firsts.length === others.length || passing.elsewhere !== undefined) &&
    twins.every((twin) => isTwin(services[twin], services[web]) && sameHost(services[twin], services[web]))
  if (!main || !isPlain || rest.length > 0) return undefined
  return {
    ...{ service, web, port: main.port ?? 80, twins },
    routes: firsts.map(({ path, to: [to = ''], port }) => ({
      path: path.replace(/(.)\/$/, '$1'),
      ...{ service: to, port: port ?? 80 },
    })),
    settings: maxBody && /^[1-9]\d*[km]$/.test(maxBody) ? { MAX_BODY: maxBody } : {},
  }
}

// Copies of one service have one name; what shows its own name to users is no copy.
const sameHost = (one: Service = {}, other: Service = {}) => one['hostname'] === other['hostname']

/** Whether two services have the same image, and are told the same: what differs stays a service of its own. */
export const isTwin = (one: Service = {}, other: Service = {}): boolean =>
  (isSameBuild(one.build, other.build) || (one.build === undefined && one.image === other.image)) &&
  ['environment', 'entrypoint', 'command', 'volumes'].every(
    (key) => JSON.stringify(one[key]) === JSON.stringify(other[key]),
  )
