import { setTimeout as sleep } from 'node:timers/promises'
import * as v from 'valibot'
import { log } from '../../cli/io/log.ts'
import { waitFor } from '../../cli/io/wait.ts'
import { manager as engine } from '../../docker/io/engine.ts'
import { DEFINITION_LABEL, OWNER, PROJECT_LABEL } from '../../docker/labels.ts'
import { type Cluster, isReady, takesTasks } from '../cluster.ts'
import { isUp, type Running, type Task, taskOf } from '../judge.ts'
import type { Spec } from '../service-spec.ts'
import { pruneImmutables } from './immutables.ts'
import { asked, made, ofProject, readCluster } from './nodes.ts'

// Swarm as the engine's API has it. What it answers is read with a schema: dockerode's types leave most of it open.
const text = v.string()
const labels = v.optional(v.record(text, text), {})
const versioned = { ID: text, Version: v.object({ Index: v.number() }) }

const SERVICE = v.looseObject({
  ...versioned,
  Spec: v.looseObject({
    Name: text,
    Labels: labels,
    TaskTemplate: v.looseObject({
      ForceUpdate: v.optional(v.number(), 0),
      ContainerSpec: v.optional(v.looseObject({ Labels: labels })),
    }),
    Mode: v.looseObject({ Replicated: v.optional(v.looseObject({ Replicas: v.optional(v.number(), 1) })) }),
  }),
  UpdateStatus: v.optional(v.looseObject({ State: v.optional(text), Message: v.optional(text, '') })),
})
type Service = v.InferOutput<typeof SERVICE>

/** The nodes, the services of a project, and their tasks, with those that have ended. What ran on a node that is down counts for nothing. */
export async function readServices(project: string) {
  const cluster = await readCluster()
  const services = v.parse(v.array(SERVICE), await asked(() => engine.listServices({ filters: ofProject(project) })))
  const ids = services.map(({ ID }) => ID)
  const found =
    ids.length === 0 ? [] : await asked(() => engine.listTasks({ filters: JSON.stringify({ service: ids }) }))
  const down = cluster.nodes.filter((node) => !isReady(node)).map(({ id }) => id)
  const tasks = (found as Parameters<typeof taskOf>[0][])
    .map(taskOf)
    .filter(({ node = '', state }) => !down.includes(node) || state === 'complete')
    .toSorted((one, other) => one.at - other.at)
  const running = services.map((one) => runningOf(one, cluster))
  return { cluster, services: running.toSorted((one, other) => one.name.localeCompare(other.name)), tasks }
}

function runningOf({ ID, Spec, UpdateStatus }: Service, { nodes }: Cluster): Running {
  const state = UpdateStatus?.State
  // The update of a service that is on every node waits for a node that is down, too.
  const isWaiting = state === 'updating' && !nodes.every(isReady)
  return {
    ...{ id: ID, name: Spec.Name, definition: Spec.Labels[DEFINITION_LABEL], labels: Spec.Labels },
    task: Spec.TaskTemplate.ContainerSpec?.Labels[DEFINITION_LABEL],
    replicas: Spec.Mode.Replicated?.Replicas ?? nodes.filter(takesTasks).length,
    update: state === undefined || isWaiting ? undefined : { state, message: UpdateStatus?.Message ?? '' },
  }
}

type Auth = { readonly username: string; readonly password: string; readonly serveraddress: string } | undefined

/** Creates a service, or makes an existing one be like this. */
export async function putService(spec: Spec, auth: Auth): Promise<void> {
  const options = auth ? [auth] : []
  if (!(await findService(spec.Name))) {
    log.command(`docker service create --name ${spec.Name} …`)
    return await made(() =>
      engine.createService(...([...options, spec] as unknown as Parameters<typeof engine.createService>)),
    )
  }
  log.command(`docker service update ${spec.Name} …`)
  await asked(async () => {
    const found = await findService(spec.Name)
    const update = { _query: { version: found?.Version.Index }, _body: spec }
    await engine.getService(found?.ID ?? '').update(...([...options, update] as unknown as [object]))
  })
}

async function findService(name: string): Promise<Service | undefined> {
  const found = await asked(() => engine.listServices({ filters: JSON.stringify({ name: [name] }) }))
  return v.parse(v.array(SERVICE), found).find((one) => one.Spec.Name === name)
}

// Changes what a service is to be. One that is gone stays gone.
const changeService = (name: string, change: (spec: Service['Spec']) => object): Promise<void> =>
  asked(async () => {
    const found = await findService(name)
    if (!found) return
    const _body = { ...found.Spec, ...change(found.Spec) }
    await engine.getService(found.ID).update({ _query: { version: found.Version.Index }, _body })
  })

/** Lets a service have new tasks of the same definition, and so new members. */
export async function renewService(name: string): Promise<void> {
  log.command(`docker service update --force ${name}`)
  await changeService(name, ({ TaskTemplate }) => ({
    TaskTemplate: { ...TaskTemplate, ForceUpdate: TaskTemplate.ForceUpdate + 1 },
  }))
}

/** Lets a service have no task. Whoever compares it with a release sees that it is of none. */
export async function emptyService(name: string): Promise<void> {
  log.command(`docker service scale ${name}=0`)
  await changeService(name, ({ Labels }) => ({
    Labels: { ...Labels, [DEFINITION_LABEL]: 'stopped' },
    Mode: { Replicated: { Replicas: 0 } },
  }))
}

const gone = (error: { statusCode?: number }) => {
  if (error.statusCode !== 404) throw error
}
/** Removes the service of a name, where there is one. */
export async function removeNamed(name: string): Promise<void> {
  const found = await findService(name)
  if (found) await removeService({ id: found.ID, name })
}

/** Removes a service. */
export async function removeService({ id, name }: Pick<Running, 'id' | 'name'>): Promise<void> {
  log.command(`docker service rm ${name}`)
  await asked(() => engine.getService(id).remove()).catch(gone)
}

/** Makes an overlay network that is not there yet. */
export async function ensureNetwork(
  project: string,
  name: string,
  options: { internal: boolean; encrypted: boolean },
): Promise<void> {
  const found = await asked(() => engine.listNetworks({ filters: JSON.stringify({ name: [name] }) }))
  if (found.some((one) => one.Name === name)) return
  log.command(`docker network create --driver overlay ${name}`)
  const spec = {
    ...{ Name: name, Driver: 'overlay', Internal: options.internal },
    // What works on data beside the services joins their networks: hooks ask a server there.
    Attachable: true,
    Labels: { [OWNER]: 'network', [PROJECT_LABEL]: project },
    Options: options.encrypted ? { encrypted: '' } : {},
  }
  await made(() => engine.createNetwork(spec))
}

/** How many tasks of a project run on each node, by its id. */
export function countByNode(tasks: readonly Task[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { node = '' } of tasks.filter(isUp)) counts[node] = (counts[node] ?? 0) + 1
  return counts
}

/** Removes the services of a project, and its overlay networks once nothing is on them. Its ledger stays. */
export async function removeProject(project: string, services: readonly Running[]): Promise<void> {
  for (const one of services) await removeService(one)
  await pruneImmutables(project)
  const filters = JSON.stringify({ label: [`${PROJECT_LABEL}=${project}`, `${OWNER}=network`] })
  for (const { Id } of await engine.listNetworks({ filters }))
    await waitFor(
      () => isRemoved(Id),
      30,
      () => sleep(300),
    )
}

const isRemoved = (id: string) =>
  engine
    .getNetwork(id)
    .remove()
    .then(
      () => true,
      (error: { statusCode?: number }) => error.statusCode === 404,
    )
