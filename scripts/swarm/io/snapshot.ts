import { messageOf } from '../../cli/failure.ts'
import { exec, tryExec } from '../../cli/io/exec.ts'
import { log } from '../../cli/io/log.ts'
import type { Config } from '../../config/io/read.ts'
import { beginSnapshot } from '../../data/io/begin-snapshot.ts'
import { finishSnapshot } from '../../data/io/finish-snapshot.ts'
import { verifySnapshot } from '../../data/io/verify.ts'
import type { FinishedSnapshot, VerifiedSnapshot } from '../../data/snapshot-states.ts'
import { pauseContainers, resumeContainers } from '../../docker/io/containers.ts'
import { toolkitImageId } from '../../docker/io/toolkit-container.ts'
import { HELPER_LIMITS } from '../../docker/limits.ts'
import { logIn } from '../../registry/io/client.ts'
import type { Release } from '../../release/model.ts'
import { overlay } from '../compile.ts'
import { hostPaths, modesOf, pausedFor } from '../safety.ts'
import { holdRequests, taskContainers } from './hold.ts'
import type { Rollouts } from './serve.ts'
import { readImages } from './stop.ts'

/** A release as the engine of a node can run it beside the services: on their networks, by the images that nodes have. */
export async function beside(release: Release, images?: Readonly<Record<string, string>>): Promise<Release> {
  const { compose } = release
  const known = images ?? (await readImages(compose.name))
  const services = Object.entries(compose.services).map(([name, one]) => [
    name,
    { ...one, image: known[name] ?? one.image },
  ])
  const networks = Object.entries(compose.networks ?? {}).map(([key, one]) => [
    key,
    { ...one, name: overlay(compose, key) },
  ])
  return {
    ...release,
    compose: { ...compose, services: Object.fromEntries(services), networks: Object.fromEntries(networks) },
  }
}

/**
 * The first file of this host that the engine which is worked on has not, and that the services beside the running ones mount: hooks
 * would miss it. Undefined where all are there.
 */
export async function findAbsent(release: Release, all = false): Promise<string | undefined> {
  const run = ['docker', 'run', '--rm', '--network', 'none', ...HELPER_LIMITS] as const
  const image = await toolkitImageId()
  for (const source of hostPaths(release, all)) {
    const mount = ['--mount', `type=bind,source=${source},target=/there,readonly`, '--entrypoint', 'true']
    const { exitCode } = await tryExec([...run, ...mount, image], { quiet: true })
    if (exitCode !== 0) return source
  }
  return undefined
}

/** Pulls images to the engine that is worked on: what is rehearsed, or loads a dump, has not run there yet. */
export async function pullAll(config: Config, images: readonly string[]): Promise<void> {
  const remote = [...new Set(images)].filter((image) => image.includes('@'))
  const env = await logIn(config)
  for (const image of remote) await exec(['docker', 'pull', '--quiet', image], { env })
}

/** A snapshot that waits for its moment; `verify` reads it back after that. */
export type Pending = {
  readonly finish: () => Promise<void>
  readonly verify: () => Promise<VerifiedSnapshot>
  readonly giveUp: () => void
  /** How long requests have waited for it, in milliseconds. */
  readonly held: () => number
}

/**
 * Begins a snapshot of what `from` keeps, on the node of its data. It is finished while those that write files pause and requests
 * wait. The caller has stopped those in `halted` by then, and holds their requests.
 */
export async function beginOnNode(
  run: Rollouts,
  { from, node, target }: { from: Release; node: string; target: string },
  halted: readonly string[] = [],
): Promise<Pending> {
  const { config, ways } = run
  await toolkitImageId()
  const release = await beside(from)
  const modes = modesOf(from, halted)
  const still = pausedFor(from, modes, halted)
  const waiting = still.filter((name) => from.routes.some(({ service }) => service === name))
  log.step('copy the data', 'they are part of the release')
  const pass = still.length + halted.length > 0
  const begun = await ways.on(node, () => beginSnapshot(config, release, modes, { pass, target }))
  let finished: FinishedSnapshot | undefined
  let held = 0
  const isHeld = waiting.length + halted.length > 0
  const takeNow = async () => {
    const targets = await taskContainers(config.PROJECT, still)
    await pauseContainers(targets)
    try {
      return await finishSnapshot(config, begun, isHeld ? config.HOLD_TIMEOUT * 0.55 : 24 * 3600)
    } finally {
      await resumeContainers(targets)
    }
  }
  return {
    finish: async () => {
      const hold = waiting.length > 0 ? await holdRequests(run, waiting) : undefined
      try {
        finished = await ways.on(node, takeNow)
      } catch (error) {
        begun.giveUp()
        throw error
      } finally {
        held = (await hold?.end().catch((error: unknown) => log.warn(messageOf(error)))) ?? 0
      }
    },
    verify: async () => {
      if (!finished) throw new Error('no snapshot was finished')
      const done = finished
      return await ways.on(node, () => verifySnapshot(config, done))
    },
    giveUp: begun.giveUp,
    held: () => held,
  }
}
