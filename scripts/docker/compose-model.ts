/** The parts of a resolved Compose file that the toolkit needs. */
export type ComposeModel = {
  readonly name: string
  readonly services: Readonly<Record<string, ComposeService>>
  readonly volumes?: Readonly<Record<string, VolumeSpec | null>>
  readonly networks?: Readonly<Record<string, NetworkSpec | null>>
  readonly secrets?: Readonly<Record<string, { readonly file?: string } | null>>
}
export type ComposeService = {
  readonly image?: string
  readonly pull_policy?: string
  /** How its own image is built, where it has one. */
  readonly build?: ComposeBuild
  readonly entrypoint?: readonly string[] | null
  readonly command?: readonly string[] | null
  readonly environment?: Readonly<Record<string, string | null>>
  readonly labels?: Readonly<Record<string, string>>
  readonly volumes?: readonly Mount[]
  readonly networks?: Readonly<Record<string, unknown>>
  readonly tmpfs?: readonly string[]
  readonly secrets?: readonly { readonly source: string }[]
  readonly ports?: readonly {
    readonly target?: number
    readonly host_ip?: string
    readonly published?: string
    readonly protocol?: string
  }[]
  /** Ports at which other services reach it. */
  readonly expose?: readonly string[]
  readonly network_mode?: string
  readonly container_name?: string
  /** "no" where a service does its work once and exits. */
  readonly restart?: string
  readonly healthcheck?: unknown
  readonly depends_on?: Readonly<Record<string, { readonly restart?: boolean; readonly condition?: string }>>
  readonly deploy?: { readonly replicas?: number }
  readonly scale?: number
  readonly stop_grace_period?: string
  readonly logging?: { readonly options?: Readonly<Record<string, string>> }
  /**
   * The longest time that the application takes to end requests in flight; between DRAIN_TIMEOUT and stop_grace_period.
   */
  readonly 'x-graceful-timeout'?: string
  /** How many requests a container answers at once: one of them is kept for its health check. */
  readonly 'x-threads'?: number
  /** Whether it speaks HTTPS alone: the proxy then does so to it, and takes any certificate. */
  readonly 'x-tls'?: boolean
  /** How the next version takes this one's place; without it, exclusive where it could write to a volume. */
  readonly 'x-rollout'?: string
  /** Puts a service behind the proxy, beside the application, for requests whose path begins with `path`. */
  readonly 'x-route'?: { readonly path: string; readonly port: number; readonly health: string }
  /** How it helps to save its data: the name of a preset, or commands; false keeps its volumes out of snapshots. */
  readonly 'x-snapshot'?: unknown
  /** Single files beside code that are data. */
  readonly 'x-files'?: readonly string[]
  /** In a release alone: what volumes keep of it though the Compose file mounts none there. */
  readonly 'x-kept'?: readonly { readonly path: string; readonly key: string; readonly isFile: boolean }[]
}
export type ComposeBuild = {
  readonly context?: string
  readonly dockerfile?: string
  readonly target?: string
  readonly args?: Readonly<Record<string, string | null>>
  readonly additional_contexts?: Readonly<Record<string, string>>
}
export type Mount = {
  readonly type?: string
  readonly source?: string
  readonly target: string
  readonly read_only?: boolean
}
export type VolumeSpec = {
  readonly name?: string
  readonly external?: boolean
  readonly driver?: string
  readonly driver_opts?: Readonly<Record<string, string>>
}
export type NetworkSpec = { readonly name?: string; readonly external?: boolean; readonly internal?: boolean }

/** The service that is the application, the one in front of it, and the one that outlives a killed deploy. */
export const APP = 'app'
export const PROXY = 'proxy'
export const GUARD = 'guard'

/** The networks of a service. */
export const networksOf = ({ services, networks }: ComposeModel, service: string): (NetworkSpec | null | undefined)[] =>
  Object.keys(services[service]?.networks ?? {}).map((key) => networks?.[key])

/** The names of those networks of a service that lead out; only there can its host reach it, too. */
export const openNetworks = (compose: ComposeModel, service: string): string[] =>
  networksOf(compose, service).flatMap((network) => (network?.internal ? [] : [network?.name ?? '']))

/** Reads a value of a resolved Compose file: `docker compose config` writes each $ as $$. */
export const unescapeDollars = (written: string): string => written.replaceAll('$$', () => '$')

/** Parses a duration as Compose writes it (`30s`, `1m30s`, `1h`) into seconds; undefined for anything else. */
export function parseDuration(text: string | undefined): number | undefined {
  const pattern = /^(?=.)(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+(?:\.\d+)?)s)?(?:(\d+)ms)?$/
  const [whole, hours = 0, minutes = 0, seconds = 0, thousandths = 0] = pattern.exec(text ?? '') ?? []
  if (whole === undefined) return undefined
  return Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds) + Number(thousandths) / 1000
}
