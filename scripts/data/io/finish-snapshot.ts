import { Failure } from '../../cli/failure.ts'
import { log } from '../../cli/io/log.ts'
import { waitFor } from '../../cli/io/wait.ts'
import type { Config } from '../../config/io/read.ts'
import { INCOMPLETE, parseBackup } from '../restic-report.ts'
import { shortSnapshot } from '../snapshot.ts'
import type { BegunSnapshot, FinishedSnapshot } from '../snapshot-states.ts'
import { checked, restic } from './repository.ts'

/**
 * Finishes a snapshot: it holds the data as they are from this moment on. Throws a Failure where that takes longer than
 * `limit` seconds, or where restic could not read a file.
 */
export async function finishSnapshot(config: Config, begun: BegunSnapshot, limit: number): Promise<FinishedSnapshot> {
  const { finish, giveUp: _giveUp, ...contents } = begun
  const finishing = finish()
  const over = finishing.then(
    () => true,
    () => true,
  )
  if (!(await waitFor(async () => await Promise.race([over, false]), limit)))
    throw new Failure(`the snapshot is not finished within ${limit.toFixed(1)} seconds, while requests wait`, {
      next: 'HOLD_TIMEOUT=… make deploy   (longer, at most 50)',
    })
  const result = await finishing
  if (result.exitCode === INCOMPLETE) await restic(config, ['forget', parseBackup(result).id])
  const { id, bytes, changed } = parseBackup(checked(config, result))
  log.detail(`snapshot ${shortSnapshot(id)}`)
  return { ...contents, id, bytes, changed: [...new Set([...contents.changed, ...changed])] }
}
