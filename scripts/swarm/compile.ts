import { Failure } from '../cli/failure.ts'
import { type ComposeModel, type Mount, PROXY } from '../docker/compose-model.ts'
import { startOrder } from '../docker/start-order.ts'
import { aliasOf } from '../proxy/sets.ts'
import type { Release } from '../release/model.ts'
import { unknownKeys } from './compose-keys.ts'
import { type File, type Immutable, immutable, type Placed, type Spec, serviceSpec } from './service-spec.ts'

/** What a release becomes on a swarm. */
export type Compiled = {
  readonly project: string
  /** The services in the order in which they start, each group once the one before is ready; the proxies come last. */
  readonly waves: readonly (readonly string[])[]
  readonly networks: readonly { readonly name: string; readonly internal: boolean; readonly encrypted: boolean }[]
  readonly configs: readonly Immutable[]
  readonly secrets: readonly Immutable[]
  /** A service, once the ids of configs and secrets are known by their names. */
  readonly spec: (service: string, ids: Readonly<Record<string, string>>) => Spec
}

/** What the cluster, the engine and the settings say of a release. */
export type Surroundings = {
  /** The image of each service, as every node can get it. */
  readonly images: Readonly<Record<string, string>>
  /** The node that has the data, by its id. */
  readonly dataNode: string | undefined
  readonly update: Placed['update']
  /** The texts of the files that services mount, by their paths here; and of secrets, by their names, with a digest that only this project can make. */
  readonly files: Readonly<Record<string, string>>
  readonly secrets: Readonly<Record<string, { readonly text: string; readonly digest: string }>>
  readonly proxyConfig: string
  readonly await: string
}

const FOLDER = '/usr/local/etc/haproxy'
/** The overlay network that stands for one of the Compose file. */
export const overlay = ({ name: project, networks = {} }: ComposeModel, key: string): string =>
  networks[key]?.external ? (networks[key]?.name ?? key) : `${networks[key]?.name ?? `${project}_${key}`}_swarm`

const isLocal = ({ type, source = '' }: Mount, files: Readonly<Record<string, string>>) =>
  (type === 'volume' && source !== '') || (type === 'bind' && !(source in files))

/** The services whose data lie on one node: they mount volumes or folders of it. */
export const localServices = ({ services }: ComposeModel, files: Readonly<Record<string, string>>): string[] =>
  Object.entries(services).flatMap(([name, { volumes = [] }]) =>
    name !== PROXY && volumes.some((mount) => isLocal(mount, files)) ? [name] : [],
  )

/** Turns a release into services of a swarm. Throws a Failure where Swarm cannot have one of its services. */
export function compile({ compose, routes }: Release, around: Surroundings): Compiled {
  const { name: project, services } = compose
  for (const [name, service] of Object.entries(services)) {
    const [key] = unknownKeys(service)
    if (key !== undefined)
      throw new Failure(`service "${name}" has ${key}, which Swarm does not know`, {
        next: 'take it out of the Compose file of this environment, or deploy without ORCHESTRATOR=swarm',
      })
  }
  const local = localServices(compose, around.files)
  const routed = new Set(routes.map(({ service }) => service))
  const filesOf = (name: string): File[] => [
    ...(services[name]?.secrets ?? []).flatMap(({ source, ...more }) => {
      const secret = around.secrets[source]
      if (!secret) return []
      const target = (more as { target?: string }).target ?? source
      const path = target.startsWith('/') ? target : `/run/secrets/${target}`
      return [{ path, content: immutable(project, source, secret.text, secret.digest), secret: true, mode: 0o444 }]
    }),
    ...(services[name]?.volumes ?? []).flatMap(({ type, source = '', target }) => {
      const text = type === 'bind' ? around.files[source] : undefined
      const base = target.split('/').at(-1) ?? ''
      return text === undefined
        ? []
        : [{ path: target, content: immutable(project, base, text), secret: false, mode: 0o555 }]
    }),
    ...(name === PROXY
      ? Object.entries({ 'haproxy.cfg': around.proxyConfig, 'await.lua': around.await, 'live.map': '# blue\n' }).map(
          ([base, text]) => ({
            path: `${FOLDER}/${base}`,
            content: immutable(project, base, text),
            secret: false,
            mode: 0o444,
          }),
        )
      : []),
  ]
  const networksOf = (name: string) => {
    const keys = Object.keys(services[name]?.networks ?? {})
    const all = routed.has(name) && !keys.includes('edge') ? [...keys, 'edge'] : keys
    return all.map((key) => ({
      name: overlay(compose, key),
      aliases: [name, ...(routed.has(name) && key === 'edge' ? [aliasOf(name, 'blue')] : [])],
    }))
  }
  const files = Object.fromEntries(Object.keys(services).map((name) => [name, filesOf(name)]))
  const content = (secret: boolean) =>
    Object.values(files)
      .flat()
      .filter((file) => file.secret === secret)
      .map((file) => file.content)
  const used = [...new Set(Object.keys(services).flatMap((name) => networksOf(name).map((network) => network.name)))]
  const placedOf = (name: string): Placed => {
    const route = routes.find(({ service }) => service === name)
    return {
      image: around.images[name] ?? '',
      node: local.includes(name) ? around.dataNode : undefined,
      files: files[name] ?? [],
      networks: networksOf(name),
      replicas: route?.replicas ?? services[name]?.deploy?.replicas ?? services[name]?.scale ?? 1,
      everywhere: name === PROXY,
      overlaps: route?.rollout === 'overlap',
      update: around.update,
    }
  }
  const mounted = Object.keys(around.files)
  const bare: ComposeModel = {
    ...compose,
    services: Object.fromEntries(
      Object.entries(services).map(([name, { volumes = [], ...service }]) => [
        name,
        { ...service, volumes: name === PROXY ? [] : volumes.filter(({ source = '' }) => !mounted.includes(source)) },
      ]),
    ),
  }
  // As on one host, what is migrated or kept for the application is there before it starts.
  const others = Object.keys(services).filter((name) => name !== PROXY && !routed.has(name))
  return {
    project,
    waves: [...startOrder(compose, others), ...startOrder(compose, [...routed]), [PROXY]],
    networks: Object.keys(compose.networks ?? {}).flatMap((key) => {
      const name = overlay(compose, key)
      const spec = compose.networks?.[key]
      const options = (spec as { driver_opts?: Record<string, string> } | null | undefined)?.driver_opts ?? {}
      if (spec?.external || !used.includes(name)) return []
      return [{ name, internal: spec?.internal ?? false, encrypted: 'encrypted' in options }]
    }),
    configs: content(false),
    secrets: content(true),
    spec: (name, ids) => serviceSpec(bare, name, placedOf(name), ids),
  }
}
