import { chooseSnapshot } from '../core/snapshot.ts'
import { listSnapshots, readProofs } from '../io/data/repository.ts'
import { restoreAlone } from '../io/data/restore-alone.ts'
import { findImage } from '../io/engine.ts'
import { readJournal } from '../io/journal.ts'
import { takeLock } from '../io/lock.ts'
import { observe } from '../io/observe.ts'
import { planRestore, requireTakeable } from '../io/plan-version.ts'
import { lastGood } from '../io/releases.ts'
import { recover } from '../io/rollout/recover.ts'
import { rollOut } from '../io/rollout/run.ts'
import { runMain } from '../io/run-main.ts'

await runMain(async (config) => {
  const { PROJECT, options } = config
  await takeLock(config, 'restore')
  const journal = readJournal(PROJECT, options.force)
  if (journal) await recover(config, journal)
  const { snapshots } = await listSnapshots(config)
  const snapshot = chooseSnapshot(snapshots, readProofs(PROJECT), options.snapshot)
  const release = lastGood(PROJECT)
  if (!release || !(await findImage(release.image.id))) return await restoreAlone(config, snapshot)
  const planned = await planRestore(config, release, snapshot, await observe(PROJECT))
  await requireTakeable(config, planned)
  await rollOut(config, { target: 'restore', finishes: false, ...planned })
}, 'refused')
