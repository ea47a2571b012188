import { messageOf } from '../../cli/failure.ts'
import { log } from '../../cli/io/log.ts'
import { freeName } from '../../data/io/fill.ts'
import { clearLeftovers, readVerifications } from '../../data/io/repository.ts'
import { describe } from '../../data/io/verify.ts'
import { settleVolumes } from '../../data/io/volumes.ts'
import { diffDescriptions, shortSnapshot } from '../../data/snapshot.ts'
import type { Outcome } from '../../release/history.ts'
import { recordRelease } from '../../release/io/history.ts'
import { saveRelease } from '../../release/io/render.ts'
import { withVolumes } from '../../release/over-volumes.ts'
import { planRollout } from '../plan.ts'
import { applySteps, type Write } from './apply.ts'
import { type Context, makeContext } from './context.ts'
import { observe } from './observe.ts'
import { unpauseAll } from './unpause.ts'

/**
 * With ON_FAILURE=restore-data, and where a failed version may have written to the data: puts them back as the snapshot
 * has them, with the version before over them, which may not come up on any others. Undefined where that is not so, or
 * could not be done: then what was begun is to be undone as ever.
 */
export async function restoreAfterFailure(failed: Context, write: Write): Promise<Outcome | undefined> {
  const { config, from, taking, wrote } = failed
  if (config.ON_FAILURE !== 'restore-data' || !wrote || !from || !taking?.id) return undefined
  try {
    await unpauseAll(config.PROJECT)
    await putBack(failed, write)
    return 'rolled back with data'
  } catch (error) {
    log.error(`the data could not be put back: ${messageOf(error)}`)
    log.note(`next: make restore SNAPSHOT=${shortSnapshot(taking.id)}`)
    return undefined
  }
}

/** Clears what of a snapshot is left, and says what a failed version has written since, where it may have. */
export async function settleData(failed: Context, outcome: Outcome): Promise<void> {
  const { config, from, taking, wrote } = failed
  // Nothing waits any more; what cannot be removed, the next run removes.
  await clearLeftovers(config).catch(() => {})
  if (!wrote || !from || !taking?.id || outcome === 'rolled back with data') return
  await tellWritten(failed).catch((error: unknown) =>
    log.warn(`what it has written cannot be told: ${messageOf(error)}`),
  )
  log.note(`the data as they were: make restore SNAPSHOT=${shortSnapshot(taking.id)}`)
}

async function putBack(
  { config, from, taking, release: left, step: taken, heldSince }: Context,
  write: Write,
): Promise<void> {
  if (!from || !taking) return
  const { PROJECT } = config
  const { id: snapshot, modes } = taking
  const keys = Object.keys(modes)
  const pairs = await Promise.all(keys.map(async (key) => [key, await freeName(PROJECT, key)] as const))
  const release = withVolumes(from, Object.fromEntries(pairs))
  saveRelease(release)
  const because = `${left.image.version} has written to the others (ON_FAILURE=restore-data)`
  const fill = { snapshot, modes, names: Object.fromEntries(pairs), because }
  const observed = await observe(PROJECT)
  const steps = planRollout(release, observed, { fill })
  const purpose = { target: 'restore', from, patient: true }
  const context = { ...makeContext(config, release, observed, purpose), heldSince }
  await applySteps(context, steps, write, taken)
  await settleVolumes(release)
  const { started, cut, held } = context
  recordRelease(config, { target: 'restore', release, from: from.id, because, outcome: 'deployed', started, cut, held })
  for (const { name } of from.volumes)
    log.note(`what was written since is in the volume ${name} alone, until: make prune FORCE=unsaved-volume`)
}

async function tellWritten({ config, from, taking, release }: Context): Promise<void> {
  if (!from || !taking) return
  const proof = readVerifications(config.PROJECT).find(({ id }) => id === taking.id)
  const lines: string[] = []
  for (const volume of from.volumes) {
    const before = proof?.described[volume.key]
    if (before && taking.modes[volume.key] !== 'dump')
      lines.push(...diffDescriptions(before, await describe(config, from, volume, volume.name)))
  }
  const since = `since the snapshot ${shortSnapshot(taking.id)}`
  log.warn(
    lines.length > 0
      ? `${release.image.version} had started: ${since} the data have changed: ${lines.join(', ')}`
      : `${release.image.version} had started; ${since} its hooks name no change`,
  )
}
