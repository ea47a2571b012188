import { printResult } from './cli/io/result.ts'
import { chooseSnapshot } from './data/choose-snapshot.ts'
import { listSnapshots, readVerifications } from './data/io/repository.ts'
import { restoreAlone } from './data/io/restore-cold.ts'
import { renderRestored, reportRestored } from './data/snapshots-report.ts'
import { findImage } from './docker/io/engine.ts'
import { lastGood } from './release/io/history.ts'
import { observe } from './rollout/io/observe.ts'
import { prepareRestore, requireTakeable } from './rollout/io/prepare.ts'
import { recover } from './rollout/io/recover.ts'
import { rollOut } from './rollout/io/transaction.ts'
import { takeLock } from './state/io/lock.ts'
import { readRunLog } from './state/io/run-log.ts'
import { runMain } from './target/io/run-main.ts'

await runMain(async (config) => {
  const { PROJECT, options } = config
  await takeLock(config, 'restore')
  const runLog = readRunLog(PROJECT, options.force)
  if (runLog) await recover(config, runLog)
  const { snapshots } = await listSnapshots(config)
  const snapshot = chooseSnapshot(snapshots, readVerifications(PROJECT), options.snapshot)
  const release = lastGood(PROJECT)
  if (!release || !(await findImage(release.image.id))) {
    const volumes = await restoreAlone(config, snapshot)
    return printResult(config, reportRestored(snapshot, volumes), renderRestored(snapshot, volumes))
  }
  const planned = await prepareRestore(config, release, snapshot, await observe(PROJECT))
  await requireTakeable(config, planned)
  await rollOut(config, { target: 'restore', finishes: false, ...planned })
}, 'refused')
