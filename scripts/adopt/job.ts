import { stageOf, withBuilder } from './build.ts'
import { commandOf, type Draft } from './draft.ts'
import { type Confidence, type Finding, note, some } from './finding.ts'
import { isWebServer } from './guess.ts'
import { serverOf } from './server.ts'
import { dependenciesOf, type Service } from './source-tree.ts'

const POLICIES: Readonly<Record<string, string>> = { none: 'no', any: 'always', 'on-failure': 'on-failure' }
// Compose takes the policy of a stack where `restart` says nothing.
const restartOf = ({ restart, deploy }: Service) => restart ?? POLICIES[deploy?.restart_policy?.condition ?? '']

type Known = Pick<Draft, 'tree' | 'project' | 'behind'>
/** Whether a service does its work once and exits. */
export const isJob = (known: Known, name: string): boolean => findJob(known, name) !== undefined

/**
 * How sure it is that a service does its work once and exits: others wait for its end, or its command or name says so. Undefined
 * for one that serves. `restart: "no"` alone makes a guess: Compose does that anyway, also for a server.
 */
export function findJob(known: Known, name: string): Confidence | undefined {
  const { services } = known.project
  const spec = services[name] ?? {}
  const isAwaited = Object.values(services).some(
    (other) => dependenciesOf(other)[name]?.condition === 'service_completed_successfully',
  )
  if (isAwaited || /-job$/.test(spec.deploy?.mode ?? '')) return 'likely'
  const restart = restartOf(spec) ?? ''
  const isOpen = spec.ports?.length || spec['healthcheck'] || spec['expose']
  if (isOpen || !/^(no$|on-failure|$)/.test(String(restart))) return undefined
  const stage = stageOf(known.tree, withBuilder(known.project, spec))
  const line = commandOf({ spec, stage }).join(' ')
  // Of several commands, the last one says whether they ever end.
  const last = line.split(/[;&|]+|\bexit 0/).findLast((one) => /\w/.test(one)) ?? ''
  const isWork =
    ENDS.test(line) ||
    last
      .split(/[\s"']+/)
      .slice(0, 5)
      .some((word) => WORK.test(word))
  if (isWork || (restart !== '' && NAMED.test(name))) return 'likely'
  return restart === 'no' && !serves(known, name, line) ? 'guess' : undefined
}

// Programs that do their work and exit, words of commands that do, and names of such services.
const ENDS = /^((\/bin\/)?(ba)?sh -c )?(\/bin\/)?(true$|(cp|mv|rsync|chown|chmod|mkdir|touch|tar|unzip|echo)\s[^;&|]*$)/
const WORK =
  /^([\w-]+:)?(install|init|initialize|migrate|migrations?|seed|collectstatic|createsuperuser|upgrade|setup|bootstrap|mb)$/
const NAMED = /(^|[-_.])(init|migrate|migrations?|migrator|setup|seed|seeder)$/i
// Programs that go on until they are stopped.
const SERVES =
  /(^|[\s/"'])(g?unicorn|uvicorn|hypercorn|daphne|puma|sidekiq|celery|nginx|httpd|apache2\S*|php-fpm\S*|caddy|haproxy|memcached|\w+-server|server\.\w+|runserver|serve|start|\w*worker(\.\w+)?)(?=[\s"']|$)/

// Whether others rely on a service, or it runs what its image is there for: a server, or what an open port of the image tells.
function serves({ tree, project, behind }: Known, name: string, line: string): boolean {
  const spec = project.services[name] ?? {}
  const isNeeded = Object.entries(project.services).some(
    ([other, one]) =>
      other !== name && (name in dependenciesOf(one) || isNamedBy(one, name) || behind.get(other)?.includes(name)),
  )
  if (isNeeded || SERVES.test(line)) return true
  if (commandOf({ spec, stage: undefined }).some((word) => !word.startsWith('-'))) return false
  const { image = '' } = spec
  const ports = [...(stageOf(tree, spec)?.ports ?? []), ...(tree.images[image]?.ports ?? [])]
  return ports.length > 0 || isWebServer(image) || serverOf(tree, project, name) !== undefined
}

/** Whether the environment, the command or the links of a service name a host. */
export function isNamedBy({ environment, command, entrypoint, links }: Service, host: string): boolean {
  const said = JSON.stringify([environment, command, entrypoint, links])
  return new RegExp(`[^\\w.-]${host}[^\\w.-]`).test(said)
}

/** Names the services that Compose starts once: one that ends by itself is a job, and not said to be one. */
export function onceFinding(known: Known, names: readonly string[]): Finding | undefined {
  const { services, file } = known.project
  const once = names.filter((name) => restartOf(services[name] ?? {}) === undefined && !isJob(known, name))
  if (once.length === 0) return undefined
  return note(
    'compose',
    `no restart policy: ${some(once)}; a release starts each again when it ends`,
    'for one that does its work and ends: restart: "no" in the Compose file, then run this again',
    { where: file, confidence: 'guess' },
  )
}
