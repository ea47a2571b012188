import { posix } from 'node:path'
import { locateIn } from '../cli/yaml.ts'
import { stageOf } from './build.ts'
import type { Draft, Old } from './draft.ts'
import { type Finding, missing, note, ok } from './finding.ts'
import { type Fronts, findFronts, SERVERS } from './front.ts'
import { isOtherPort } from './guess.ts'
import { isJob } from './job.ts'
import { foldersOf } from './mounts.ts'
import { serverOf } from './server.ts'
import type { Project, Service, SourceTree } from './source-tree.ts'

// Programs that look at what others serve.
const TOOLS =
  /(adminer|phpmyadmin|pgadmin|mongo-express|mailhog|mailpit|maildev|portainer|dozzle|redis-?(commander|insight)|grafana|prometheus|alertmanager|cadvisor|node-?exporter|zipkin|jaeger|kibana)/i

export type Chosen = {
  readonly draft: Draft
  readonly services: readonly Old[]
  readonly findings: readonly Finding[]
}

/**
 * Chooses which service of a Compose project becomes the application, and gives all with what the rules need. `name` is the project
 * name of the release.
 */
export function chooseApplication(tree: SourceTree, project: Project, name: string): Chosen {
  const fronts = findFronts(tree, project)
  const { front } = fronts
  const locate = locateIn(project.text)
  const where = (service: string, key?: string) => {
    const line = (key && locate(['services', service, key])) || locate(['services', service])
    return line ? `${project.file}:${line}` : project.file
  }
  const [web, ...rivals] = bestOf(tree, project, fronts)
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
    findings: [...fronts.findings, webFinding(draft, rivals)],
  }
}

// The most likely application, and the services that are as likely.
function bestOf(tree: SourceTree, project: Project, { front, kept }: Fronts): string[] {
  const { root, dir } = tree
  const isCandidate = ([name, spec]: readonly [string, Service]) =>
    name !== front?.service &&
    !front?.twins.includes(name) &&
    !isJob(project, name) &&
    serverOf(tree, project, name) === undefined &&
    (spec.build !== undefined || webPort(spec) !== undefined)
  const rank = ([name, spec]: readonly [string, Service]) =>
    (name === (front?.web ?? kept?.service) ? 32 : 0) +
    (webPort(spec) === undefined ? 0 : SERVERS.test(spec.image ?? name) ? 12 : 8) +
    (spec.build ? 6 : 0) +
    (/(^|[-_])(web|app|www|site|front|ui|client)/.test(name)
      ? 3
      : /(^|[-_])(server|api|backend|gateway)/.test(name)
        ? 1
        : 0) -
    (/(^|[-_])admin/.test(name) ? 2 : 0) +
    (spec.build?.context === posix.join(root, dir) ? 1 : 0) -
    (TOOLS.test(`${name} ${spec.image ?? ''}`) ? 20 : 0)
  const all = Object.entries(project.services)
    .filter(isCandidate)
    .toSorted((a, b) => rank(b) - rank(a))
  return all.filter((one, index) => index === 0 || rank(one) === rank(all[0] ?? one)).map(([name]) => name)
}

const isTool = (name: string, { image = '', build }: Service) => build === undefined && TOOLS.test(`${name} ${image}`)

/** Whether the service that was chosen is more than a tool which looks at the others. */
export const isApplication = ({ web, project }: Draft): boolean =>
  web !== undefined && !isTool(web, project.services[web] ?? {})

/** The published ports of a service that can be ones of HTTP: those that its image names come first, those of TLS last. */
export function webPorts({ ports = [] }: Service, named: readonly number[] = []): number[] {
  const rank = (port: number) => Number(named.includes(port)) - Number(/443$/.test(String(port))) * 2
  const all = ports.flatMap(({ target, protocol }) => (protocol === 'udp' || isOtherPort(target) ? [] : [target]))
  return [...new Set(all)].toSorted((one, other) => rank(other) - rank(one))
}
const webPort = (spec: Service): number | undefined => webPorts(spec)[0]

function webFinding(draft: Draft, rivals: readonly string[]): Finding {
  const { web, where, project } = draft
  if (web !== undefined && !isApplication(draft))
    return note(
      'web',
      `service ${web} becomes service app: a tool that looks at others, and no other service answers HTTP requests`,
      `if the application is another one, add it as a service with its port to ${project.file}, and run this again`,
      { where: where(web), confidence: 'guess' },
    )
  if (web !== undefined && rivals.length > 0)
    return note(
      'web',
      `service ${web} becomes service app; ${rivals.join(', ')} may be the application as well`,
      `if it is ${rivals[0]}, take ports: away from ${web} in ${project.file}, and run this again`,
      { where: where(web), confidence: 'guess' },
    )
  if (web !== undefined)
    return ok('web', `service ${web} becomes service app; the others still reach it as ${web}`, {
      ...{ where: where(web), confidence: 'likely' },
    })
  return missing(
    'web',
    'no service answers HTTP requests on a port',
    'the proxy speaks HTTP: publish the port of the web process (ports:), or set APP_DIR to the folder with its Dockerfile',
    { where: project.file },
  )
}

// A service with what the rules need to know of it.
function oldService(draft: Draft, service: string): Old {
  const { tree, project } = draft
  const spec = project.services[service] ?? {}
  const server = serverOf(tree, project, service)
  return { ...draft, service, spec, isWeb: service === draft.web, stage: stageOf(tree, spec), server }
}
