import { Failure, messageOf } from '../../cli/failure.ts'
import { log } from '../../cli/io/log.ts'
import type { Config } from '../../config/io/read.ts'
import { fillVolumes } from '../../data/io/fill.ts'
import { closeSandbox, openSandbox, runHook, startInSandbox } from '../../data/io/sandbox.ts'
import { beginSnapshot, finishSnapshot, type Taking } from '../../data/io/take.ts'
import { readBack, verifySnapshot } from '../../data/io/verify.ts'
import { makeDataVolume, makeScratch, rememberVolumes, removeScratch } from '../../data/io/volumes.ts'
import { sandboxProject } from '../../data/sandbox.ts'
import { diffDescriptions, lostIn } from '../../data/snapshot.ts'
import { PROXY } from '../../docker/compose-model.ts'
import { pauseContainers, resumeContainers } from '../../docker/io/containers.ts'
import type { Rehearsal } from '../../release/history.ts'
import { type Release, unroutedServices } from '../../release/model.ts'
import type { Step } from '../step.ts'
import type { Context } from './context.ts'
import { FINISHED, timeLeft } from './traffic.ts'

type DataStep = Extract<
  Step,
  { do: 'volumes' | 'copy' | 'pause' | 'resume' | 'snapshot' | 'verify' | 'rehearse' | 'fill' }
>

/** Takes one step that is about data. */
export async function takeData(context: Context, step: DataStep): Promise<void> {
  const { config, release, from, target } = context
  switch (step.do) {
    case 'volumes': {
      const made = release.volumes.filter(({ name }) => step.names.includes(name))
      for (const volume of made) await makeDataVolume(config.PROJECT, volume)
      return await rememberVolumes(config.PROJECT, step.names)
    }
    case 'copy':
      context.taking = await beginSnapshot(config, from ?? release, step.modes, { pass: step.pass, target })
      return
    case 'pause':
      return await pauseContainers(step.targets)
    case 'resume':
      return await resumeContainers(step.targets)
    case 'snapshot':
      return await finishSnapshot(config, begun(context), timeLeft(context, FINISHED, 24 * 3600))
    case 'verify':
      return await verifySnapshot(config, begun(context))
    case 'rehearse':
      context.rehearsal = await rehearse(config, release, begun(context))
      return
    case 'fill':
      return await fillVolumes(config, release, step)
  }
}

function begun({ taking }: Context): Taking {
  if (taking) return taking
  throw new Failure('no snapshot was begun', { next: 'make backup' })
}

/**
 * Lets the release, and then the one that serves, start over a clone of the data, out of everybody's reach, and says what
 * that means for a rollback. Throws a Failure where the release does not come up there.
 */
async function rehearse(config: Config, release: Release, { id, modes, release: from }: Taking): Promise<Rehearsal> {
  const { PROJECT } = config
  const keys = Object.keys(modes)
  const clone = Object.fromEntries(
    await Promise.all(keys.map(async (key) => [key, await makeScratch(PROJECT, 'clone', key)] as const)),
  )
  const before = await readBack(config, id, modes, from, clone)
  const over = async (version: Release) => {
    openSandbox(version, { live: false, volumes: clone, snapshots: {} })
    const companions = unroutedServices(version).filter((name) => name !== PROXY)
    if (companions.length > 0) await startInSandbox(PROJECT, companions, config.READY_TIMEOUT)
    await startInSandbox(
      PROJECT,
      version.routes.map(({ service }) => service),
      config.READY_TIMEOUT,
    )
    const described: Record<string, object> = {}
    for (const { key, hook } of version.volumes)
      if (hook && clone[key]) described[key] = await runHook(config, hook, hook.describe)
    await closeSandbox(PROJECT)
    return described
  }
  const { version } = release.image
  log.note(`rehearsing ${version} on a clone, in the project ${sandboxProject(PROJECT)}`)
  const after = await over(release).catch((error: unknown) => {
    throw new Failure(`rehearsal: ${version} does not come up on a clone of the data: ${messageOf(error)}`, {
      next: 'correct it, then: make ship',
      ...(error instanceof Failure && error.detail ? { detail: error.detail } : {}),
      cause: error,
    })
  })
  const back = await over(from).then(
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
