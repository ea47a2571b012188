import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from '../../cli/failure.ts'
import { exec } from '../../cli/io/exec.ts'
import { log } from '../../cli/io/log.ts'
import { waitFor } from '../../cli/io/wait.ts'
import { composeArgv } from '../../docker/compose-argv.ts'
import { PROXY } from '../../docker/compose-model.ts'
import type { ContainerState } from '../../docker/container.ts'
import { removeContainers, startContainers, stopContainers } from '../../docker/io/containers.ts'
import { listContainers, readLog } from '../../docker/io/engine.ts'
import { runInside } from '../../docker/io/open-shell.ts'
import { COMPOSE_PROJECT, SUCCESSOR_LABEL } from '../../docker/labels.ts'
import type { Release } from '../../release/model.ts'
import { keepGate } from '../behind-gate.ts'
import type { Sets } from '../haproxy.ts'
import {
  DOOR,
  doorOf,
  HAND_OVER_SOCKET,
  nextSuccessor,
  placeOf,
  servingProxy,
  successorModel,
  successorsOf,
} from '../successor.ts'
import { configFor, liveSets, renderDoor } from './ensure.ts'
import { reload } from './reload.ts'
import { proxyOf } from './runtime.ts'

/**
 * Starts a proxy of the release's definition beside the one that runs: both answer from here on. Throws a Failure, and the
 * old one serves alone, where the new one does not start or does not get the listening socket.
 */
export async function renewProxy(release: Release, sets: Sets): Promise<void> {
  const { name } = release.compose
  const { all, serving, door } = await find(name)
  await removeContainers(successorsOf(all).filter(({ status }) => status !== 'running'))
  await openDoor(door)
  const successor = nextSuccessor(all)
  const text = keepGate(configFor(release, sets), name, (await proxyOf(serving).readState()).config)
  await proxyOf(serving).leaveFor(successor, text, await liveSets(release, serving))
  const created = await create(release, successor)
  await startContainers([created])
  const state = await waitFor(async () => await stateOf(name, created), 30)
  if (state === 'ready') return
  const detail = await readLog(created.id)
  await removeContainers([created])
  throw new Failure('the new proxy cannot take over from the one that runs, which serves as before', {
    detail,
    next: 'make down deploy   (replaces it; nothing serves meanwhile)',
  })
}

/**
 * Lets the newest proxy serve alone: the first one becomes a door, and all others end once their connections have. Gives
 * how many connections had to be cut.
 */
export async function retireProxies(project: string): Promise<number> {
  const { all, serving, door } = await find(project)
  const old = successorsOf(all).filter(({ id }) => id !== serving.id)
  const cut = [
    ...(serving.id === door.id ? [] : [await closeDoor(door, serving)]),
    ...(await Promise.all(old.map(end))),
  ]
  await removeContainers(old)
  const files = old.map(({ labels }) => placeOf(labels[SUCCESSOR_LABEL]).config)
  if (files.length > 0) await runInside(serving.id, `rm -f ${files.join(' ')}`)
  return cut.reduce((sum, one) => sum + one, 0)
}

async function find(project: string) {
  const all = await listContainers(project)
  const [serving, door] = [servingProxy(all), doorOf(all)]
  if (!serving || !door) throw new Failure('the proxy is not running', { next: 'make deploy' })
  return { all, serving, door }
}

// A proxy that an older toolkit has configured hands nothing over yet.
async function openDoor(door: ContainerState): Promise<void> {
  const asked = `socat -u OPEN:/dev/null UNIX-CONNECT:${HAND_OVER_SOCKET} 2>/dev/null && echo open || true`
  if ((await runInside(door.id, asked)) !== '') return
  const proxy = proxyOf(door)
  const { config, live } = await proxy.readState()
  await proxy.configure(config, live)
  await reload(door)
}

async function create({ compose }: Release, successor: string): Promise<ContainerState> {
  const others = (await listContainers(compose.name)).filter(({ service }) => service === PROXY).length
  const argv = ['--progress', 'plain', 'create', '--no-recreate', '--scale', `${PROXY}=${others + 1}`, PROXY]
  const input = JSON.stringify(successorModel(compose, successor))
  await exec(composeArgv(compose.name, ['-'], argv), { input, follow: true, env: { COMPOSE_IGNORE_ORPHANS: '1' } })
  const created = (await listContainers(compose.name)).find(({ labels }) => labels[SUCCESSOR_LABEL] === successor)
  if (created) return created
  throw new Failure('Compose did not make the new proxy', { next: 'make deploy' })
}

async function stateOf(project: string, { id }: ContainerState): Promise<'ready' | 'failed' | undefined> {
  const now = (await listContainers(project)).find((one) => one.id === id)
  if (now?.status !== 'running' || now.restarts > 0) return 'failed'
  const worker = await proxyOf(now)
    .readWorker()
    .catch(() => '')
  if (worker === '') return undefined
  return (await hasSocket(now)) ? 'ready' : 'failed'
}

// A proxy that was handed the socket listens on no port (1F90 is 8080) of its own network.
const hasSocket = async ({ id }: ContainerState): Promise<boolean> =>
  Number(await runInside(id, 'grep -c ":1F90 .* 0A " /proc/net/tcp || true')) === 0

// Its listening socket stays open, and nobody accepts from there but the newest proxy.
async function closeDoor(door: ContainerState, serving: ContainerState): Promise<number> {
  const proxy = proxyOf(door)
  const wasDoor = await proxy.isDoor()
  if (!wasDoor) await proxy.configureDoor(await renderDoor(serving))
  const ended = wasDoor || (await reload(door))
  // A door that has started since has another socket than the one that it handed over: it goes on passing connections on.
  if (door.startedAt < serving.startedAt && (await hasSocket(serving)))
    await proxy.command(`set maxconn frontend ${DOOR} 0`)
  if (ended) return 0
  const left = await countRequests(door)
  log.warn(`${left} connections of ${door.name} are still open: they are cut in a minute`)
  return left
}

// Connections to members: a request in flight has one, and so has a WebSocket.
const countRequests = async ({ id }: ContainerState): Promise<number> =>
  Number(await runInside(id, `awk '$4 == "01" && $2 !~ /:1F90$/' /proc/net/tcp | wc -l`))

// HAProxy closes its idle connections and ends by itself once the others have ended.
async function end(old: ContainerState): Promise<number> {
  let left = 0
  let stopped = false
  const stop = async () => {
    await stopContainers([old])
    stopped = true
  }
  const count = async () => {
    left = stopped ? left : await countRequests(old).catch(() => left)
    return stopped
  }
  await Promise.all([stop(), waitFor(count, 60, () => sleep(250))])
  const now = (await listContainers(old.labels[COMPOSE_PROJECT] ?? '')).find(({ id }) => id === old.id)
  // 137: it had to be killed.
  if (now?.exitCode !== 137 || left === 0) return 0
  log.warn(`${left} connections of ${old.name} were still open after its grace period: they are cut`)
  return left
}
