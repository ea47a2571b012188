import type { ServiceRule } from '../draft.ts'
import { listFindings, missing, note } from '../finding.ts'
import type { Service } from '../source-tree.ts'
import { hasVariables, withVariables } from '../variables.ts'

// The keys of a service that the release keeps as they are.
const KEPT =
  'command entrypoint user working_dir healthcheck tmpfs shm_size stop_signal stop_grace_period cap_add sysctls extra_hosts hostname mem_limit ulimits stdin_open tty read_only cpus cpu_shares mem_reservation pids_limit group_add dns dns_search dns_opt oom_score_adj'.split(
    ' ',
  )
// Other rules treat these, the release sets them itself, or they concern only the build or development.
const TREATED =
  'environment image build ports volumes secrets configs depends_on networks restart container_name links expose labels logging deploy scale profiles pull_policy init develop memswap_limit cap_drop security_opt env_file attach'.split(
    ' ',
  )

/** Keeps what a service runs and how; names what it may miss. */
export const keysRule: ServiceRule = ({ project, service, spec: given, isWeb, where }) => {
  const spec = { ...limitsOf(given), ...given }
  const raw = project.raw?.[service] ?? {}
  const secrets: Record<string, string> = {}
  const kept = KEPT.flatMap((key) => {
    if (spec[key] === null || spec[key] === undefined) return []
    // Without variables the file says the same, and Compose has put it in order.
    if (!hasVariables(JSON.stringify(raw[key] ?? ''))) return [[key, spec[key]] as const]
    const renamed = withVariables(raw[key], project.given ?? {})
    Object.assign(secrets, renamed.secrets)
    return [[key, renamed.value] as const]
  })
  // The platform of the engine is what it is.
  const own = /^linux\//.test(String(spec['platform'] ?? '')) ? ['platform'] : []
  const left = [
    ...Object.keys(spec).filter(
      (key) => ![...KEPT, ...TREATED, ...own].includes(key) && !key.startsWith('x-') && !isNothing(spec[key]),
    ),
    ...partly(spec),
  ]
  const mend = `read what they allow, then add those that ${isWeb ? 'app' : service} needs`
  const labels = Object.keys((spec['labels'] ?? {}) as object).filter((name) => !ROUTING.test(name))
  // The release's services give up all, and take back the few that begin as root and become another user.
  const drops = (listOf(spec['cap_drop']) ?? []).filter((name) => TAKEN_BACK.test(name))
  return {
    secrets,
    lines: {
      ...Object.fromEntries(kept),
      ...(spec['mem_limit'] ? { memswap_limit: spec['mem_limit'] } : {}),
      ...(spec['init'] === false ? { init: false } : {}),
    },
    findings: listFindings(
      left.length > 0 && missing(service, `${left.join(', ')}: left out`, mend, { where: where(service, left[0]) }),
      EMPTIES.test(JSON.stringify([spec['command'], spec['entrypoint']])) &&
        missing(
          service,
          'its command empties the database each time that it starts',
          'let it migrate instead (such as migrate --force): each deploy and restart would lose all data',
          { where: where(service, 'command') },
        ),
      labels.length > 0 &&
        note(
          service,
          `its labels are left out: ${labels.slice(0, 4).join(', ')}`,
          `where a program on this host acts on them, add labels to ${isWeb ? 'app' : service}`,
          { where: where(service, 'labels') },
        ),
      drops.length > 0 &&
        note(
          service,
          `cap_drop: ${drops.join(', ')}: the release drops all capabilities, and gives back those in compose/beside.yaml`,
          `for a service that needs none: cap_add: !reset [] on ${isWeb ? 'app' : service}`,
          { where: where(service, 'cap_drop') },
        ),
    ),
  }
}

const EMPTIES =
  /\bmigrate:(fresh|refresh|reset)\b|\bdb:(drop|reset|migrate:reset)\b|\bmigrate reset\b|--force-reset\b|manage\.py flush\b|schema:drop\b/
const isNothing = (value: unknown) => value === null || value === false
const listOf = (value: unknown) => (Array.isArray(value) ? value.map(String) : undefined)
const TAKEN_BACK = /^(CAP_)?(ALL|CHOWN|DAC_OVERRIDE|FOWNER|KILL|NET_BIND_SERVICE|SETGID|SETUID)$/i
// These say who may be reached: other rules and the proxy do that.
const ROUTING = /^(traefik|com\.docker|org\.(dartagnan|opencontainers|label-schema))[.-]/

/** What `deploy` allows a container, by the keys that a single engine has for it. */
export function limitsOf({ deploy }: Service): Readonly<Record<string, unknown>> {
  const { limits = {}, reservations = {} } = (deploy as Deploy | null | undefined)?.resources ?? {}
  const all = {
    cpus: limits.cpus,
    mem_limit: limits.memory,
    pids_limit: limits.pids,
    mem_reservation: reservations.memory,
  }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
}
type Amounts = {
  readonly cpus?: unknown
  readonly memory?: unknown
  readonly pids?: unknown
  readonly devices?: unknown
}
type Deploy = { readonly resources?: { readonly limits?: Amounts; readonly reservations?: Amounts } }

// Keys of which the release sets only a part itself.
function partly({ security_opt: options, logging, deploy }: Service): string[] {
  const driver = (logging as { driver?: unknown } | null | undefined)?.driver
  const safe = /^no-new-privileges(:true)?$/
  return [
    ...(listOf(options) ?? []).filter((option) => !safe.test(option)).map((option) => `security_opt ${option}`),
    ...(driver === undefined || /^(json-file|local)$/.test(String(driver)) ? [] : [`logging ${driver}`]),
    ...((deploy as Deploy | null | undefined)?.resources?.reservations?.devices
      ? ['deploy.resources.reservations.devices']
      : []),
  ]
}
