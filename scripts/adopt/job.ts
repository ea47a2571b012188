import { type Finding, note, some } from './finding.ts'
import type { Project, Service } from './source-tree.ts'

const POLICIES: Readonly<Record<string, string>> = { none: 'no', any: 'always', 'on-failure': 'on-failure' }
// Compose takes the policy of a stack where `restart` says nothing.
const restartOf = ({ restart, deploy }: Service) => restart ?? POLICIES[deploy?.restart_policy?.condition ?? '']

/** Whether a service does its work once and exits: others wait for its end, or it has neither ports nor restarts. */
export function isJob({ services }: Project, name: string): boolean {
  const spec = services[name] ?? {}
  const isAwaited = Object.values(services).some(
    (other) => dependenciesOf(other)[name]?.condition === 'service_completed_successfully',
  )
  if (/-job$/.test(spec.deploy?.mode ?? '')) return true
  if (isAwaited || spec.ports?.length || spec['healthcheck'] || spec['expose']) return isAwaited
  // Compose restarts nothing by itself: there a command says more.
  const { command } = spec
  const restart = restartOf(spec)
  const words = Array.isArray(command) ? command.map(String) : typeof command === 'string' ? command.split(/\s+/) : []
  const isWork = ENDS.test(words.join(' ')) || words.slice(0, 5).some((word) => WORK.test(word))
  const isNamed =
    /(^|[-_.])(init|migrate|migrations?|migrator|setup|seed|seeder)$/i.test(name) &&
    String(restart).startsWith('on-failure')
  return restart === 'no' || isNamed || ((restart === undefined || String(restart).startsWith('on-failure')) && isWork)
}

// Programs that do their work and exit, and words of commands that do.
const ENDS = /^((\/bin\/)?(ba)?sh -c )?(\/bin\/)?(true$|(cp|mv|rsync|chown|chmod|mkdir|touch|tar|unzip|echo)\s[^;&|]*$)/
const WORK =
  /^([\w-]+:)?(install|init|initialize|migrate|migrations?|seed|collectstatic|createsuperuser|upgrade|setup|bootstrap|mb)$/

/** Names the services that Compose starts once: one that ends by itself is a job, and not said to be one. */
export function onceFinding(project: Project, names: readonly string[]): Finding | undefined {
  const once = names.filter((name) => restartOf(project.services[name] ?? {}) === undefined && !isJob(project, name))
  if (once.length === 0) return undefined
  return note(
    'compose',
    `no restart policy: ${some(once)}; a release starts each again when it ends`,
    'for one that does its work and ends: restart: "no" in the Compose file, then run this again',
    { where: project.file, confidence: 'guess' },
  )
}

/** What a service depends on. */
export const dependenciesOf = ({ depends_on: all = {} }: Service) => all
