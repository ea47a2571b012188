import { digest } from '../cli/digest.ts'
import type { ComposeModel } from '../docker/compose-model.ts'
import { DEFINITION_LABEL, OWNER, PROJECT_LABEL } from '../docker/labels.ts'
import { containerOf, limitsOf, mountsOf, type Part } from './compose-keys.ts'

/** A service, as the engine's API takes it. */
export type Spec = {
  readonly Name: string
  readonly Labels: Readonly<Record<string, string>>
  readonly TaskTemplate: Part & { readonly ContainerSpec: Part }
} & Part
/** A config or a secret of Swarm: immutable, so its name says its content. */
export type Immutable = { readonly name: string; readonly data: string }

/** A config or a secret, at a path of a container. */
export type File = {
  readonly path: string
  readonly content: Immutable
  readonly secret: boolean
  readonly mode: number
}

/** What the cluster and the settings say of a service, besides its Compose file. */
export type Placed = {
  /** The image as every node can get it. */
  readonly image: string
  /** The id of the node that has its data. */
  readonly node: string | undefined
  readonly files: readonly File[]
  readonly networks: readonly { readonly name: string; readonly aliases: readonly string[] }[]
  readonly replicas: number
  /** On every node once, with the port of that node. */
  readonly everywhere: boolean
  /** Whether two versions may run at once. */
  readonly overlaps: boolean
  /** Of the containers that are replaced at a time, in seconds where it is a time. */
  readonly update: { readonly parallelism: number; readonly delay: number; readonly monitor: number }
}

type Ids = Readonly<Record<string, string>>
const referTo = ({ path, mode, content, secret }: File, ids: Ids) => {
  const kind = secret ? 'Secret' : 'Config'
  const id = ids[content.name]
  return {
    File: { Name: path, UID: '0', GID: '0', Mode: mode },
    [`${kind}Name`]: content.name,
    ...(id === undefined ? {} : { [`${kind}ID`]: id }),
  }
}

function taskOf(compose: ComposeModel, name: string, placed: Placed, labels: Part, ids: Ids) {
  const service = compose.services[name] ?? {}
  const refer = (secret: boolean) =>
    placed.files.filter((file) => file.secret === secret).map((file) => referTo(file, ids))
  return {
    ContainerSpec: {
      Image: placed.image,
      ...containerOf(service),
      Mounts: mountsOf(service, compose),
      Configs: refer(false),
      Secrets: refer(true),
      Labels: labels,
    },
    Resources: limitsOf(service as Part),
    RestartPolicy: { Condition: service.restart === 'no' ? 'none' : 'any', Delay: 1e9 },
    Placement: placed.node === undefined ? {} : { Constraints: [`node.id==${placed.node}`] },
    Networks: placed.networks.map((network) => ({ Target: network.name, Aliases: network.aliases })),
    ...(service.logging ? { LogDriver: { Name: 'json-file', Options: service.logging.options ?? {} } } : {}),
  }
}

/** The service of Swarm that a service of a resolved Compose file becomes. `ids` has those of configs and secrets, by name. */
export function serviceSpec(compose: ComposeModel, name: string, placed: Placed, ids: Ids): Spec {
  const service = compose.services[name] ?? {}
  const { parallelism, delay, monitor } = placed.update
  const own = { ...service.labels, [OWNER]: 'service', [PROJECT_LABEL]: compose.name }
  const rest = {
    Mode: placed.everywhere ? { Global: {} } : { Replicated: { Replicas: placed.replicas } },
    UpdateConfig: {
      ...{ Parallelism: parallelism, Delay: delay * 1e9, Monitor: monitor * 1e9 },
      // The way back is of the whole release, and not of one service of it.
      FailureAction: 'pause',
      Order: placed.overlaps ? 'start-first' : 'stop-first',
    },
    EndpointSpec: {
      // Without IPVS there is no virtual address; with it, one costs a second in an update (moby#35082).
      Mode: 'dnsrr',
      Ports: (service.ports ?? []).map(({ target, published }) => ({
        ...{ Protocol: 'tcp', TargetPort: target, PublishedPort: Number(published), PublishMode: 'host' },
      })),
    },
  }
  // Another number of tasks is another service, and replaces none of them.
  const template = taskOf(compose, name, placed, own, {})
  const task = { ...own, [DEFINITION_LABEL]: digest(template) }
  return {
    Name: `${compose.name}_${name}`,
    Labels: { ...own, [DEFINITION_LABEL]: digest([template, rest]), [STACK]: compose.name },
    TaskTemplate: taskOf(compose, name, placed, task, ids),
    ...rest,
  }
}

/** The label by which `docker stack` finds the services of a project. */
export const STACK = 'com.docker.stack.namespace'

// Swarm takes 64 characters.
const MOST = 64
/** A config or a secret whose name says its content, by its digest or `of`. */
export function immutable(project: string, key: string, data: string, of: string = digest(data)): Immutable {
  const end = `_${of.slice(0, 12)}`
  const name = `${project}_${key.replaceAll(/[^\w-]/g, '-')}`
  return { name: `${name.length + end.length > MOST ? digest([project, key]) : name}${end}`, data }
}
