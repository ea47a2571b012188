import { spawn } from 'node:child_process'
import { lookup } from 'node:dns/promises'
import { request } from 'node:http'
import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { text } from 'node:stream/consumers'
import { Failure } from '../../cli/failure.ts'
import { environment } from '../../cli/io/exec.ts'
import { log } from '../../cli/io/log.ts'
import { printResult } from '../../cli/io/result.ts'
import { waitFor } from '../../cli/io/wait.ts'
import type { Config } from '../../config/io/read.ts'
import { manager as engine } from '../../docker/io/engine.ts'
import {
  type Cluster,
  dataLabel,
  findNode,
  managersAfter,
  type Node,
  renderCluster,
  selfOf,
  warningsOf,
} from '../cluster.ts'
import { changeNode, isInSwarm, readCluster } from './nodes.ts'
import { countByNode, readServices } from './swarm.ts'

/** Begins a swarm, joins hosts, takes a node out of service or back in where that is asked for, and shows the nodes. */
export async function showCluster(config: Config): Promise<void> {
  const { options, NODES, PROJECT } = config
  const joining = NODES.split(',').filter(Boolean)
  if (!(await isInSwarm())) await begin(options.init || joining.length > 0)
  const before = await readCluster()
  await join(before, joining)
  if (options.drain !== undefined) await drain(before, config, options.drain)
  if (options.activate !== undefined) await changeNode(nodeOf(before, options.activate).id, { Availability: 'active' })
  const { cluster, tasks } = await readServices(PROJECT)
  const warnings = warningsOf(cluster)
  for (const warning of warnings) log.warn(warning)
  printResult(config, { ...cluster, warnings }, renderCluster(cluster, countByNode(tasks)))
}

async function begin(asked: boolean): Promise<void> {
  if (!asked)
    throw new Failure('this engine is in no swarm', {
      next: 'make cluster INIT=1   (begins one); with NODES=ssh://… others join it',
    })
  log.command('docker swarm init')
  try {
    await engine.swarmInit({ ListenAddr: '0.0.0.0:2377' })
  } catch (error) {
    const next = /live-restore/.test(String(error))
      ? 'set "live-restore": false in /etc/docker/daemon.json, then: systemctl reload docker (or kill -HUP its process), and make cluster INIT=1'
      : 'docker swarm init --advertise-addr …, then: make cluster'
    throw new Failure(`the swarm cannot begin: ${(error as Error).message}`, { next, cause: error })
  }
}

const nodeOf = (cluster: Cluster, asked: string): Node => {
  const found = findNode(cluster, asked)
  if (found) return found
  throw new Failure(`${JSON.stringify(asked)} is no node of this swarm`, { next: 'make cluster' })
}

async function drain(cluster: Cluster, { PROJECT }: Config, asked: string): Promise<void> {
  const node = nodeOf(cluster, asked)
  if (dataLabel(PROJECT) in node.labels)
    throw new Failure(`${node.name} has the data of ${PROJECT}: they cannot move to another node`, {
      next: 'make cluster',
    })
  await changeNode(node.id, { Availability: 'drain' })
  log.step(`drain ${node.name}`, 'its tasks start on other nodes')
  const isEmpty = async () => (countByNode((await readServices(PROJECT)).tasks)[node.id] ?? 0) === 0
  if (!(await waitFor(isEmpty, 120))) log.warn(`${node.name} still has tasks of ${PROJECT}`)
}

async function join(cluster: Cluster, nodes: readonly string[]): Promise<void> {
  const joining: { node: string; address: string }[] = []
  for (const node of nodes) {
    const { address } = await lookup(new URL(node).hostname)
    if (!cluster.nodes.some((one) => one.address === address)) joining.push({ node, address })
  }
  managersAfter(cluster, joining.length)
  if (joining.length === 0) return
  const { JoinTokens } = (await engine.swarmInspect()) as { JoinTokens: { Manager: string } }
  const self = selfOf(cluster)
  for (const { node, address } of joining) {
    log.step(`join ${node}`, 'as a manager')
    const body = {
      ListenAddr: '0.0.0.0:2377',
      AdvertiseAddr: address,
      RemoteAddrs: [`${self?.address}:2377`],
      JoinToken: JoinTokens.Manager,
    }
    await post(node, '/swarm/join', body)
  }
}

// By the connection that the Docker client makes with the caller's keys: an argument of a command would show the token.
async function post(node: string, path: string, body: object): Promise<void> {
  const child = spawn('docker', ['--host', node, 'system', 'dial-stdio'], {
    env: environment(),
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const said = text(child.stderr)
  const socket = Duplex.from({ readable: child.stdout, writable: child.stdin }) as unknown as Socket
  try {
    const answer = await new Promise<{ status: number; message: string }>((resolve, reject) => {
      const sent = request({
        method: 'POST',
        path,
        host: 'docker',
        createConnection: () => socket,
        signal: AbortSignal.timeout(60_000),
        headers: { 'content-type': 'application/json' },
      })
      sent.once('response', (response) => {
        text(response).then((message) => resolve({ status: response.statusCode ?? 0, message }), reject)
      })
      sent.once('error', reject)
      sent.end(JSON.stringify(body))
    })
    if (answer.status >= 400) throw new Error(answer.message)
  } catch (error) {
    child.kill()
    throw new Failure(`${node} did not join: ${(error as Error).message.trim()} ${(await said).trim()}`.trim(), {
      next: `docker --host ${node} info   (then: make cluster NODES=${node})`,
      cause: error,
    })
  }
  child.kill()
}
