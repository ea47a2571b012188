import { APP } from '../../docker/compose-model.ts'
import { codeOf } from '../app-code.ts'
import { about, commandOf, type Old, type ServiceRule } from '../draft.ts'
import { listFindings, pathOf } from '../finding.ts'
import { withScripts } from '../node-packages.ts'
import { isNamedBy, readJob, serverOf } from '../server.ts'
import { CODE, dependenciesOf, namesOf, type Project, type SourceTree } from '../source-tree.ts'
import { isLinked, targetOf } from './names.ts'
import { isOff } from './own-check.ts'

/** A service that does its work and exits, such as a migration, and the order in which services start. */
export const jobRule: ServiceRule = (old) => {
  const { isJob, isSure } = old.isWeb ? { isJob: false, isSure: true } : readJob(old, old.service)
  const depends = dependsOf(old)
  const lines = {
    ...(isJob ? { restart: 'no' } : {}),
    ...(Object.keys(depends).length > 0 ? { depends_on: depends } : {}),
  }
  const ends = 'it does its work and exits: each deploy that changes it runs it before the application starts'
  const claims = [pathOf('services', old.service, 'deploy', 'mode')]
  const awaited = pathOf('services', old.service, 'depends_on', APP)
  const [found, mend] = isJob
    ? [`restart: "no": ${ends}`, 'where it goes on running: restart: unless-stopped']
    : ['no restart policy: a release starts it again when it ends', 'where it does its work and ends: restart: "no"']
  const asked = () =>
    about(old).note(found, `${mend} in the Compose file, then run this again`, { confidence: 'guess' })
  const early = isJob && waitsForWeb(old)
  const later = isSure ? LATER : `where it goes on running: restart: unless-stopped in the Compose file; else ${LATER}`
  const usual = isSure ? isJob && about(old).ok(ends, { confidence: 'likely', claims }) : asked()
  const said = early ? about(old, 'depends_on').missing(EARLY, later, { claims: [...claims, awaited] }) : usual
  // What serves goes on running anyway.
  const isServer = old.isWeb || old.server || old.spec.ports?.length
  const policy = JSON.stringify(old.spec['restart'] ?? '')
  const changed =
    !isJob &&
    !isServer &&
    /^"(no|on-failure)\b/.test(policy) &&
    about(old, 'restart').note(
      `restart: ${policy} becomes unless-stopped: it starts again whenever it ends`,
      `nothing to do where it goes on running; where it may end: restart: ${policy} on it in the proposed file`,
    )
  return { lines, findings: listFindings(said, changed) }
}

// Compose's own order among the services beside the application. That comes last, whatever it depends on: it names the jobs whose end
// it waits for, and what requests wait for, since it calls that. A web server looks up the others only when it starts, so that it starts again where they
// do. A deploy takes an end for a failure.
function dependsOf(old: Old): Record<string, object> {
  const { tree, service, spec, project, web, front, twins, behind, called, isWeb, server } = old
  const needs = dependenciesOf(spec)
  const given = isWeb ? Object.keys(needs).filter((name) => needs[name]?.condition === ENDED) : Object.keys(needs)
  const isFree = (name: string) => name !== service && !dependenciesOf(project.services[name] ?? {})[service]
  const looked = [...(behind.get(service)?.keys() ?? [])].filter(isFree)
  // Compose starts what ends without its database again until that answers; here it waits for those that it names. A server for
  // development would not even end.
  const isNamed = (name: string) =>
    isFree(name) &&
    isChecked(tree, project, name) &&
    (isNamedBy(spec, namesOf(project, name)) || isInCode(old, namesOf(project, name)))
  const named = isWeb || server ? [] : Object.keys(project.services).filter(isNamed)
  const calls = isWeb
    ? [...(called.get(service)?.keys() ?? [])].filter((name) => isFree(name) && !readJob(old, name).isJob)
    : []
  // A link is to a container that must be there before.
  const linked = !isWeb && isLinked(old, service) ? [APP] : []
  const all = [...new Set([...given, ...looked, ...calls, ...named, ...linked])].filter(
    (name) => name !== web && name !== front?.service && !twins.includes(name) && project.services[name],
  )
  // Its program may end with the connection to a database that is replaced: then nobody starts that again.
  const [, manifest] = Object.entries(codeOf(old, service)).find(([file]) => file.endsWith('package.json')) ?? []
  const stays = WATCHES.test(withScripts(commandOf(old).join(' '), manifest))
  const conditions = all.map((name) => {
    const { condition = 'service_started', restart } = dependenciesOf(spec)[name] ?? {}
    // Compose says it of a link, too.
    const isAgain = (restart && !(isWeb && spec.links?.length)) || looked.includes(name)
    const again = isAgain || (stays && serverOf(tree, project, name) !== undefined) ? { restart: true } : {}
    const answers = condition === 'service_started' && isChecked(tree, project, name)
    return [targetOf({ service: name, isWeb: false }), { condition: answers ? 'service_healthy' : condition, ...again }]
  })
  return Object.fromEntries(conditions)
}

const WATCHES = /\b(nodemon|ts-node-dev|tsnd|watchexec|air)\b|\b(tsx|node|bun)\s+(--)?watch\b/
// Whether the code of a service has one of these names of a host, in quotes or in an address.
function isInCode(old: Old, names: readonly string[]): boolean {
  const host = names.map((name) => name.replaceAll(/\W/g, '\\$&')).join('|')
  const named = new RegExp(`(?:["'\`]|@|://)(?:${host})(?:["'\`:/])`)
  return Object.entries(codeOf(old, old.service)).some(([file, text]) => CODE.test(file) && named.test(text))
}

// Whether it asks for the application itself, or what is before that, to answer.
const waitsForWeb = ({ spec, web, front }: Old) =>
  [web, front?.service].some((name) => name && dependenciesOf(spec)[name]?.condition === 'service_healthy')
const EARLY = 'it waits for the application, and a job runs before that starts: it fails, or waits for ever'
const LATER =
  'let the application do its work when it starts; or give it profiles: [once] in the Compose file, run this again, and do its work by hand after the first deploy; where another service is the application, the same command with SERVICE= and the name of that before it'

const ENDED = 'service_completed_successfully'

// Each known database has a health check, of its own or a proposed one.
function isChecked(tree: SourceTree, project: Project, name: string): boolean {
  return (
    !isOff(project.services[name]?.['healthcheck']) &&
    !['other', undefined].includes(serverOf(tree, project, name)?.kind)
  )
}
