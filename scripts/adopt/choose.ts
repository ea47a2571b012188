import { posix } from 'node:path'
import { locateIn } from '../cli/yaml.ts'
import { stageOf } from './build.ts'
import type { Draft, Old } from './draft.ts'
import { type Finding, missing, note, ok } from './finding.ts'
import { type Fronts, findFronts } from './front.ts'
import { isOtherPort } from './guess.ts'
import { isJob } from './job.ts'
import { foldersOf } from './mounts.ts'
import { serverOf } from './server.ts'
import type { Project, Service, SourceTree } from './source-tree.ts'

// Programs that look at what others serve.
const TOOLS =
  /(adminer|phpmyadmin|pgadmin|mongo-express|mailhog|mailpit|maildev|portainer|dozzle|redis-?(commander|insight)|grafana|prometheus|alertmanager|cadvisor|node-?exporter|zipkin|jaeger|kibana)/i

/**
 * Chooses which service of a Compose project becomes the application, and gives all with what the rules need. `name` is the project
 * name of the release.
 */
export function chooseApplication(
  tree: SourceTree,
  project: Project,
  name: string,
): { readonly draft: Draft; readonly services: readonly Old[]; readonly findings: readonly Finding[] } {
  const fronts = findFronts(tree, project)
  const { front } = fronts
  const locate = locateIn(project.text)
  const where = (service: string, key?: string) => {
    const line = (key && locate(['services', service, key])) || locate(['services', service])
    return line ? `${project.file}:${line}` : project.file
  }
  const candidates = candidatesOf(tree, project, fronts)
  const web = candidates[0]
  const behind = (web === fronts.kept?.service && fronts.kept?.behind) || []
  const bare = {
    tree,
    project,
    name,
    where,
    web,
    front,
    behind,
    twins: front?.twins ?? [],
    folders: new Map<string, string>(),
  }
  const services = Object.keys(project.services).map((service) => oldService(bare, service))
  const folders = foldersOf(services)
  const draft = { ...bare, folders }
  return {
    draft,
    services: services.map((old) => ({ ...old, folders })),
    findings: [...fronts.findings, webFinding(draft, candidates, front !== undefined || fronts.kept?.service === web)],
  }
}

// The services that can be the application, the most likely first.
function candidatesOf(tree: SourceTree, project: Project, { front, kept }: Fronts): string[] {
  const { root, dir } = tree
  const isOwn = ([name]: readonly [string, Service]) =>
    name !== front?.service &&
    !front?.twins.includes(name) &&
    !isJob(project, name) &&
    serverOf(tree, project, name) === undefined
  const isReachable = ([name, spec]: readonly [string, Service]) =>
    spec.build !== undefined || webPort(spec) !== undefined || name === kept?.service
  const rank = ([name, spec]: readonly [string, Service]) =>
    (name === (front?.web ?? kept?.service) ? 32 : 0) +
    (webPort(spec) === undefined ? 0 : 8) +
    (spec.build ? 6 : 0) +
    (/^(web|app|www|site|front|ui|client)/.test(name) ? 3 : /^(server|api|backend|gateway)/.test(name) ? 1 : 0) +
    (spec.build?.context === posix.join(root, dir) ? 1 : 0) -
    (TOOLS.test(`${name} ${spec.image ?? ''}`) ? 20 : 0)
  const own = Object.entries(project.services).filter(isOwn)
  const reachable = own.filter(isReachable)
  // The only service that keeps no data for others is the application, even where nothing publishes its port.
  return (reachable.length > 0 || own.length > 1 ? reachable : own)
    .toSorted((a, b) => rank(b) - rank(a))
    .map(([name]) => name)
}

/** The first published port of a service that can be one of HTTP. */
export const webPort = ({ ports = [] }: Service): number | undefined =>
  ports.find(({ target, protocol }) => protocol !== 'udp' && !isOtherPort(target))?.target

function webFinding({ tree, web, where, project }: Draft, candidates: readonly string[], isTold: boolean): Finding {
  if (web === undefined) return absentFinding({ tree, project })
  const spec = project.services[web] ?? {}
  const others = candidates.filter((name) => name !== web)
  const at = { where: where(web), confidence: 'guess' } as const
  if (!isTold && webPort(spec) === undefined && others.length > 0)
    return missing(
      'web',
      `no service publishes a port: ${web} becomes service app, as ${others.join(', ')} could`,
      'publish the port of the web process (ports:) in the Compose file, then run this again',
      at,
    )
  if (!isTold && webPort(spec) === undefined && !spec.build)
    return note(
      'web',
      `service ${web} becomes service app: it publishes no port, and no other service can be it`,
      'where it does not speak HTTP, the proxy has nothing to reach: see its port',
      at,
    )
  return ok('web', `service ${web} becomes service app; the others still reach it as ${web}`, {
    ...at,
    confidence: 'likely',
  })
}

function absentFinding({ tree: { dir, sources }, project }: Pick<Draft, 'tree' | 'project'>): Finding {
  const { file, services, profiled = [] } = project
  const asked = profiled.filter((name) => !TOOLS.test(name))
  if (asked.length > 0)
    return missing(
      'web',
      `no service answers HTTP requests on a port, and those with a profile are not read: ${asked.join(', ')}`,
      `echo COMPOSE_PROFILES=… >> ${posix.join(posix.dirname(file), '.env')}   (with the profile of the web process), then run this again`,
      { where: file },
    )
  if (sources['Dockerfile'] !== undefined)
    return note(
      'web',
      `no service of ${file} is the application: the image of ${posix.join(dir, 'Dockerfile')} is`,
      `give it what it needs in the proposed file (environment: of app): it reaches the others as ${Object.keys(services).join(', ')}`,
      { where: posix.join(dir, 'Dockerfile'), confidence: 'likely' },
    )
  return missing(
    'web',
    'no service answers HTTP requests on a port',
    'the proxy speaks HTTP: publish the port of the web process (ports:), or set APP_DIR to the folder with its Dockerfile',
    { where: file },
  )
}

// A service with what the rules need to know of it.
function oldService(draft: Draft, service: string): Old {
  const { tree, project } = draft
  const spec = project.services[service] ?? {}
  const server = serverOf(tree, project, service)
  return { ...draft, service, spec, isWeb: service === draft.web, stage: stageOf(tree, spec), server }
}
