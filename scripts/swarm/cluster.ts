import { Failure } from '../cli/failure.ts'
import { renderTable } from '../cli/table.ts'

/** A node of a swarm. */
export type Node = {
  readonly id: string
  readonly name: string
  readonly address: string
  readonly role: 'manager' | 'worker'
  readonly leads: boolean
  /** `ready`, `down`, `unknown` or `disconnected`. */
  readonly state: string
  /** `active`, `pause` or `drain`. */
  readonly availability: string
  readonly engine: string
  readonly labels: Readonly<Record<string, string>>
}
export type Cluster = { readonly self: string; readonly nodes: readonly Node[] }

/** Whether a node answers. */
export const isReady = ({ state }: Node): boolean => state === 'ready'
/** Whether tasks may run on a node. */
export const takesTasks = (node: Node): boolean => isReady(node) && node.availability === 'active'
/** The node that this engine is. */
export const selfOf = ({ nodes, self }: Cluster): Node | undefined => nodes.find(({ id }) => id === self)
/** The node of that name or id. */
export const findNode = ({ nodes }: Cluster, asked: string): Node | undefined =>
  nodes.find(({ name, id }) => name === asked || id === asked)

/** How many managers there are and answer, and how many may be lost before nothing can be changed any more. */
export function quorumOf({ nodes }: Cluster) {
  const managers = nodes.filter(({ role }) => role === 'manager')
  const ready = managers.filter(isReady).length
  const needed = Math.floor(managers.length / 2) + 1
  return { managers: managers.length, ready, needed, spare: ready - needed }
}

/** How many managers there are once so many have joined. Throws a Failure for an even number: one less stands as many losses (moby#24407). */
export function managersAfter(cluster: Cluster, joining: number): number {
  const managers = quorumOf(cluster).managers + joining
  if (joining === 0 || managers % 2 === 1) return managers
  throw new Failure(`${managers} managers stand no more losses than ${managers - 1}, and need one more to agree`, {
    next: 'let one more host join, or one less: NODES=ssh://…,ssh://…',
  })
}

/** What is wrong with a cluster, and what to do about it. */
export function warningsOf(cluster: Cluster): string[] {
  const { managers, ready, needed, spare } = quorumOf(cluster)
  const down = cluster.nodes.filter((node) => !isReady(node)).map(({ name, state }) => `${name} is ${state}`)
  return [
    ...down,
    // Two managers stand the loss of none, and lose what one would have kept (moby#24407).
    ...(managers % 2 === 0
      ? [`${managers} managers stand no more losses than ${managers - 1}: add one, or take one away`]
      : []),
    ...(spare < 0 ? [`${ready} of ${managers} managers answer, and ${needed} are needed: nothing can be changed`] : []),
  ]
}

/** The cluster as a table. `running` counts the project's tasks on each node, by its id. */
export function renderCluster(cluster: Cluster, running: Readonly<Record<string, number>>): string {
  const rows = cluster.nodes.map((node) => [
    node.id === cluster.self ? `${node.name} (here)` : node.name,
    node.leads ? 'leader' : node.role,
    node.availability === 'active' ? node.state : `${node.state}, ${node.availability}`,
    node.address,
    node.engine,
    String(running[node.id] ?? 0),
  ])
  const { managers, needed, spare } = quorumOf(cluster)
  const quorum = `quorum: ${needed} of ${managers} managers; ${Math.max(0, spare)} may be lost`
  return [renderTable(['NODE', 'ROLE', 'STATE', 'ADDRESS', 'ENGINE', 'TASKS'], rows), '', quorum].join('\n')
}

/** The label by which a node says that it has the data of a project. */
export const dataLabel = (project: string): string => `org.dartagnan.data.${project}`

type Asked = {
  /** DATA_NODE. */
  readonly wanted: string
  readonly project: string
  /** Whether this engine has volumes of the project. */
  readonly here: boolean
  /** The services whose data lie on one node. */
  readonly services: readonly string[]
}
/** The node that is to have a project's data instead of one that is gone; undefined where nothing is to move. */
export function successorOf(cluster: Cluster, project: string, wanted: string): { from: Node; to: Node } | undefined {
  const holds = cluster.nodes.find(({ labels }) => dataLabel(project) in labels)
  const to = findNode(cluster, wanted)
  return holds && to && holds.id !== to.id && !isReady(holds) && takesTasks(to) ? { from: holds, to } : undefined
}

/**
 * The node that has a project's data, or is to get them. Throws a Failure where nobody knows, or where it is gone: started anywhere
 * else, these services would find nothing.
 */
export function dataNodeOf(cluster: Cluster, { wanted, project, here, services }: Asked): Node {
  const { nodes } = cluster
  const named = findNode(cluster, wanted)
  if (wanted !== '' && !named)
    throw new Failure(`DATA_NODE=${JSON.stringify(wanted)} is no node of this swarm`, { next: 'make cluster' })
  const holds = nodes.find(({ labels }) => dataLabel(project) in labels)
  if (holds && named && holds.id !== named.id)
    throw new Failure(
      `the data of ${project} are on ${holds.name}, and DATA_NODE is ${named.name}: there is nothing there`,
      {
        next: `DATA_NODE=${holds.name}, or none`,
      },
    )
  const own = here || nodes.length === 1 ? selfOf(cluster) : undefined
  const found = holds ?? named ?? own
  const list = services.map((name) => JSON.stringify(name)).join(', ')
  if (!found)
    throw new Failure(
      `${services.length === 1 ? 'service' : 'services'} ${list} keep data on one node, and none is chosen`,
      {
        next: `make deploy DATA_NODE=…   (a name that make cluster shows); or let a server such as PostgreSQL have the data (docs/guides/swarm.md)`,
      },
    )
  if (takesTasks(found)) return found
  const [state, next] = isReady(found)
    ? [found.availability, `make cluster ACTIVATE=${found.name}`]
    : [
        found.state,
        `start it, then: make deploy; where it is gone for good: make restore DATA_NODE=…   (on another node, from the last snapshot)`,
      ]
  throw new Failure(
    `${found.name}, which has the data of ${list}, is ${state}: anywhere else they would begin with nothing`,
    { next },
  )
}
