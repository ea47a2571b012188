import { Failure } from '../../cli/failure.ts'
import { answerSignal, catchSignals } from '../../cli/io/interrupt.ts'
import type { Config } from '../../config/io/read.ts'
import { clearLeftovers } from '../../data/io/repository.ts'
import { findVolume } from '../../data/io/volumes.ts'
import { lastGood } from '../../release/io/history.ts'
import type { Release } from '../../release/model.ts'
import { closeRunLog } from '../../state/io/run-log.ts'
import { snapshotSteps } from '../snapshot-steps.ts'
import { applySteps } from './apply.ts'
import { makeContext } from './context.ts'
import { observe } from './observe.ts'
import { undo, writer } from './transaction.ts'

/** What a backup took: the snapshot's id, and how long requests waited for it, in milliseconds. */
export type Backup = {
  readonly snapshot: string
  readonly release: Release
  readonly held: number
  readonly ms: number
}

/**
 * Takes a snapshot of the data of the last good release, whether it runs or not, and reads it back. Throws a Failure where
 * that cannot be done; what served goes on then. The lock is the caller's.
 */
export async function takeBackup(config: Config, target: string): Promise<Backup> {
  const { PROJECT } = config
  const release = lastGood(PROJECT)
  if (!release) throw new Failure('there is nothing to back up: nothing was deployed yet', { next: 'make ship' })
  if (!release.volumes.some(({ kept }) => kept))
    throw new Failure(`there is nothing to back up: no service of ${release.image.version} writes to a volume`, {
      next: 'make history',
    })
  for (const { name } of release.volumes)
    if (!(await findVolume(name)))
      throw new Failure(`the volume ${name}, which holds the data, is missing`, { next: 'make restore' })
  const observed = await observe(PROJECT)
  const context = makeContext(config, release, observed, { target, from: release })
  const write = writer(config, { target: 'backup', release, from: release.id })
  catchSignals()
  try {
    await applySteps(context, snapshotSteps(observed, { from: release, rehearse: false }), write)
  } catch (error) {
    const outcome = await undo(context, release, write, 'abandoned')
    // What this cannot remove, the next run does: why the backup failed is told in any case.
    await clearLeftovers(config).catch(() => {})
    if (outcome !== 'needs a human') closeRunLog(PROJECT)
    throw answerSignal() ?? error
  }
  closeRunLog(PROJECT)
  return { snapshot: context.taking?.id ?? '', release, held: context.held, ms: Date.now() - context.started }
}
