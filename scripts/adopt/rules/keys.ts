import type { ServiceRule } from '../draft.ts'
import { missing } from '../finding.ts'
import { hasVariables, withVariables } from '../variables.ts'

// The keys of a service that the release keeps as they are.
const KEPT =
  'command entrypoint user working_dir healthcheck tmpfs shm_size stop_signal stop_grace_period cap_add sysctls extra_hosts hostname mem_limit ulimits stdin_open tty'.split(
    ' ',
  )
// Other rules treat these, the release sets them itself, or they concern only the build or development.
const TREATED =
  'environment image build ports volumes secrets configs depends_on networks restart container_name links expose labels logging deploy scale profiles pull_policy init develop memswap_limit cap_drop security_opt read_only env_file attach cpus cpu_shares mem_reservation pids_limit'.split(
    ' ',
  )

/** Keeps what a service runs and how; names what it may miss. */
export const keysRule: ServiceRule = ({ project, service, spec, isWeb, where }) => {
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
  const left = Object.keys(spec).filter(
    (key) => ![...KEPT, ...TREATED, ...own].includes(key) && !key.startsWith('x-') && !isNothing(spec[key]),
  )
  const mend = `read what they allow, then add those that ${isWeb ? 'app' : service} needs`
  return {
    secrets,
    lines: { ...Object.fromEntries(kept), ...(spec['mem_limit'] ? { memswap_limit: spec['mem_limit'] } : {}) },
    findings:
      left.length > 0
        ? [missing(service, `${left.join(', ')}: left out`, mend, { where: where(service, left[0]) })]
        : [],
  }
}

const isNothing = (value: unknown) => value === null || value === false
