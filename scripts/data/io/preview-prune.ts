import { printResult } from '../../cli/io/result.ts'
import type { Config } from '../../config/io/read.ts'
import { observe } from '../../release/io/prune-observe.ts'
import { planPrune } from '../../release/prune-plan.ts'
import { renderDoomed } from '../../release/prune-report.ts'
import { planDataPrune } from './prune.ts'
import { listSnapshots } from './repository.ts'

/** Prints what a prune would remove, and removes nothing. */
export async function previewPrune(config: Config): Promise<void> {
  const data = await planDataPrune(config, (await listSnapshots(config)).snapshots)
  const removals = [...data.removals, ...planPrune(config, await observe(config))]
  printResult(config, { outcome: 'planned', removals }, renderDoomed(removals))
}
