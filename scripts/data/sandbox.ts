import { type ComposeModel, type ComposeService, PROXY } from '../docker/compose-model.ts'
import { ONCE } from '../docker/container.ts'
import { OWNER, PROJECT_LABEL, ROLLOUT_LABEL } from '../docker/labels.ts'
import type { Composed } from '../release/model.ts'
import { commandVariables } from '../release/snapshot-presets.ts'

/** The name of the Compose project in which a project's data are worked on beside it. */
export const sandboxProject = (project: string): string => `${project}-stage`

// Not even the host has an address on such a network.
const NO_HOST = { 'com.docker.network.bridge.inhibit_ipv4': 'true' }

/** Where a sandbox stands: `live`, beside the running services and on their networks, or cut off from them. */
export type Setting = {
  readonly live: boolean
  /** The volumes that stand for those of the release, by key. A key without one gets a new and empty volume. */
  readonly volumes: Readonly<Record<string, string>>
  /** Volumes that a service mounts at /snapshot beside its own, by service. */
  readonly snapshots: Readonly<Record<string, string>>
}

/** The services of a release as a Compose project of its own: without proxy, ports and restarts, one container each. */
export function makeSandbox({ compose, volumes: all }: Composed, { live, volumes, snapshots }: Setting): ComposeModel {
  const servers = new Set(all.map(({ hook }) => hook?.service))
  const labels = { [OWNER]: 'stage', [PROJECT_LABEL]: compose.name }
  const services = Object.entries(compose.services).flatMap(([name, definition]) => {
    if (name === PROXY) return []
    const {
      ports,
      container_name,
      // As the name of the service it would lead a hook to its own container, where no server is.
      hostname,
      depends_on,
      deploy,
      scale,
      network_mode: mode,
      ...kept
    } = definition as ComposeService & Left
    const snapshot =
      snapshots[name] === undefined ? [] : [{ type: 'volume', source: `stage-${name}`, target: '/snapshot' }]
    // The running services use the same folders of the host: outside of a live sandbox nobody writes to them.
    const mounts = (kept.volumes ?? []).map((one) => (live || one.type !== 'bind' ? one : { ...one, read_only: true }))
    const network = mode === undefined ? {} : { network_mode: live ? mode : 'none' }
    const own = kept.restart === 'no' ? { ...labels, [ROLLOUT_LABEL]: ONCE } : labels
    // Over a new volume, a script of its author may end the first start of a server, which the next one leaves out.
    const restart = servers.has(name) ? 'on-failure:1' : 'no'
    return [[name, { ...kept, ...network, labels: own, restart, volumes: [...mounts, ...snapshot] }] as const]
  })
  const own = Object.keys(compose.volumes ?? {}).map((key) => {
    const name = volumes[key] ?? (live ? (compose.volumes?.[key]?.name ?? key) : undefined)
    return [key, name === undefined ? { labels } : { name, external: true }] as const
  })
  const added = Object.entries(snapshots).map(([name, volume]) => [`stage-${name}`, { name: volume, external: true }])
  const networks = Object.entries(compose.networks ?? {}).map(([key, network]) => [
    key,
    live
      ? { name: network?.name ?? `${compose.name}_${key}`, external: true }
      : { internal: true, driver_opts: NO_HOST, labels },
  ])
  return {
    ...compose,
    name: sandboxProject(compose.name),
    services: Object.fromEntries(services),
    volumes: Object.fromEntries([...own, ...added]) as NonNullable<ComposeModel['volumes']>,
    networks: Object.fromEntries(networks) as NonNullable<ComposeModel['networks']>,
  }
}

/**
 * What a command in a container of a service's own adds to the sandbox: no health check. That container never serves, so
 * the engine would ask again every START_INTERVAL, and starting Python ten times a second takes half a core. A preset's
 * commands are words for its script, which is given as `scripts` by preset; `toolkit` is the image that has Node.
 */
export function makeOneOffs(
  { services }: ComposeModel,
  volumes: Composed['volumes'],
  scripts: Readonly<Record<string, string>>,
  toolkit: string,
) {
  const oneOffs = Object.entries(services).map(([name, definition]) => {
    const { key, hook } = volumes.find(({ hook: one }) => one?.service === name && one.preset) ?? {}
    const script = escapeDollars(scripts[hook?.preset ?? ''] ?? '')
    const folder = definition.volumes?.find(({ source }) => source === key)?.target ?? ''
    const preset = !hook?.preset
      ? {}
      : hook.preset === 'sqlite'
        ? ofNode(script, folder, toolkit)
        : ofShell(script, name, folder, definition)
    return [name, { healthcheck: { disable: true }, ...preset }]
  })
  return { services: Object.fromEntries(oneOffs) as Record<string, object> }
}

const ofShell = (script: string, service: string, folder: string, definition: ComposeService) => ({
  entrypoint: ['sh', '-c', script, service],
  environment: {
    ...commandVariables([...(definition.entrypoint ?? []), ...(definition.command ?? [])]),
    DARTAGNAN_DATA: folder,
  },
})
// As root, whoever the service runs as: a file that SQLite makes has the owner of its database.
const ofNode = (script: string, folder: string, image: string) => ({
  ...{ image, pull_policy: 'never', user: '0:0', working_dir: '/', environment: { NODE_OPTIONS: '' } },
  cap_add: ['CHOWN', 'DAC_OVERRIDE', 'FOWNER'],
  entrypoint: ['node', '--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', script, folder],
})
const escapeDollars = (text: string) => text.replaceAll('$', '$$$$')

// What services lose in a sandbox.
type Left = {
  ports?: unknown
  container_name?: unknown
  hostname?: unknown
  depends_on?: unknown
  network_mode?: string
}
