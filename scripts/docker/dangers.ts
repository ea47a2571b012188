import { type ComposeModel, type ComposeService, openNetworks, PROXY } from './compose-model.ts'
import { LEDGER } from './labels.ts'

/** What a service can do to its host or to other projects, for a person. */
export type Danger = { readonly service: string; readonly what: string }

// Keys of a service that the toolkit itself does not need.
type Service = ComposeService & {
  readonly privileged?: boolean
  readonly network_mode?: string
  readonly pid?: string
  readonly ipc?: string
  readonly userns_mode?: string
  readonly uts?: string
  readonly cgroup?: string
  readonly cap_add?: readonly string[]
  readonly devices?: readonly unknown[]
  readonly security_opt?: readonly string[]
  readonly user?: string
  readonly read_only?: boolean
}

// The capabilities with which root in a container is as good as root outside.
const GREAT = ['ALL', 'SYS_ADMIN', 'SYS_MODULE', 'SYS_PTRACE', 'SYS_RAWIO', 'NET_ADMIN', 'DAC_READ_SEARCH', 'BPF']
const SOCKET = /(^|\/)(docker|containerd|podman|crio)\.sock$/

type UserOf = (image: string) => string | undefined

/** Names what is dangerous in a resolved Compose file; `userOf` gives the user of an image, empty for root, if it is known. */
export const findDangers = (compose: ComposeModel, userOf: UserOf): Danger[] =>
  Object.entries(compose.services).flatMap(([service, definition]) => {
    const leadsOut = service !== PROXY && openNetworks(compose, service).length > 0
    const ways = leadsOut ? ['reaches what its host reaches, and the host itself (APP_INTERNAL=true ends that)'] : []
    return [...dangersOf(definition, compose.volumes ?? {}, userOf), ...ways].map((what) => ({ service, what }))
  })

function dangersOf(service: Service, volumes: ComposeModel['volumes'], userOf: UserOf): string[] {
  const spaces = (['network_mode', 'pid', 'ipc', 'userns_mode', 'uts', 'cgroup'] as const).filter(
    (key) => service[key] === 'host',
  )
  const great = (service.cap_add ?? [])
    .map((name) => name.replace(/^CAP_/, '').toUpperCase())
    .filter((name) => GREAT.includes(name))
  const loose = (service.security_opt ?? []).filter((option) => /unconfined|label[:=]disable/.test(option))
  const user = service.user ?? userOf(service.image ?? '')
  const asRoot = user !== undefined && /^(0|root|)(:|$)/.test(user)
  return [
    ...(service.privileged ? ['is privileged: it is root on the host'] : []),
    ...spaces.map((key) => `shares the host's ${key.replace('_mode', '')}`),
    ...great.map((name) => `has the capability ${name}`),
    ...loose.map((option) => `runs with ${option}`),
    ...((service.devices ?? []).length > 0 ? ['has devices of the host'] : []),
    ...(service.volumes ?? []).flatMap(({ type, source = '', read_only }) => {
      if (SOCKET.test(source)) return [`mounts ${source}: it commands the engine`]
      if (type !== 'bind') return nameOf(source, volumes) === LEDGER ? ['mounts the ledger of all projects'] : []
      return [`mounts ${source} of the host${read_only ? ', to read' : ', to write'}`]
    }),
    ...(asRoot && !service.read_only ? ['runs as root, and can write to its image'] : []),
  ]
}

const nameOf = (key: string, volumes: ComposeModel['volumes']) => volumes?.[key]?.name ?? key
