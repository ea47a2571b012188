import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import { Failure } from '../../cli/failure.ts'
import { exec, tryExec } from '../../cli/io/exec.ts'
import { log } from '../../cli/io/log.ts'
import { ofToolkit } from '../../cli/io/places.ts'
import { waitFor } from '../../cli/io/wait.ts'
import type { Config } from '../../config/io/read.ts'
import { atEngine, manager, ownSocket } from '../../docker/io/engines.ts'
import { toolkitImageId } from '../../docker/io/toolkit-container.ts'
import { OWNER } from '../../docker/labels.ts'
import { type Cluster, takesTasks } from '../cluster.ts'
import { immutable } from '../service-spec.ts'
import { readAuth, sharedImage } from './surroundings.ts'
import { ensureImmutables, ensureNetwork, pruneImmutables, putService } from './swarm.ts'

/** How a run reaches the engines of the nodes: data, and proxies, are where they are. */
export type Ways = {
  /** Does `work` on the engine of a node. One at a time. */
  readonly on: <T>(node: string, work: () => Promise<T>) => Promise<T>
  readonly close: () => Promise<void>
}

/** The ways from this manager to all nodes that run tasks. Those to others open once one of them is needed. */
export function openWays(config: Config, cluster: Cluster): Ways {
  let opened: Promise<{ sockets: Readonly<Record<string, string>>; close: () => Promise<void> }> | undefined
  return {
    on: async (node, work) => {
      if (node === cluster.self) return await atEngine(ownSocket, work)
      opened ??= openAll(config, cluster)
      const socket = (await opened).sockets[node]
      if (socket === undefined) throw new Failure(`there is no way to the node ${node}`, { next: 'make cluster' })
      return await atEngine(socket, work)
    },
    close: async () => await (await opened?.catch(() => undefined))?.close(),
  }
}

/** The name of the service that leads to the engines. */
const wayOf = (project: string) => `${project}_way`

async function openAll(config: Config, cluster: Cluster) {
  const { PROJECT } = config
  const [name, network] = [wayOf(PROJECT), `${PROJECT}_ways`]
  const script = readFileSync(ofToolkit('compose/swarm/way.js'), 'utf8')
  const command = ['node', '--input-type=module', '--eval', script]
  const image = await sharedImage(config, cluster, await toolkitImageId(), 'toolkit')
  const key = randomBytes(32)
  const close = async () => {
    await tryExec(['docker', 'rm', '--force', name], { quiet: true })
    await removeWay(name)
    await pruneImmutables(PROJECT, new Set(), `${name}_`)
  }
  log.step('open a way to the engine of each node', 'data and proxies are where they are')
  // A killed run may have left one.
  await close()
  const folder = mkdtempSync(join(tmpdir(), 'ways-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  try {
    await ensureNetwork(PROJECT, network, { internal: false, encrypted: false })
    const secret = immutable(PROJECT, 'way', key.toString('base64url'))
    const ids = await ensureImmutables(PROJECT, 'secret', [secret])
    const File = { Name: 'key', UID: '0', GID: '0', Mode: 0o400 }
    const mount = { Type: 'bind', Source: '/var/run/docker.sock', Target: '/var/run/docker.sock' }
    await putService(
      {
        Name: name,
        Labels: { [OWNER]: 'way' },
        TaskTemplate: {
          ContainerSpec: {
            ...{ Image: image, Command: command, Args: ['engine'], User: '0:0', Init: true, ReadOnly: true },
            ...{ CapabilityDrop: ['ALL'], Privileges: { NoNewPrivileges: true }, Labels: { [OWNER]: 'way' } },
            ...{ Mounts: [mount], Secrets: [{ File, SecretName: secret.name, SecretID: ids[secret.name] }] },
          },
          // It ends once nobody was there for a while: a killed run leaves no open way.
          RestartPolicy: { Condition: 'none' },
          Networks: [{ Target: network }],
        },
        Mode: { Global: {} },
        EndpointSpec: { Mode: 'dnsrr' },
      },
      readAuth(config),
    )
    const addresses = await addressesOf(name, cluster)
    const own = ['docker', 'run', '--detach', '--rm', '--init', '--name', name, '--network', network] as const
    const nodes = Object.keys(addresses)
    const ports = nodes.flatMap((_, index) => ['--publish', `127.0.0.1::${10_000 + index}`])
    const rights = ['--cap-drop', 'ALL', '--security-opt', 'no-new-privileges', '--read-only', '--user', '65534:65534']
    const relay = [...command.slice(1), 'relay', ...Object.values(addresses)]
    await exec([...own, ...ports, ...rights, '--label', `${OWNER}=way`, '--entrypoint', 'node', image, ...relay], {
      quiet: true,
    })
    const { stdout } = await exec(['docker', 'port', name], { quiet: true })
    const published = new Map(
      [...stdout.matchAll(/^(\d+)\/tcp -> .*:(\d+)$/gm)].map(([, a, b]) => [Number(a), Number(b)]),
    )
    const sockets: Record<string, string> = {}
    for (const [index, node] of nodes.entries()) {
      const path = join(folder, `${index}.sock`)
      await lead(path, published.get(10_000 + index) ?? 0, Buffer.from(secret.data))
      sockets[node] = path
    }
    return { sockets, close }
  } catch (error) {
    await close()
    throw error
  }
}

async function removeWay(name: string): Promise<void> {
  const found = await manager.listServices({ filters: JSON.stringify({ name: [name] }) })
  for (const one of found)
    if ((one as { Spec?: { Name?: string } }).Spec?.Name === name) await manager.getService(one.ID).remove()
}

type TaskInfo = {
  NodeID?: string
  Status?: { State?: string; Err?: string }
  NetworksAttachments?: { Network?: { Spec?: { Name?: string } }; Addresses?: string[] }[]
}
// The address of each node's task, by the node's id. An image may have to come first, and that takes its time.
async function addressesOf(name: string, { nodes, self }: Cluster): Promise<Record<string, string>> {
  const wanted = nodes.filter((node) => takesTasks(node) && node.id !== self).map(({ id }) => id)
  let tasks: TaskInfo[] = []
  const found = await waitFor(
    async () => {
      tasks = (await manager.listTasks({ filters: JSON.stringify({ service: [name] }) })) as TaskInfo[]
      const up = tasks.filter(({ Status }) => Status?.State === 'running')
      const pairs = up.map(({ NodeID = '', NetworksAttachments = [] }) => [
        NodeID,
        NetworksAttachments.flatMap(({ Addresses = [] }) => Addresses)[0]?.split('/')[0] ?? '',
      ])
      const all = Object.fromEntries(pairs) as Record<string, string>
      const failed = tasks.find(({ Status }) => ['failed', 'rejected'].includes(Status?.State ?? ''))
      if (failed) throw new Failure(`there is no way to a node: ${failed.Status?.Err}`, { next: 'make cluster' })
      log.waits(
        wanted
          .filter((id) => !all[id])
          .map((id) => `the way to ${nodes.find((node) => node.id === id)?.name}`)
          .join(', '),
      )
      return wanted.every((id) => all[id]) && Object.fromEntries(wanted.map((id) => [id, all[id] ?? '']))
    },
    600,
    () => sleep(200),
  )
  if (found) return found
  throw new Failure('the way to the engine of each node does not open', { next: `docker service ps ${name}` })
}

// A socket of this process, and the way from there to the engine of a node.
async function lead(path: string, port: number, key: Buffer): Promise<Server> {
  const half = { allowHalfOpen: true }
  const dial = (): Socket =>
    connectTls({
      ...{ ciphers: 'ECDHE-PSK-CHACHA20-POLY1305', minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' },
      ...{ socket: connect({ host: '127.0.0.1', port, ...half }), ...half },
      pskCallback: () => ({ psk: key, identity: 'dartagnan' }),
      checkServerIdentity: () => undefined,
    })
  // One connection stays: where nobody is there, the way closes.
  const answers = () =>
    new Promise<boolean>((resolve) => {
      const kept = dial()
      kept.once('secureConnect', () => resolve(true)).once('close', () => resolve(false))
      kept.on('error', () => {})
    })
  if (!(await waitFor(answers, 30, () => sleep(200))))
    throw new Failure('the engine of another node does not answer', { next: 'make cluster, then the same again' })
  const server = createServer(half, (client) => {
    const engine = dial()
    for (const one of [client, engine]) one.on('error', () => {})
    client.once('close', () => engine.destroy())
    engine.once('close', () => client.destroySoon())
    client.pipe(engine).pipe(client)
  })
  await new Promise<void>((resolve) => server.listen(path, resolve))
  return server
}
