import { Failure, messageOf } from '../../cli/failure.ts'
import { log } from '../../cli/io/log.ts'
import type { Config } from '../../config/io/read.ts'
import { type Description, diffDescriptions, lostIn } from '../../data/description.ts'
import { readBack } from '../../data/io/read-back.ts'
import { closeSandbox, openSandbox, runHook, startInSandbox } from '../../data/io/sandbox.ts'
import { makeScratch, removeScratch } from '../../data/io/volumes.ts'
import { sandboxProject } from '../../data/sandbox.ts'
import type { VerifiedSnapshot } from '../../data/snapshot-states.ts'
import { PROXY } from '../../docker/compose-model.ts'
import { startOrder } from '../../docker/start-order.ts'
import type { Rehearsal } from '../../release/history.ts'
import { type Release, unroutedServices } from '../../release/model.ts'

/**
 * Rehearses a rollout: starts the release, and then the one that serves, over a clone of the data, unreachable from
 * outside. Gives what that means for a rollback. Throws a Failure where the release does not come up there.
 */
export async function rehearse(config: Config, release: Release, snapshot: VerifiedSnapshot): Promise<Rehearsal> {
  const { PROJECT } = config
  const { id, modes, release: from } = snapshot
  const keys = Object.keys(modes)
  const clone = Object.fromEntries(
    await Promise.all(keys.map(async (key) => [key, await makeScratch(PROJECT, 'clone', key)] as const)),
  )
  const before = await readBack(config, id, modes, from, clone)
  const { version } = release.image
  log.note(`rehearsing ${version} on a clone, in the project ${sandboxProject(PROJECT)}`)
  const after = await startOver(config, clone, release).catch((error: unknown) => {
    throw new Failure(`rehearsal: ${version} does not come up on a clone of the data: ${messageOf(error)}`, {
      next: 'correct it, then: make ship',
      ...(error instanceof Failure && error.detail ? { detail: error.detail } : {}),
      cause: error,
    })
  })
  const back = await startOver(config, clone, from).then(
    () => undefined,
    (error: unknown) => messageOf(error),
  )
  await closeSandbox(PROJECT)
  await removeScratch(PROJECT)
  const changes = diffDescriptions(before, after)
  const lost = lostIn(before, after)
  const needsData = back !== undefined || lost.length > 0
  const because =
    back ??
    (lost.length > 0 ? `gone: ${lost.join(', ')}` : `${from.image.version} comes up on data that ${version} has had`)
  log.done(`rehearsed: a rollback needs the data back: ${needsData ? 'yes' : 'no'} (${because})`)
  if (changes.length > 0) log.note(`it changes ${changes.join(', ')}`)
  return { needsData, because, changes }
}

/** Starts a version over the clone, and gives what its hooks say of the data then. */
async function startOver(
  config: Config,
  clone: Readonly<Record<string, string>>,
  version: Release,
): Promise<Record<string, Description>> {
  const { PROJECT, READY_TIMEOUT } = config
  await openSandbox(version, { live: false, volumes: clone, snapshots: {} })
  const unrouted = unroutedServices(version).filter((name) => name !== PROXY)
  for (const wave of startOrder(version.compose, unrouted)) await startInSandbox(PROJECT, wave, READY_TIMEOUT)
  const routed = version.routes.map(({ service }) => service)
  await startInSandbox(PROJECT, routed, READY_TIMEOUT)
  const described: Record<string, Description> = {}
  for (const { key, hook } of version.volumes)
    if (hook && clone[key]) described[key] = await runHook(config, hook, hook.describe)
  await closeSandbox(PROJECT)
  return described
}
