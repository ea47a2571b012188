import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from '../../cli/failure.ts'
import { exec } from '../../cli/io/exec.ts'
import { log } from '../../cli/io/log.ts'
import { waitFor } from '../../cli/io/wait.ts'
import { composeArgv } from '../../docker/compose-argv.ts'
import type { ComposeModel } from '../../docker/compose-model.ts'
import type { ContainerState } from '../../docker/container.ts'
import { removeContainers, startContainers, stopContainers } from '../../docker/io/containers.ts'
import { listContainers, readLog } from '../../docker/io/engine.ts'
import { runInside } from '../../docker/io/open-shell.ts'
import { COMPOSE_PROJECT, SUCCESSOR_LABEL } from '../../docker/labels.ts'
import {
  DOOR,
  doorOf,
  type Kind,
  nextSuccessor,
  placeOf,
  servingProxy,
  successorModel,
  successorsOf,
} from '../successor.ts'
import { reload } from './reload.ts'
import { proxyOf } from './runtime.ts'

/** Finds the proxies of a Compose project: all, the one that serves, and the one that owns the port. Throws a Failure where none runs. */
export async function findProxies(project: string, kind: Kind) {
  const all = await listContainers(project)
  const [serving, door] = [servingProxy(all, kind), doorOf(all, kind)]
  if (!serving || !door) throw new Failure(`the ${kind.service} is not running`, { next: kind.start })
  return { all, serving, door }
}

/**
 * Starts a proxy of that model beside the one that runs: both answer from here on. `leave` puts what the new one, given by its
 * number, starts with. Throws a Failure, and the old one serves alone, where the new one does not start or does not get the
 * listening sockets.
 */
export async function startSuccessor(
  compose: ComposeModel,
  kind: Kind,
  leave: (successor: string) => Promise<void>,
  tries = 3,
): Promise<void> {
  const { all } = await findProxies(compose.name, kind)
  await removeContainers(successorsOf(all, kind).filter(({ status }) => status !== 'running'))
  const successor = nextSuccessor(all, kind)
  await leave(successor)
  const created = await create(compose, successor, kind)
  await startContainers([created])
  const state = await awaitStart(created, kind)
  if (state === 'ready') return
  const detail = await readLog(created.id)
  await removeContainers([created])
  // HAProxy waits for the sockets for one second: on a host that is busy, the one that has them may be later.
  if (state === 'without sockets' && tries > 1) return await startSuccessor(compose, kind, leave, tries - 1)
  throw new Failure(`the new ${kind.service} cannot take over from the one that runs, which serves as before`, {
    detail,
    next: `${kind.anew}   (replaces it; nothing serves meanwhile)`,
  })
}

/**
 * Lets the newest proxy serve alone: the first one becomes a door, with the configuration that `readDoor` gives, and all others end
 * once their connections have. Gives how many connections had to be cut.
 */
export async function retireOthers(project: string, kind: Kind, readDoor: () => Promise<string>): Promise<number> {
  const { all, serving, door } = await findProxies(project, kind)
  const old = successorsOf(all, kind).filter(({ id }) => id !== serving.id)
  const cut = [
    ...(serving.id === door.id ? [] : [await closeDoor(door, serving, kind, readDoor)]),
    ...(await Promise.all(old.map((one) => end(one, kind)))),
  ]
  await removeContainers(old)
  const files = old.map(({ labels }) => placeOf(labels[SUCCESSOR_LABEL]).config)
  if (files.length > 0) await runInside(serving.id, `rm -f ${files.join(' ')}`)
  return cut.reduce((sum, one) => sum + one, 0)
}

async function create(compose: ComposeModel, successor: string, kind: Kind): Promise<ContainerState> {
  const { service } = kind
  const others = (await listContainers(compose.name)).filter((one) => one.service === service).length
  const argv = ['--progress', 'plain', 'create', '--no-recreate', '--scale', `${service}=${others + 1}`, service]
  const input = JSON.stringify(successorModel(compose, successor, kind))
  await exec(composeArgv(compose.name, ['-'], argv), { input, follow: true, env: { COMPOSE_IGNORE_ORPHANS: '1' } })
  const created = (await listContainers(compose.name)).find(({ labels }) => labels[SUCCESSOR_LABEL] === successor)
  if (created) return created
  throw new Failure(`Compose did not make the new ${service}`, { next: kind.start })
}

/** Whether a proxy that starts, or has started, gets the listening sockets. */
export const takesOver = async (started: ContainerState, kind: Kind): Promise<boolean> =>
  (await awaitStart(started, kind)) === 'ready'

const awaitStart = (started: ContainerState, kind: Kind) => waitFor(async () => await stateOf(started, kind), 30)

async function stateOf(
  { id, labels }: ContainerState,
  kind: Kind,
): Promise<'ready' | 'ended' | 'without sockets' | undefined> {
  const now = (await listContainers(labels[COMPOSE_PROJECT] ?? '')).find((one) => one.id === id)
  if (now?.status !== 'running' || now.restarts > 0) return 'ended'
  const worker = await proxyOf(now)
    .readWorker()
    .catch(() => '')
  if (worker === '') return undefined
  return (await hasSockets(now, kind)) ? 'ready' : 'without sockets'
}

// As /proc/net/tcp has them.
const portsOf = ({ ports }: Kind) => `:(${ports.map((port) => port.toString(16).toUpperCase()).join('|')})`

// A proxy that was handed the sockets listens on no port of its own network.
const hasSockets = async ({ id }: ContainerState, kind: Kind): Promise<boolean> =>
  Number(await runInside(id, `grep -cE "${portsOf(kind)} .* 0A " /proc/net/tcp || true`)) === 0

// Its listening sockets stay open, and nobody accepts from there but the newest proxy.
async function closeDoor(
  door: ContainerState,
  serving: ContainerState,
  kind: Kind,
  readDoor: () => Promise<string>,
): Promise<number> {
  const proxy = proxyOf(door)
  const wasDoor = await proxy.isDoor()
  if (!wasDoor) await proxy.put(await readDoor())
  const ended = wasDoor || (await reload(door))
  // A door that has started since has other sockets than those that it handed over: it goes on passing connections on.
  if (door.startedAt < serving.startedAt && (await hasSockets(serving, kind)))
    await proxy.command(`set maxconn frontend ${DOOR} 0`)
  if (ended) return 0
  const left = await countRequests(door, kind)
  log.warn(`${left} connections of ${door.name} are still open: they are cut in a minute`)
  return left
}

// Connections to members: a request in flight has one, and so has a WebSocket.
const countRequests = async ({ id }: ContainerState, kind: Kind): Promise<number> =>
  Number(await runInside(id, `awk '$4 == "01" && $2 !~ /${portsOf(kind)}$/' /proc/net/tcp | wc -l`))

// HAProxy closes its idle connections and ends by itself once the others have ended.
async function end(old: ContainerState, kind: Kind): Promise<number> {
  let left = 0
  let stopped = false
  const stop = async () => {
    await stopContainers([old])
    stopped = true
  }
  const count = async () => {
    left = stopped ? left : await countRequests(old, kind).catch(() => left)
    return stopped
  }
  await Promise.all([stop(), waitFor(count, 60, () => sleep(250))])
  const now = (await listContainers(old.labels[COMPOSE_PROJECT] ?? '')).find(({ id }) => id === old.id)
  // 137: it had to be killed.
  if (now?.exitCode !== 137 || left === 0) return 0
  log.warn(`${left} connections of ${old.name} were still open after its grace period: they are cut`)
  return left
}
