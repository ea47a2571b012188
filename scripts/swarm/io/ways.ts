import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from '../../cli/failure.ts'
import { log } from '../../cli/io/log.ts'
import { ofToolkit } from '../../cli/io/places.ts'
import { waitFor } from '../../cli/io/wait.ts'
import type { Config } from '../../config/io/read.ts'
import { atEngine, manager, ownSocket } from '../../docker/io/engines.ts'
import { toolkitImageId } from '../../docker/io/toolkit-container.ts'
import { OWNER } from '../../docker/labels.ts'
import { type Cluster, type Node, takesTasks } from '../cluster.ts'
import { taskOf } from '../judge.ts'
import { type Immutable, immutable, type Spec } from '../service-spec.ts'
import { ensureImmutables, pruneImmutables } from './immutables.ts'
import { readAuth, sharedImage } from './surroundings.ts'
import { putService, removeNamed } from './swarm.ts'

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

// The hosts of a swarm reach each other there. A run of another project may have it: then this one waits.
const PORT = 2378

async function openAll(config: Config, cluster: Cluster) {
  const { PROJECT } = config
  const name = `${PROJECT}_way`
  const close = async () => {
    await removeNamed(name)
    await pruneImmutables(PROJECT, `${name}_`)
  }
  const image = await sharedImage(config, cluster, await toolkitImageId(), 'toolkit')
  log.step('open a way to the engine of each node', 'data and proxies are where they are')
  // A killed run may have left one.
  await close()
  const folder = mkdtempSync(join(tmpdir(), 'ways-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  try {
    const secret = immutable(PROJECT, 'way', randomBytes(32).toString('base64url'))
    const ids = await ensureImmutables(PROJECT, 'secret', [secret])
    await putService(wayTo(name, image, { ...secret, id: ids[secret.name] ?? '' }, cluster), readAuth(config))
    const others = cluster.nodes.filter((node) => takesTasks(node) && node.id !== cluster.self)
    await awaitWay(name, others)
    const sockets: Record<string, string> = {}
    for (const { id, address } of others) {
      sockets[id] = join(folder, `${id}.sock`)
      await lead(sockets[id], address, Buffer.from(secret.data))
    }
    return { sockets, close }
  } catch (error) {
    await close()
    throw error
  }
}

const wayTo = (name: string, image: string, key: Immutable & { id: string }, { self }: Cluster): Spec => ({
  Name: name,
  Labels: { [OWNER]: 'way' },
  TaskTemplate: {
    ContainerSpec: {
      ...{ Image: image, User: '0:0', Init: true, ReadOnly: true, CapabilityDrop: ['ALL'] },
      ...{ Privileges: { NoNewPrivileges: true }, Labels: { [OWNER]: 'way' } },
      Command: ['node', '--input-type=module', '--eval', readFileSync(ofToolkit('compose/swarm/way.js'), 'utf8')],
      Mounts: [{ Type: 'bind', Source: '/var/run/docker.sock', Target: '/var/run/docker.sock' }],
      Secrets: [{ File: { Name: 'key', UID: '0', GID: '0', Mode: 0o400 }, SecretName: key.name, SecretID: key.id }],
    },
    RestartPolicy: { Condition: 'none' },
    Placement: { Constraints: [`node.id!=${self}`] },
  },
  Mode: { Global: {} },
  EndpointSpec: {
    ...{ Mode: 'dnsrr', Ports: [{ Protocol: 'tcp', TargetPort: PORT, PublishedPort: PORT, PublishMode: 'host' }] },
  },
})

// An image may have to come first, and that takes its time.
async function awaitWay(name: string, others: readonly Node[]): Promise<void> {
  const found = await waitFor(
    async () => {
      const tasks = ((await manager.listTasks({ filters: JSON.stringify({ service: [name] }) })) as object[]).map(
        taskOf,
      )
      const failed = tasks.find(({ state }) => state === 'failed' || state === 'rejected')
      if (failed) throw new Failure(`there is no way to a node: ${failed.error}`, { next: 'make cluster' })
      const waits = others.filter(({ id }) => !tasks.some(({ node, state }) => node === id && state === 'running'))
      log.waits(waits.map(({ name: node }) => `the way to ${node}`).join(', '))
      return waits.length === 0
    },
    600,
    () => sleep(200),
  )
  if (!found) throw new Failure('the way to the engine of a node does not open', { next: `docker service ps ${name}` })
}

// A socket of this process, and the way from there to the engine of a node.
async function lead(path: string, host: string, psk: Buffer): Promise<void> {
  const half = { allowHalfOpen: true }
  // Node takes 15 ms to load it, and every target would.
  const { connect: connectTls } = await import('node:tls')
  const dial = () =>
    connectTls({
      ...{ ciphers: 'ECDHE-PSK-CHACHA20-POLY1305', minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' },
      ...{ socket: connect({ host, port: PORT, ...half }), ...half },
      pskCallback: () => ({ psk, identity: 'dartagnan' }),
      // Whoever has the key is the one.
      checkServerIdentity: () => undefined,
    })
  // One connection stays: where nobody is there, the way closes.
  const answers = () =>
    new Promise<boolean>((resolve) => {
      const kept = dial().once('secureConnect', () => resolve(true))
      kept.once('close', () => resolve(false)).on('error', () => {})
      setTimeout(() => resolve(false), 5000)
    })
  if (!(await waitFor(answers, 30, () => sleep(200))))
    throw new Failure(`there is no way to the engine of ${host}: port ${PORT} does not answer`, {
      next: `let the hosts of the swarm reach each other at TCP port ${PORT}, then the same again`,
    })
  const server = createServer(half, (client) => {
    const engine = dial()
    for (const one of [client, engine]) one.on('error', () => {})
    client.once('close', () => engine.destroy())
    engine.once('close', () => client.destroySoon())
    client.pipe(engine).pipe(client)
  })
  await new Promise<void>((resolve) => server.listen(path, resolve))
}
