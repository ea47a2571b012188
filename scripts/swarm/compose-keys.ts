import { type ComposeModel, type ComposeService, parseDuration, unescapeDollars } from '../docker/compose-model.ts'

// What Swarm calls a service is more than Compose's: https://docs.docker.com/reference/api/engine/version/v1.45/#tag/Service

/** A part of a service, as the engine's API takes it. */
export type Part = Readonly<Record<string, unknown>>
type Values = Readonly<Record<string, unknown>>
const ns = (duration: unknown): number => Math.round((parseDuration(String(duration)) ?? 0) * 1e9)
const text = (value: unknown): string => unescapeDollars(String(value))
const words = (value: unknown): string[] => (Array.isArray(value) ? value : [value]).map(text)

// How a key of a service in Compose becomes one of a container of Swarm's.
const CONTAINER: Readonly<Record<string, (value: never) => Part>> = {
  command: (value) => (value === null ? {} : { Args: words(value) }),
  entrypoint: (value) => (value === null ? {} : { Command: words(value) }),
  environment: (value: Values) => ({
    // Swarm takes {{ }} for a template of its own.
    Env: Object.entries(value).flatMap(([name, one]) =>
      one === null ? [] : [`${name}=${text(one).replaceAll('{{', () => '{{"{{"}}')}`],
    ),
  }),
  hostname: (value) => ({ Hostname: value }),
  user: (value) => ({ User: text(value) }),
  group_add: (value) => ({ Groups: words(value) }),
  working_dir: (value) => ({ Dir: text(value) }),
  init: (value) => ({ Init: value }),
  tty: (value) => ({ TTY: value }),
  stdin_open: (value) => ({ OpenStdin: value }),
  read_only: (value) => ({ ReadOnly: value }),
  stop_signal: (value) => ({ StopSignal: value }),
  stop_grace_period: (value) => ({ StopGracePeriod: ns(value) }),
  cap_add: (value) => ({ CapabilityAdd: words(value) }),
  cap_drop: (value) => ({ CapabilityDrop: words(value) }),
  extra_hosts: (value) => ({
    Hosts: words(value).map((one) =>
      one
        .split(/[=:](.*)/)
        .slice(0, 2)
        .reverse()
        .join(' '),
    ),
  }),
  sysctls: (value: Values) => ({
    Sysctls: Object.fromEntries(Object.entries(value).map(([name, one]) => [name, text(one)])),
  }),
  ulimits: (value: Readonly<Record<string, number | { soft: number; hard: number }>>) => ({
    Ulimits: Object.entries(value).map(([Name, one]) =>
      typeof one === 'number' ? { Name, Soft: one, Hard: one } : { Name, Soft: one.soft, Hard: one.hard },
    ),
  }),
  security_opt: (value) => ({
    Privileges: { NoNewPrivileges: words(value).some((one) => /^no-new-privileges(:true)?$/.test(one)) },
  }),
  healthcheck: ({ test, disable, ...times }: { test?: unknown; disable?: boolean } & Values) => ({
    HealthCheck: disable
      ? { Test: ['NONE'] }
      : {
          ...(test === undefined ? {} : { Test: words(test) }),
          ...(times['interval'] === undefined ? {} : { Interval: ns(times['interval']) }),
          ...(times['timeout'] === undefined ? {} : { Timeout: ns(times['timeout']) }),
          ...(times['start_period'] === undefined ? {} : { StartPeriod: ns(times['start_period']) }),
          ...(times['start_interval'] === undefined ? {} : { StartInterval: ns(times['start_interval']) }),
          ...(times['retries'] === undefined ? {} : { Retries: Number(times['retries']) }),
        },
  }),
}

// Keys that are one in Swarm, DNSConfig, and what each is called there.
const DNS: Readonly<Record<string, string>> = { dns: 'Nameservers', dns_search: 'Search', dns_opt: 'Options' }

// What this table leaves out and CONTAINER lacks, Swarm does not know.
const ELSEWHERE = new Set([
  ...[
    'image',
    'build',
    'pull_policy',
    'labels',
    'deploy',
    'scale',
    'networks',
    'volumes',
    'tmpfs',
    'secrets',
    'ports',
    'restart',
  ],
  ...[
    'depends_on',
    'expose',
    'container_name',
    'logging',
    'mem_limit',
    'memswap_limit',
    'mem_reservation',
    'cpus',
    'pids_limit',
    'platform',
  ],
])

/** The keys of a service that Swarm cannot have: a deploy would lose them. */
export const unknownKeys = (service: ComposeService): string[] =>
  Object.keys(service).filter(
    (key) =>
      !(key in CONTAINER) && !(key in DNS) && !ELSEWHERE.has(key) && (!key.startsWith('x-') || key === 'x-files'),
  )

/** The container of a service, as the keys of its Compose file say. */
export const containerOf = (service: ComposeService): Part => {
  const given = Object.entries(service).filter(([, value]) => value !== undefined)
  const dns = given.flatMap(([key, value]) => (DNS[key] ? [[DNS[key], words(value)]] : []))
  return Object.assign(
    dns.length > 0 ? { DNSConfig: Object.fromEntries(dns) } : {},
    ...given.map(([key, value]) => CONTAINER[key]?.(value as never)),
  ) as Part
}

const bytes = (value: unknown) => (value === undefined ? {} : { MemoryBytes: Number(value) })
/** The limits of a service's containers. */
export const limitsOf = ({ mem_limit, mem_reservation, cpus, pids_limit }: Values) => ({
  Limits: {
    ...bytes(mem_limit),
    ...(cpus === undefined ? {} : { NanoCPUs: Math.round(Number(cpus) * 1e9) }),
    ...(pids_limit === undefined ? {} : { Pids: Number(pids_limit) }),
  },
  Reservations: bytes(mem_reservation),
})

// Swarm knows size and mode alone.
function tmpfsOf(written: string) {
  const [Target = '', options = ''] = written.split(':')
  const value = (name: string) => new RegExp(`(?:^|,)${name}=([^,]+)`).exec(options)?.[1]
  const [, number = '0', unit = ''] = /^(\d+)([kmg]?)/i.exec(value('size') ?? '') ?? []
  const size = Number(number) * 1024 ** ('kmg'.indexOf(unit.toLowerCase() || ' ') + 1)
  const mode = value('mode')
  const TmpfsOptions = {
    ...(size > 0 ? { SizeBytes: size } : {}),
    // A user of its own could not write there otherwise.
    Mode: mode === undefined || options.includes('uid=') ? 0o1777 : Number.parseInt(mode, 8),
  }
  return { Type: 'tmpfs' as const, Source: '', Target, TmpfsOptions }
}

/** The mounts of a service: its volumes, and its file systems in memory. */
export function mountsOf({ volumes = [], tmpfs = [] }: ComposeService, compose: ComposeModel) {
  const named = volumes.map(({ type = 'volume', source = '', target, read_only = false }) => {
    const spec = compose.volumes?.[source]
    const Source = type === 'volume' ? (spec?.name ?? (source && `${compose.name}_${source}`)) : text(source)
    return { Type: type as 'volume' | 'bind' | 'tmpfs', Source, Target: text(target), ReadOnly: read_only }
  })
  // As Compose does: the last one of a path counts.
  return Object.values(Object.fromEntries([...named, ...tmpfs.map(tmpfsOf)].map((mount) => [mount.Target, mount])))
}
