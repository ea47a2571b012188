import { printResult } from '../../cli/io/result.ts'
import type { Config } from '../../config/io/read.ts'
import type { Snapshot } from '../snapshot.ts'
import { renderSnapshots } from '../snapshots-report.ts'
import { readVerifications } from './repository.ts'

/** Prints the snapshots, and which of them were read back. */
export function reportSnapshots(config: Config, snapshots: readonly Snapshot[]): void {
  const verifications = readVerifications(config.PROJECT)
  const rows = snapshots.map((one) => ({ ...one, verified: verifications.find(({ id }) => id === one.id)?.at ?? null }))
  printResult(config, { snapshots: rows }, renderSnapshots(snapshots, verifications, Date.now()))
}
