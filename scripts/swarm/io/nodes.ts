import { setTimeout as sleep } from 'node:timers/promises'
import * as v from 'valibot'
import { Failure } from '../../cli/failure.ts'
import { log } from '../../cli/io/log.ts'
import { manager as engine } from '../../docker/io/engine.ts'
import { PROJECT_LABEL } from '../../docker/labels.ts'
import type { Cluster, Node } from '../cluster.ts'

const text = v.string()
const labels = v.optional(v.record(text, text), {})
const versioned = { ID: text, Version: v.object({ Index: v.number() }) }

const NODE = v.looseObject({
  ...versioned,
  Spec: v.looseObject({ Role: v.picklist(['manager', 'worker']), Availability: text, Labels: labels }),
  Description: v.looseObject({ Hostname: text, Engine: v.looseObject({ EngineVersion: text }) }),
  Status: v.looseObject({ State: text, Addr: text }),
  ManagerStatus: v.optional(v.looseObject({ Leader: v.optional(v.boolean(), false), Addr: text })),
})

/** The filter that finds what is a project's. */
export const ofProject = (project: string): string => JSON.stringify({ label: [`${PROJECT_LABEL}=${project}`] })

const readInfo = async () =>
  ((await engine.info()) as { Swarm?: { NodeID?: string; ControlAvailable?: boolean; LocalNodeState?: string } }).Swarm

/** Whether this engine is a node of a swarm. */
export const isInSwarm = async (): Promise<boolean> => (await readInfo())?.LocalNodeState === 'active'

/** The swarm of this engine. Throws a Failure where it is none, or this engine commands none. */
export async function readCluster(): Promise<Cluster> {
  const Swarm = await readInfo()
  if (Swarm?.LocalNodeState !== 'active')
    throw new Failure('this engine is in no swarm', { next: 'make cluster INIT=1   (begins one with this engine)' })
  if (!Swarm.ControlAvailable)
    throw new Failure('this engine is a worker of its swarm, and only a manager can change it', {
      next: 'make … ENGINE=ssh://…   (of a manager)',
    })
  const nodes = v.parse(v.array(NODE), await asked(() => engine.listNodes()))
  return {
    self: Swarm.NodeID ?? '',
    nodes: nodes
      .map(
        ({ ID, Spec, Description, Status, ManagerStatus }): Node => ({
          ...{ id: ID, name: Description.Hostname, role: Spec.Role, availability: Spec.Availability },
          ...{
            state: Status.State,
            engine: Description.Engine.EngineVersion,
            leads: ManagerStatus?.Leader ?? false,
            labels: Spec.Labels,
          },
          // A manager that was told its own address alone says so here.
          address: /^(0\.0\.0\.0|)$/.test(Status.Addr) ? (ManagerStatus?.Addr.replace(/:\d+$/, '') ?? '') : Status.Addr,
        }),
      )
      .toSorted((one, other) => one.name.localeCompare(other.name)),
  }
}

// What a manager says until the managers have agreed on another leader, and where two changes meet.
const PASSING =
  /no elected primary component|does not have a leader|context deadline|code = Unavailable|code = Aborted|lost leadership|out of sequence/i
const ELECTION = 60_000

/**
 * Asks the engine of the swarm, again while the managers choose a leader: each question and change may be put twice.
 * Throws a Failure where they have no majority.
 */
export async function asked<T>(ask: () => Promise<T>): Promise<T> {
  const until = performance.now() + ELECTION
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if (!PASSING.test(String(error))) throw error
      if (performance.now() > until)
        throw new Failure(`the swarm cannot be changed: ${(error as Error).message}`, {
          next: 'start the managers that are down; make cluster says which',
          cause: error,
        })
      log.waits('the managers choose a leader')
      await sleep(500)
    }
  }
}

/** As `asked`, for what must not be made twice: what is there already counts as made. */
export const made = (make: () => Promise<unknown>): Promise<void> =>
  asked(async () => {
    await make().catch((error: unknown) => {
      if (!/already exists|name conflicts/i.test(String(error))) throw error
    })
  })

/** Changes what is asked of a node: its availability (`drain` moves its tasks to others), or its labels: undefined removes one. */
export async function changeNode(
  id: string,
  change: {
    readonly Availability?: 'active' | 'drain'
    readonly Labels?: Readonly<Record<string, string | undefined>>
  },
): Promise<void> {
  const node = engine.getNode(id)
  const NODE_SPEC = v.looseObject({ ...versioned, Spec: v.looseObject({ Labels: labels }) })
  log.command(`docker node update ${id}`)
  await asked(async () => {
    const { Version, Spec } = v.parse(NODE_SPEC, await node.inspect())
    const Labels = { ...Spec.Labels, ...change.Labels }
    await node.update({ _query: { version: Version.Index }, _body: { ...Spec, ...change, Labels } })
  })
}
