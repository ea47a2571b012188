import type { Config } from '../../config/io/read.ts'
import { chooseSnapshot } from '../choose-snapshot.ts'
import type { Snapshot } from '../snapshot.ts'
import { listSnapshots, readVerifications } from './repository.ts'

/** The snapshot that SNAPSHOT= names, or the last good one; `of` narrows the choice. Throws a Failure with the choices. */
export async function findSnapshot(
  config: Config,
  of: (snapshot: Snapshot) => boolean = () => true,
): Promise<Snapshot> {
  const { snapshots } = await listSnapshots(config)
  return chooseSnapshot(snapshots, readVerifications(config.PROJECT), config.options.snapshot, of)
}
