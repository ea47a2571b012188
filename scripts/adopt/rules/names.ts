import { APP, GUARD, PROXY } from '../../docker/compose-model.ts'
import { stageOf } from '../build.ts'
import { configFilesOf, linesWith } from '../config-files.ts'
import { about, type Draft, environmentOf, type Old, type ServiceRule } from '../draft.ts'
import { type Finding, listFindings } from '../finding.ts'
import { isWebServer } from '../guess.ts'
import { FOLDERS } from '../nginx.ts'
import type { ConfigFile } from '../nginx-lines.ts'
import { countOf, dependenciesOf, namesOf, type Project } from '../source-tree.ts'

const TAKEN = [APP, PROXY, GUARD]

/** The name of a service in the release: another one where the toolkit uses its name for a service of its own. */
export function targetOf({ service, isWeb }: Pick<Old, 'service' | 'isWeb'>): string {
  if (isWeb) return APP
  return TAKEN.includes(service) ? `${service}-service` : service
}

/** The names under which the other services reach this one. */
export const namesRule: ServiceRule = (old) => {
  const { service, project, twins, isWeb } = old
  const all = [service, ...(isWeb ? twins : [])]
  // The name of a container may be that of another service: that one keeps it.
  const isOther = (name: string) => project.services[name] !== undefined && !all.includes(name)
  const isFree = (name: string) => name !== targetOf(old) && !isOther(name) && /^[\w][\w.-]*$/.test(name)
  const aliases = [...new Set(all.flatMap((one) => namesOf(project, one)))].filter(isFree)
  const lines = {
    ...(aliases.length > 0 ? { networks: { default: { aliases } } } : {}),
    ...(isLinked(old, service) ? { links: [`${targetOf({ service: APP, isWeb: false })}:${APP}`] } : {}),
  }
  return { lines, findings: sharedName(old) }
}

/**
 * Whether a service of the release has a link to the one that was called app, where the application is another one. Compose gives a
 * container the name of its service, so that both answer to that name; but the engine looks for the links of who asks first.
 */
export function isLinked(draft: Draft, service: string): boolean {
  const { project, web, front, twins, behind } = draft
  const { services } = project
  const { [APP]: app, [service]: spec = {} } = services
  if (!app || [service, web, front?.service, ...twins].includes(APP)) return false
  // A link is one container, by a name that lasts: the proxy's members take turns.
  if (countOf(app) > 1 || front?.routes.some((one) => one.service === APP)) return false
  if (service === web) return true
  // For Compose it is a dependency, too: there must be no circle.
  const isFirst = isAfter(services, APP, service) || behind.get(APP)?.has(service)
  return !isFirst && (APP in dependenciesOf(spec) || callOf(draft, service) !== undefined)
}
const isAfter = (services: Project['services'], one: string, other: string): boolean =>
  Object.keys(dependenciesOf(services[one] ?? {})).some((name) => name === other || isAfter(services, name, other))

function sharedName(old: Old): Finding[] {
  const { service, isWeb, web = '', project } = old
  if (isWeb || service !== APP) return []
  const open = Object.keys(project.services).filter((name) => name !== APP && !isLinked(old, name))
  const [place] = open.flatMap((name) => callOf(old, name) ?? [])
  const found = `${web} becomes service ${APP} of the release, and this one is called so too`
  const mend = 'give it another name in the Compose file and where it is called, then run this again'
  return listFindings(
    place !== undefined &&
      about(old).missing(`${found}: by turns one and the other answers who asks for ${APP} (${place})`, mend),
  )
}

// Where a service calls another one by the name app, as `file:line`.
function callOf({ tree, project, where }: Draft, service: string): string | undefined {
  const spec = project.services[service] ?? {}
  const stage = stageOf(tree, spec)
  const isServer = isWebServer((spec.build ? stage?.image : spec.image) ?? '')
  // Beside its code, another service may have the configuration of a web server.
  const isRead = ({ path, text }: ConfigFile) => isServer || FOLDERS.test(path) || !/\b\w+_pass\s/.test(text)
  const [place] = linesWith(configFilesOf(tree, project, spec).filter(isRead), CALLS)
  const lines = environmentOf({ spec, stage }).map(([name, value]) => `${name}=${value}`)
  return place ?? (CALLS.test(lines.join('\n')) ? where(service, 'environment') : undefined)
}
const CALLS = new RegExp(
  String.raw`(?:\/\/|@|_pass\s+|^|[\s"'=])${APP}:\d|\/\/${APP}\b(?!\.)|_pass\s+${APP};|HOST(?:NAME)?=${APP}$`,
  'm',
)
