import { printResult } from './cli/io/result.ts'
import { findSnapshot } from './data/io/find-snapshot.ts'
import { restoreAlone } from './data/io/restore-cold.ts'
import { renderRestored, reportRestored } from './data/snapshots-report.ts'
import { lastThatCanRun } from './release/io/history.ts'
import { settleFirst } from './rollout/io/keep.ts'
import { observe } from './rollout/io/observe.ts'
import { planRestore, requireTakeable, showReplaced } from './rollout/io/prepare.ts'
import { withHold } from './rollout/io/resolve.ts'
import { isPreview } from './rollout/io/show-plan.ts'
import { rollOut } from './rollout/io/transaction.ts'
import { takeLock } from './state/io/lock.ts'
import { runMain } from './target/io/run-main.ts'

await runMain(async (config) => {
  await takeLock(config, 'restore')
  await settleFirst(config)
  const snapshot = await findSnapshot(config)
  const release = await lastThatCanRun(config.PROJECT)
  if (release) {
    const planned = await planRestore(config, withHold(config, release), snapshot, await observe(config.PROJECT))
    await showReplaced(config, planned)
    await requireTakeable(config, planned)
    return await rollOut(config, { target: 'restore', finishes: false, ...planned })
  }
  const volumes = isPreview(config) ? undefined : await restoreAlone(config, snapshot)
  printResult(config, reportRestored(snapshot, volumes), renderRestored(snapshot, volumes))
}, 'refused')
