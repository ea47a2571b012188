import { posix } from 'node:path'
import { locateIn } from '../cli/yaml.ts'
import { plainName } from '../config/plain-name.ts'
import { plainImageName } from '../docker/image-name.ts'
import { unbuilt } from './alone.ts'
import { stageOf, withBuilder } from './build.ts'
import { calledByEach } from './called.ts'
import type { Draft, Old } from './draft.ts'
import type { Finding } from './finding.ts'
import { behindEach, type Fronts, findFronts, isTwin, SERVERS } from './front.ts'
import { foldersOf } from './mounts.ts'
import { isSentTo } from './rules/beside.ts'
import { isJob, serverOf } from './server.ts'
import { LISTS, type Project, type Service, type SourceTree } from './source-tree.ts'
import { asksHttp, isAside, isCatcher, isTool, TOOLS, virtualHostOf, webFinding, webPort } from './web.ts'

// For the same code, one for production may stand beside it.
const DEVELOPMENT = /(^|[-_])dev(elop(ment)?)?([-_]|$)/i
const PAGES = /(^|[-_])(web|app|www|site|front|fe\b|ui|client|vue|react|angular|next|nuxt|svelte)/
const APIS = /(^|[-_])(server|api|backend|gateway)/
// What others ask where something is, or how they are set up, is not what visitors ask.
const WORKERS = /(^|[-_])(admin|worker|processor|scheduler|queue|cron|config-?server|eureka|discovery|registry)/

export type Chosen = {
  readonly draft: Draft
  readonly services: readonly Old[]
  readonly findings: readonly Finding[]
  /** The services that can be the application, where nothing but a guess tells which. */
  readonly rivals: readonly string[]
  /** Dockerfiles that no service builds, and that may be it. */
  readonly free: readonly string[]
}

/**
 * Chooses which service of a Compose project becomes the application, and gives all with what the rules need. `name` is the project
 * name of the release.
 */
export function chooseApplication(tree: SourceTree, project: Project, name: string): Chosen {
  const fronts = frontsFor(tree, project)
  const { front, kept } = fronts
  const locate = locateIn(project.text)
  const where = (service: string, key?: string) => {
    const line = (key && locate(['services', service, key])) || locate(['services', service])
    return line ? `${project.file}:${line}` : project.file
  }
  const behind = behindEach(tree, project)
  const candidates = candidatesOf({ tree, project, behind }, fronts)
  const [web] = candidates
  const tls = fronts.tls?.service === web ? fronts.tls?.port : undefined
  const more = { twins: front?.twins ?? [], tls, folders: new Map<string, string>() }
  const bare = { ...more, tree, project, name, where, web, front, behind, called: calledByEach(tree, project) }
  // Pages that no web server leads to, and that have a port, may be what visitors come for.
  const isApart = (name: string, spec: Service = {}) =>
    name !== web &&
    PAGES.test(name) &&
    webPort(spec) !== undefined &&
    runsCode(tree, spec) &&
    !behind.get(web ?? '')?.has(name)
  const isWhole = !candidates.some((name) => isApart(name, project.services[name]))
  const isTold = tree.service !== undefined || front !== undefined || (kept === web && isWhole)
  const rivals = isTold ? [] : rivalsOf(tree, project, candidates)
  // Where nothing is built, the Compose file may have only what the application needs.
  const isForeign = !isTold && web !== undefined && !isNamedAfter(tree, web, project.services[web]?.image)
  const free = isForeign && Object.values(project.services).every(({ build }) => !build) ? unbuilt(tree, project) : []
  const services = Object.keys(project.services).map((service) => oldService(bare, service))
  const draft = { ...bare, folders: foldersOf(services, isSentTo) }
  const findings = [webFinding(draft, candidates, { isTold, rivals, free }), ...fronts.findings]
  return { draft, services: services.map((old) => ({ ...old, ...draft })), findings, rivals, free }
}

// A web server before another service than the one that the user names is one of the others.
function frontsFor(tree: SourceTree, project: Project): Fronts {
  const found = findFronts(tree, project)
  const isMeant = [undefined, found.front?.web, found.kept].includes(tree.service)
  return isMeant ? found : { findings: [] }
}

// What answers HTTP as well, and is neither a tool nor a worker.
const rivalsOf = (tree: SourceTree, { services }: Project, [first = '', ...others]: readonly string[]) =>
  others.filter((name) => {
    const spec = services[name] ?? {}
    const other = services[first] ?? {}
    const isLess = isTwin(spec, other) || (!runsCode(tree, spec) && runsCode(tree, other))
    const isOpen = webPort(spec) !== undefined || virtualHostOf(spec) !== undefined
    return !isLess && isOpen && !WORKERS.test(name) && !isTool(name, spec)
  })

// Whether a service runs code of the repository, or has its pages: what is built, or mounted with its list of packages or its first page.
const runsCode = (tree: SourceTree, { build, volumes = [] }: Service): boolean =>
  build !== undefined ||
  volumes.some(
    ({ type, source = '' }) =>
      type === 'bind' &&
      tree.tracked.some((file) => isFirst(file) && posix.join(tree.root, posix.dirname(file)) === source),
  )
const isFirst = (file: string) => LISTS.test(file) || /(^|\/)index\.(html?|php)$/.test(file)

// Whether a service or its image is called as the repository is.
function isNamedAfter({ root, dir }: SourceTree, service: string, image = ''): boolean {
  const own = plainName(posix.basename(posix.join(root, dir)))
  const name = plainName(plainImageName(image))
  return service === own || (name.length > 3 && (own.includes(name) || (own.length > 3 && name.includes(own))))
}

// The services that can be the application, the most likely first.
function candidatesOf(known: Pick<Draft, 'tree' | 'project' | 'behind'>, { front, kept }: Fronts): string[] {
  const { tree, project } = known
  const { root, dir } = tree
  const served = front?.web ?? kept
  const isOwn = ([name]: readonly [string, Service]) =>
    name === tree.service ||
    (name !== front?.service &&
      !front?.twins.includes(name) &&
      !isJob(known, name) &&
      !isAside(project.services[name]?.['profiles']) &&
      !isCatcher(project.services[name] ?? {}) &&
      serverOf(tree, project, name) === undefined)
  const isReachable = ([name, spec]: readonly [string, Service]) =>
    name === tree.service ||
    spec.build !== undefined ||
    webPort(spec) !== undefined ||
    asksHttp(spec) ||
    virtualHostOf(spec) !== undefined ||
    name === served
  const rank = ([name, spec]: readonly [string, Service]) =>
    (name === tree.service ? 100 : 0) +
    (name === served ? 32 : 0) +
    // Visitors come to it by an nginx-proxy of another project.
    (virtualHostOf(spec) ? 8 : 0) +
    (webPort(spec) === undefined ? (asksHttp(spec) ? 2 : 0) : SERVERS.test(spec.image ?? name) ? 12 : 8) +
    // A port that the engine chooses is known to nobody.
    (spec.ports?.some(({ published }) => published) ? 1 : 0) +
    (runsCode(tree, spec) ? 6 : 0) +
    (PAGES.test(name) ? 3 : APIS.test(name) ? 1 : 0) -
    (DEVELOPMENT.test(name) ? 8 : 0) -
    (WORKERS.test(name) ? 2 : 0) +
    (spec.build?.context === posix.join(root, dir) ? 1 : 0) +
    (isNamedAfter(tree, name, spec.image) ? 4 : 0) -
    (TOOLS.test(`${name} ${spec.image ?? ''}`) ? 20 : 0)
  const own = Object.entries(project.services).filter(isOwn)
  const reachable = own.filter(isReachable)
  // The only service that keeps no data for others is the application, even where nothing publishes its port.
  return (reachable.length > 0 || own.length > 1 ? reachable : own)
    .toSorted((a, b) => rank(b) - rank(a))
    .map(([name]) => name)
}

// A service with what the rules need to know of it.
function oldService(draft: Draft, service: string): Old {
  const { tree, project } = draft
  const spec = project.services[service] ?? {}
  const stage = stageOf(tree, withBuilder(project, spec))
  return { ...draft, service, spec, isWeb: service === draft.web, stage, server: serverOf(tree, project, service) }
}
