import { posix } from 'node:path'
import { CHECKED } from './checked.ts'
import type { Draft } from './draft.ts'
import { type Finding, missing, verdictsOn } from './finding.ts'
import { isOtherPort, isTls } from './listening.ts'
import { append } from './remedy.ts'
import { type Project, type Service, textsOf } from './source-tree.ts'

const CATCHERS = /mailhog|mailpit|maildev|mail[-_]?catcher|mailcrab|mailslurper|inbucket|smtp4dev|greenmail/i
/** Whether a service takes mail that development sends: nobody releases that alone. */
export const isCatcher = ({ image = '', build }: Service): boolean => build === undefined && CATCHERS.test(image)
/** Programs that look at what others serve, take their mail, or say who their users are. */
export const TOOLS = new RegExp(
  `(adminer|phpmyadmin|pgadmin|pgweb|mongo-express|${CATCHERS.source}|keycloak|authentik|zitadel|portainer|dozzle|redis-?(commander|insight)|grafana|prometheus|alertmanager|cadvisor|node-?exporter|zipkin|jaeger|kibana)`,
  'i',
)
export const isTool = (name: string, { image = '', build }: Service) =>
  build === undefined && TOOLS.test(`${name} ${image}`)

/** Whether the service that was chosen is more than a tool which looks at the others. */
export const isApplication = ({ web, project }: Draft): boolean =>
  web !== undefined && !isTool(web, project.services[web] ?? {})

/** The services that need a profile, and can be more than tools. */
export const profiledIn = ({ profiled = {} }: Project): string[] =>
  Object.entries(profiled).flatMap(([name, own]) => (TOOLS.test(name) || isAside(own) ? [] : name))

/** Whether a service runs only in profiles for tests or tools: it is no application. */
export const isAside = (profiles: unknown): boolean =>
  Array.isArray(profiles) && profiles.length > 0 && profiles.every((one) => ASIDE.test(String(one)))
const ASIDE = /(^|[-_.])(tests?|testing|ci|e2e|tools?|debug|lint)([-_.]|$)/i

const isForRelease = (profile: string) => !isAside([profile]) && !/dev|local|staging/i.test(profile)
/** Whether a service that is left out for its profile can be one that a release needs. */
export const leavesOut = ({ profiled = {} }: Project): boolean =>
  Object.entries(profiled).some(([name, own]) => !TOOLS.test(name) && own.some(isForRelease))

/** The line of .env by which Compose, and this, read services with a profile as well. */
export function profilesRemedy({ file, profiled = {}, given = {} }: Project): string {
  const all = [...new Set(Object.values(profiled).flat())]
  const release = all.filter((one) => /prod|release|deploy|live/i.test(one))
  const others = all.filter(isForRelease)
  const wanted = [release, others, all].find((some) => some.length > 0) ?? []
  const now = (given['COMPOSE_PROFILES'] ?? '').split(',').filter(Boolean)
  const line = `COMPOSE_PROFILES=${[...now, ...wanted].join()}`
  return `${append(line, posix.join(posix.dirname(file), '.env'))}   (of ${all.join(', ')}, those that production needs), then run this again`
}

/** The published ports of a service that can be ones of HTTP: those that its image names come first, those of TLS last. */
export function webPorts({ ports = [] }: Service, named: readonly number[] = []): number[] {
  const rank = (port: number) => Number(named.includes(port)) - Number(isTls(port)) * 2
  const all = ports.flatMap(({ target, protocol }) => (protocol === 'udp' || isOtherPort(target) ? [] : [target]))
  return [...new Set(all)].toSorted((one, other) => rank(other) - rank(one))
}
export const webPort = (spec: Service): number | undefined => webPorts(spec)[0]

/** The name of the host by which an nginx-proxy, often of another project, leads to a service. */
export const virtualHostOf = ({ environment }: Service): string | undefined => textsOf(environment)['VIRTUAL_HOST']

/** Whether a service has a health check that asks it over HTTP. */
export const asksHttp = ({ healthcheck }: Service): boolean => CHECKED.test(JSON.stringify(healthcheck ?? ''))

/** What tells which service is the application: the user or a web server does (`isTold`), or others may be it as well: services, or `free` Dockerfiles. */
type Told = { readonly isTold: boolean; readonly rivals: readonly string[]; readonly free: readonly string[] }

/** Says which service becomes the application, and how sure that is: the one question that all else rests on. */
export function webFinding(draft: Draft, candidates: readonly string[], { isTold, rivals, free }: Told): Finding {
  const { web, where, project } = draft
  if (web === undefined) return absentFinding(project)
  const others = candidates.slice(1).filter((name) => !isTool(name, project.services[name] ?? {}))
  const say = verdictsOn('web', { where: where(web), confidence: 'guess' })
  const becomes = `service ${web} becomes service app`
  const addTo = `to ${project.file}, and run this again`
  const again = (name = '') => `the same command with SERVICE=${name} before it`
  const added = `if the application is another one, add it as a service with its port ${addTo}`
  if (!isApplication(draft))
    return say.note(`${becomes}: a tool for other programs, and no other service answers HTTP requests`, added)
  const spec = project.services[web] ?? {}
  const isBuilt = Object.values(project.services).some(({ build }) => build)
  const profiled = profiledIn(project)
  const unread = `${becomes}, and those with a profile are not read: ${profiled.join(', ')}`
  if (!isBuilt && profiled.length > 0 && /^\s+build\s*:/m.test(project.text))
    return say.missing(unread, `if it is one of those: ${profilesRemedy(project)}`)
  const isOpen = isTold || webPort(spec) !== undefined || virtualHostOf(spec) !== undefined
  const could = `${web} publishes no port, and becomes service app, as ${others.join(', ')} could`
  if (!isOpen && others.length > 0) return say.missing(could, `if it is another one: ${again(others[0])}`)
  const silent = 'where it does not speak HTTP, the proxy has nothing to reach: see its port'
  if (!isOpen && !spec.build)
    return say.note(`${becomes}: it publishes no port, and no other service can be it`, silent)
  const asked = `which is the application? ${web} becomes service app`
  const built = `if it is ${free[0]}: add a service with build: and ports: for it ${addTo}`
  if (free.length > 0) return say.note(`${asked}; ${free.join(', ')} may be it, and no service builds it`, built)
  if (rivals.length > 0)
    return say.note(`${asked}; ${rivals.join(', ')} may be it as well`, `if it is ${rivals[0]}: ${again(rivals[0])}`)
  return say.ok(`${becomes}; the others still reach it as ${web}`, { confidence: 'likely' })
}

function absentFinding(project: Project): Finding {
  const asked = profiledIn(project)
  const unread = asked.length > 0 ? `, and those with a profile are not read: ${asked.join(', ')}` : ''
  const mend =
    'the proxy speaks HTTP: publish the port of the web process (ports:), or set APP_DIR to the folder with its Dockerfile'
  const found = `no service answers HTTP requests on a port${unread}`
  return missing('web', found, unread ? profilesRemedy(project) : mend, { where: project.file })
}
