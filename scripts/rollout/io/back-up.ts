import { Failure } from '../../cli/failure.ts'
import { answerSignal, catchSignals } from '../../cli/io/interrupt.ts'
import { printResult } from '../../cli/io/result.ts'
import type { Config } from '../../config/io/read.ts'
import { clearLeftovers } from '../../data/io/repository.ts'
import { findVolume } from '../../data/io/volumes.ts'
import { warnOfGaps } from '../../data/io/warn-of-gaps.ts'
import { shortSnapshot } from '../../data/snapshot.ts'
import { lastGood } from '../../release/io/history.ts'
import type { Release } from '../../release/model.ts'
import { requireLock } from '../../state/io/lock.ts'
import { closeRunLog } from '../../state/io/run-log.ts'
import { finishedSnapshot } from '../progress.ts'
import { snapshotSteps } from '../snapshot-steps.ts'
import { applySteps } from './apply.ts'
import { gatherFacts } from './facts.ts'
import { observe } from './observe.ts'
import { beginRun } from './run.ts'
import { undo } from './transaction.ts'

/** What a backup took: the snapshot's id, and how long requests waited for it, in milliseconds. */
export type Backup = {
  readonly snapshot: string
  readonly release: Release
  readonly held: number
  readonly ms: number
}

/** Prints what a backup took. */
export function reportBackup(config: Config, { snapshot, release: { id, image }, held, ms }: Backup): void {
  const { version } = image
  const text = [`backed up: ${shortSnapshot(snapshot)}, the data of ${version}, in ${(ms / 1000).toFixed(1)} s`]
  if (held > 0) text.push(`requests held for ${(held / 1000).toFixed(2)} s`)
  printResult(config, { outcome: 'backed up', snapshot, version, release: id, held, ms }, text.join(', '))
}

/** The last good release of a project. Throws a Failure where there is none, or where it has no data. */
export function releaseToBackUp(project: string): Release {
  const release = lastGood(project)
  if (!release) throw new Failure('there is nothing to back up: nothing was deployed yet', { next: 'make ship' })
  if (release.volumes.some(({ kept }) => kept)) return release
  throw new Failure(`there is nothing to back up: no service of ${release.image.version} writes to a volume`, {
    next: 'make history',
  })
}

/** Throws a Failure where a volume of a release is not on the engine that is worked on. */
export async function requireItsVolumes({ volumes }: Release): Promise<void> {
  for (const { name } of volumes)
    if (!(await findVolume(name)))
      throw new Failure(`the volume ${name}, which holds the data, is missing`, { next: 'make restore' })
}

/**
 * Takes a snapshot of the data of the last good release, whether it runs or not, and reads it back. Throws a Failure
 * where that fails; the running version keeps serving then. The caller holds the lock.
 */
export async function takeBackup(config: Config, target: string): Promise<Backup> {
  const { PROJECT } = config
  const release = releaseToBackUp(PROJECT)
  await requireItsVolumes(release)
  await warnOfGaps(release)
  const observed = await observe(PROJECT)
  const facts = gatherFacts(config, release, observed, { target, from: release })
  const run = await beginRun(config, { target: 'backup', release, from: release.id })
  catchSignals()
  const steps = snapshotSteps(observed, { from: release, rehearse: false })
  const { progress, failed } = await applySteps(facts, steps, run)
  if (failed) {
    // As in a deploy: another run may have begun since.
    requireLock()
    const { outcome } = await undo(facts, progress, { run, from: release, outcome: 'abandoned' })
    // What this cannot remove, the next run does: why the backup failed is told in any case.
    await clearLeftovers(config).catch(() => {})
    if (outcome !== 'needs a human') closeRunLog(PROJECT)
    throw answerSignal() ?? failed.error
  }
  closeRunLog(PROJECT)
  const { held } = progress
  return { snapshot: finishedSnapshot(progress)?.id ?? '', release, held, ms: Math.max(0, Date.now() - facts.started) }
}
