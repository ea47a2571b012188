import { plainImageName } from '../docker/image-name.ts'
import { isOther } from '../release/snapshot-presets.ts'
import { stageOf, withBuilder } from './build.ts'
import { commandOf, type Draft } from './draft.ts'
import { serverOf } from './server.ts'
import { dependenciesOf, namesOf, type Service } from './source-tree.ts'

const POLICIES: Readonly<Record<string, string>> = { none: 'no', any: 'always', 'on-failure': 'on-failure' }
// Compose takes the policy of a stack where `restart` says nothing.
const restartOf = ({ restart, deploy }: Service) => restart ?? POLICIES[deploy?.restart_policy?.condition ?? '']

type Known = Pick<Draft, 'tree' | 'project' | 'behind'>
/** Whether a service does its work once and exits. */
export const isJob = (known: Known, name: string): boolean => readJob(known, name).isJob

/**
 * Whether a service does its work once and exits, and whether something says so: others wait for its end, or rely on it; its
 * command or its name tells. `restart: "no"` alone is not sure, for Compose does that anyway, also with a server.
 */
export function readJob(known: Known, name: string): { readonly isJob: boolean; readonly isSure: boolean } {
  const { services } = known.project
  const spec = services[name] ?? {}
  const isAwaited = Object.values(services).some(
    (other) => dependenciesOf(other)[name]?.condition === 'service_completed_successfully',
  )
  if (isAwaited || /-job$/.test(spec.deploy?.mode ?? '')) return { isJob: true, isSure: true }
  const restart = String(restartOf(spec) ?? '')
  const isOpen = spec.ports?.length || spec['healthcheck'] || spec['expose']
  if (isOpen || !/^(no$|on-failure|$)/.test(restart)) return { isJob: false, isSure: true }
  const line = commandOf({ spec, stage: stageOf(known.tree, withBuilder(known.project, spec)) }).join(' ')
  // Of several commands, the last one says whether they ever end.
  const last = line.split(/[;&|]+|\bexit 0/).findLast((one) => /\w/.test(one)) ?? ''
  const words = last.split(/[\s"']+/).slice(0, 5)
  if (ENDS.test(line) || words.some((word) => WORK.test(word)) || (restart !== '' && NAMED.test(name)))
    return { isJob: true, isSure: true }
  const isServer = restart.startsWith('on-failure') || serves(known, name, line)
  return { isJob: restart === 'no' && !isServer, isSure: isServer }
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
  const names = namesOf(project, name)
  const isNeeded = Object.entries(project.services).some(
    ([other, one]) =>
      other !== name && (name in dependenciesOf(one) || isNamedBy(one, names) || behind.get(other)?.includes(name)),
  )
  if (isNeeded || SERVES.test(line)) return true
  const own = commandOf({ spec, stage: undefined })
  const server = serverOf(tree, project, name)
  if (server && (server.kind === 'other' || !isOther(own))) return true
  if (own.some((word) => !word.startsWith('-'))) return false
  const { image = '' } = spec
  const ports = [...(stageOf(tree, spec)?.ports ?? []), ...(tree.images[image]?.ports ?? [])]
  return ports.length > 0 || SERVES.test(plainImageName(image))
}

/** Whether the environment, the command or the links of a service name one of those hosts. */
export function isNamedBy({ environment, command, entrypoint, links }: Service, hosts: readonly string[]): boolean {
  const said = JSON.stringify([environment, command, entrypoint, links])
  return hosts.some((host) => new RegExp(`[^\\w.-]${host.replaceAll(/\W/g, '\\$&')}[^\\w.-]`).test(said))
}
