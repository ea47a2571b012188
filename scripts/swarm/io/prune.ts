import { printResult } from '../../cli/io/result.ts'
import { applyData, clearData, planDataPrune } from '../../data/io/prune.ts'
import { listSnapshots } from '../../data/io/repository.ts'
import type { DataPlan } from '../../data/prune-plan.ts'
import { lastGood } from '../../release/io/history.ts'
import { applyPrune } from '../../release/io/prune-apply.ts'
import { observe } from '../../release/io/prune-observe.ts'
import type { Removal } from '../../release/prune-images.ts'
import { planPrune } from '../../release/prune-plan.ts'
import { renderDoomed, renderPrune, reportPrune } from '../../release/prune-report.ts'
import { isPreview } from '../../rollout/io/show-plan.ts'
import { atData } from './back-up.ts'
import { listUnused, removeUnused } from './immutables.ts'
import type { Rollouts } from './serve.ts'

/**
 * Removes what no rollback needs: snapshots and replaced volumes where the data are, images of this engine, releases of the
 * ledger, and configs and secrets that no service has. A preview says what would go.
 */
export async function pruneOnSwarm(run: Rollouts): Promise<void> {
  const { config, push } = run
  const { PROJECT } = config
  const unused = await listUnused(PROJECT)
  const immutables = unused.map(({ kind, id, name }): Removal => {
    return { what: kind, id, name, references: [], bytes: 0, because: 'no service has it' }
  })
  if (isPreview(config)) {
    const data = await ofData(run, async () => planDataPrune(config, (await listSnapshots(config)).snapshots))
    const removals = [...data.removals, ...planPrune(config, await observe(config)), ...immutables]
    return printResult(config, { outcome: 'planned', removals }, renderDoomed(removals))
  }
  const data = await ofData(run, async () => {
    const planned = await planDataPrune(config, await clearData(config))
    await applyData(config, planned)
    return planned
  })
  const images = await applyPrune(PROJECT, planPrune(config, await observe(config)))
  await removeUnused(unused)
  await push()
  const removed = [...data.removals, ...images.removed, ...immutables]
  const pruned = { ...images, removed, kept: [...data.kept, ...images.kept] }
  printResult(config, reportPrune(pruned), renderPrune(pruned))
}

const NOTHING: DataPlan = { removals: [], kept: [] }
const ofData = async (run: Rollouts, work: () => Promise<DataPlan>): Promise<DataPlan> =>
  lastGood(run.config.PROJECT)?.volumes.length ? await atData(run, work) : NOTHING
