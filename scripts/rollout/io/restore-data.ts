import { messageOf } from '../../cli/failure.ts'
import { log } from '../../cli/io/log.ts'
import { diffDescriptions } from '../../data/description.ts'
import { freeName } from '../../data/io/fill.ts'
import { describe } from '../../data/io/read-back.ts'
import { clearLeftovers, readVerifications } from '../../data/io/repository.ts'
import { findVolume, settleVolumes } from '../../data/io/volumes.ts'
import { shortSnapshot } from '../../data/snapshot.ts'
import type { FinishedSnapshot } from '../../data/snapshot-states.ts'
import type { Outcome } from '../../release/history.ts'
import { recordRelease } from '../../release/io/history.ts'
import { saveRelease } from '../../release/io/render.ts'
import type { Release } from '../../release/model.ts'
import { volumeNames, withVolumes } from '../../release/over-volumes.ts'
import { planRollout } from '../plan.ts'
import { finishedSnapshot, goingBack, type Progress } from '../progress.ts'
import { mustApply } from './apply.ts'
import { type Facts, gatherFacts } from './facts.ts'
import { observe } from './observe.ts'
import type { Run } from './run.ts'
import { unpauseAll } from './unpause.ts'

/**
 * With ON_FAILURE=restore-data, and where a failed version may have written to the data: puts the data back as the
 * snapshot has them, and starts the version before over them, which may not come up on any others. Gives undefined
 * where this does not apply, or fails: then the caller undoes the run as usual.
 */
export async function restoreAfterFailure(facts: Facts, progress: Progress, run: Run): Promise<Outcome | undefined> {
  const { config } = facts
  const lost = atRisk(facts, progress)
  if (config.ON_FAILURE !== 'restore-data' || !lost) return undefined
  try {
    await unpauseAll(config.PROJECT)
    await putBack(facts, progress, lost, run)
    return 'rolled back with data'
  } catch (error) {
    log.error(`the data could not be put back: ${messageOf(error)}`)
    log.note(`next: make restore SNAPSHOT=${shortSnapshot(lost.snapshot.id)}`)
    return undefined
  }
}

/** Clears what is left of a snapshot, and says what a failed version has written since, where it may have. */
export async function settleData(facts: Facts, progress: Progress, outcome: Outcome): Promise<void> {
  // Nothing waits any more; what cannot be removed, the next run removes.
  await clearLeftovers(facts.config).catch(() => {})
  const lost = atRisk(facts, progress)
  if (!lost || outcome === 'rolled back with data') return
  await tellWritten(facts, lost).catch((error: unknown) =>
    log.warn(`what it has written cannot be told: ${messageOf(error)}`),
  )
  log.note(`the data as they were: make restore SNAPSHOT=${shortSnapshot(lost.snapshot.id)}`)
}

/**
 * The data that a failed version may have written to, as they were: whose they are, and the snapshot that holds them.
 */
type AtRisk = { readonly from: Release; readonly snapshot: FinishedSnapshot }

function atRisk({ from }: Facts, progress: Progress): AtRisk | undefined {
  const snapshot = finishedSnapshot(progress)
  return progress.wrote && from && snapshot ? { from, snapshot } : undefined
}

async function putBack(
  { config, release: left }: Facts,
  progress: Progress,
  { from, snapshot: { id: snapshot, modes } }: AtRisk,
  run: Run,
): Promise<void> {
  const { PROJECT } = config
  const keys = Object.keys(modes)
  const pairs = await Promise.all(keys.map(async (key) => [key, await freeName(PROJECT, key)] as const))
  const release = withVolumes(from, Object.fromEntries(pairs))
  saveRelease(release)
  const because = `${left.image.version} has written to the others (ON_FAILURE=restore-data)`
  const fill = { snapshot, modes, names: Object.fromEntries(pairs), because }
  const observed = await observe(PROJECT)
  const steps = planRollout(release, observed, { fill, hold: true })
  const purpose = { target: 'restore', from, patient: true }
  const facts = gatherFacts(config, release, observed, purpose)
  const { cut, held } = await mustApply(facts, steps, run, goingBack(progress))
  await settleVolumes(release)
  const { started } = facts
  recordRelease(config, { target: 'restore', release, from: from.id, because, outcome: 'deployed', started, cut, held })
  for (const { name } of from.volumes)
    log.note(`what was written since is in the volume ${name} alone, until: make prune FORCE=unsaved-volume`)
}

async function tellWritten({ config, release }: Facts, { from, snapshot }: AtRisk): Promise<void> {
  const verification = readVerifications(config.PROJECT).find(({ id }) => id === snapshot.id)
  const lines: string[] = []
  for (const volume of from.volumes) {
    const before = verification?.described[volume.key]
    if (before && !volume.hook?.restore)
      lines.push(...diffDescriptions(before, await describe(config, from, volume, volume.name)))
  }
  const since = `since the snapshot ${shortSnapshot(snapshot.id)}`
  log.warn(
    lines.length > 0
      ? `${release.image.version} had started: ${since} the data have changed: ${lines.join(', ')}`
      : `${release.image.version} had started; ${since} its hooks name no change`,
  )
}

/** Says in which volumes the data are that a release has replaced by others. */
export async function tellReplaced({ from, release }: Facts): Promise<void> {
  const names = volumeNames(release)
  for (const { key, name } of from?.volumes ?? [])
    if ((names[key] ?? name) !== name && (await findVolume(name)))
      log.note(`the data that were there before are in the volume ${name}, until: make prune`)
}
