import { setTimeout as sleep } from 'node:timers/promises'
import { readBody } from '../../cli/io/body.ts'
import { log } from '../../cli/io/log.ts'
import { waitFor } from '../../cli/io/wait.ts'
import type { Config } from '../../config/io/read.ts'
import { keyedDigest } from '../../release/io/secrets.ts'
import { type Node, takesTasks } from '../cluster.ts'
import { type Known, type Missing, missingMembers, parseMembers, renderMissing, stillMissing } from '../members.ts'
import { MEMBERS } from '../proxy-config.ts'
import { addressOf } from '../status.ts'
import { readServices, renewService } from './swarm.ts'

/** What a proxy is asked for its members with. It is not told to anybody else. */
export const membersToken = (project: string): string => keyedDigest(project, `members of ${project}`)

// A new task is found within a second.
const SETTLES = 15

/** The tasks that proxies do not find, once they had time to find them. */
export async function findMissing(config: Config, seconds = SETTLES): Promise<Missing[]> {
  let missing: Missing[] = []
  await waitFor(
    async () => {
      missing = (await look(config)).missing
      return missing.length === 0
    },
    seconds,
    () => sleep(500),
  )
  return missing
}

async function look(config: Config) {
  const { cluster, services, tasks } = await readServices(config.PROJECT)
  const known = await Promise.all(cluster.nodes.filter(takesTasks).map((node) => askMembers(config, node)))
  return { missing: missingMembers(config.PROJECT, known, services, tasks), services }
}

/** Lets the services whose tasks proxies do not find have new tasks. Throws a Failure where that does not help. */
export async function mendMembers(config: Config): Promise<void> {
  const missing = await findMissing(config)
  if (missing.length === 0) return
  const names = [...new Set(missing.map(({ service }) => service))]
  log.warn(`${renderMissing(missing)}: ${names.join(', ')} get new tasks`)
  for (const name of names) await renewService(`${config.PROJECT}_${name}`)
  // The orchestrator takes a moment to begin.
  await sleep(2000)
  const renewed = async () => (await look(config)).services.every(({ update }) => update?.state !== 'updating')
  await waitFor(renewed, config.READY_TIMEOUT, () => sleep(500))
  const left = await findMissing(config)
  if (left.length > 0) throw stillMissing(left)
}

const askMembers = async (config: Config, node: Node): Promise<Known> => ({
  node: node.name,
  members: await fetch(`${addressOf(config, node)}/`, {
    headers: { [MEMBERS]: membersToken(config.PROJECT), connection: 'close' },
    redirect: 'manual',
    signal: AbortSignal.timeout(3000),
  })
    .then(async (answer) => (answer.ok ? parseMembers(await readBody(answer.body)) : undefined))
    .catch(() => undefined),
})
