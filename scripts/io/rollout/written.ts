import { messageOf } from '../../core/failure.ts'
import type { Outcome } from '../../core/release-entry.ts'
import { planRollout } from '../../core/rollout-plan.ts'
import { diffDescriptions, shortSnapshot } from '../../core/snapshot.ts'
import type { Step } from '../../core/step.ts'
import { withVolumes } from '../../core/volumes.ts'
import { saveRelease } from '../compose.ts'
import { readProofs } from '../data/repository.ts'
import { freeName } from '../data/restore.ts'
import { describe } from '../data/verify.ts'
import { settleVolumes } from '../data/volumes.ts'
import { log } from '../log.ts'
import { observe } from '../observe.ts'
import { recordRelease } from '../releases.ts'
import { applySteps, type Write } from './apply.ts'
import { type Context, makeContext } from './context.ts'

/**
 * What becomes of data that a failed version may have written to, once the version before serves again: with
 * ON_FAILURE=restore-data they are put back as the snapshot has them, otherwise it is said what has changed since.
 */
export async function settleData(failed: Context, outcome: Outcome, write: Write): Promise<Outcome> {
  const { config, from, taking, wrote } = failed
  if (!wrote || !from || !taking?.id || outcome !== 'rolled back') return outcome
  try {
    if (config.ON_FAILURE === 'restore-data') {
      await putBack(failed, write)
      return 'rolled back with data'
    }
    await tellWritten(failed)
  } catch (error) {
    log.error(
      `the data could not be ${config.ON_FAILURE === 'restore-data' ? 'put back' : 'compared'}: ${messageOf(error)}`,
    )
    log.note(`next: make restore SNAPSHOT=${shortSnapshot(taking.id)}`)
  }
  return outcome
}

async function putBack({ config, from, taking, release: left, step: taken }: Context, write: Write): Promise<void> {
  if (!from || !taking) return
  const { PROJECT } = config
  const { id: snapshot, kinds } = taking
  const keys = Object.keys(kinds)
  const pairs = await Promise.all(keys.map(async (key) => [key, await freeName(PROJECT, key)] as const))
  const release = withVolumes(from, Object.fromEntries(pairs))
  saveRelease(release)
  const because = `${left.image.version} has written to the others (ON_FAILURE=restore-data)`
  const fill: Step = { do: 'fill', snapshot, kinds, names: Object.fromEntries(pairs), because }
  const observed = await observe(PROJECT)
  const steps = [fill, ...planRollout(release, observed, 0)]
  const context = makeContext(config, release, observed, { target: 'restore', from, patient: true })
  await applySteps(context, steps, write, taken)
  await settleVolumes(release)
  const { started, cut, held } = context
  recordRelease(config, { target: 'restore', release, from: from.id, because, outcome: 'deployed', started, cut, held })
  for (const { name } of from.volumes)
    log.note(`what was written since is in the volume ${name} alone, until: make prune FORCE=1`)
}

async function tellWritten({ config, from, taking, release }: Context): Promise<void> {
  if (!from || !taking) return
  const proof = readProofs(config.PROJECT).find(({ id }) => id === taking.id)
  const lines: string[] = []
  for (const volume of from.volumes) {
    const before = proof?.described[volume.key]
    if (before && taking.kinds[volume.key] !== 'dump')
      lines.push(...diffDescriptions(before, await describe(config, from, volume, volume.name)))
  }
  const since = `since the snapshot ${shortSnapshot(taking.id)}`
  log.warn(
    lines.length > 0
      ? `${release.image.version} had started: ${since} the data have changed: ${lines.join(', ')}`
      : `${release.image.version} had started; ${since} its hooks name no change`,
  )
  log.note(`the data as they were: make restore SNAPSHOT=${shortSnapshot(taking.id)}`)
}
