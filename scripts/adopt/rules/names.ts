import { APP, GUARD, PROXY } from '../../docker/compose-model.ts'
import { configFilesOf } from '../config-files.ts'
import { about, type Old, type ServiceRule } from '../draft.ts'
import { type Finding, listFindings } from '../finding.ts'
import { namesOf } from '../source-tree.ts'

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
  const lines = aliases.length > 0 ? { networks: { default: { aliases } } } : {}
  return { lines, findings: sharedName(old) }
}

// Compose gives a container the name of its service, and the application is the service app: both would answer to it.
function sharedName(old: Old): Finding[] {
  const { service, isWeb, web = '', tree, project } = old
  if (isWeb || service !== APP) return []
  const called = Object.entries(project.services).flatMap(([name, spec]) => {
    if (name === service) return []
    const place = configFilesOf(tree, project, spec).flatMap(({ from, text }) => {
      const at = text.split('\n').findIndex((line) => CALLS.test(line))
      return at < 0 ? [] : `${from}:${at + 1}`
    })[0]
    return place ?? (CALLS.test(Object.values(spec.environment ?? {}).join('\n')) ? old.where(name, 'environment') : [])
  })
  const found = `${web} becomes service ${APP} of the release, and this one is called so too`
  const mend = 'give it another name in the Compose file and where it is called, then run this again'
  return listFindings(
    called[0] !== undefined &&
      about(old).missing(`${found}: by turns one and the other answers who asks for ${APP} (${called[0]})`, mend),
  )
}
const CALLS = new RegExp(String.raw`(?:\/\/|@|_pass\s+|^|[\s"'=])${APP}:\d|\/\/${APP}\b(?!\.)|_pass\s+${APP};`, 'm')
