import { chooseSnapshot } from './data/choose-snapshot.ts'
import { listSnapshots, readVerifications } from './data/io/repository.ts'
import { holdsDataOf } from './data/snapshot.ts'
import { listImageIds } from './docker/io/engine.ts'
import { chooseRelease, restoresData } from './release/choose-rollback.ts'
import type { ReleaseEntry } from './release/history.ts'
import { readReleases } from './release/io/history.ts'
import { hasRelease, loadRelease } from './release/io/render.ts'
import { observe } from './rollout/io/observe.ts'
import { prepareRelease, prepareRestore, requireTakeable } from './rollout/io/prepare.ts'
import { finishPendingStops, supersedeKilledRun } from './rollout/io/recover.ts'
import { overCurrentVolumes } from './rollout/io/resolve.ts'
import { rollOut } from './rollout/io/transaction.ts'
import { takeLock } from './state/io/lock.ts'
import { readRunLog } from './state/io/run-log.ts'
import { runMain } from './target/io/run-main.ts'

await runMain(async (config) => {
  const { PROJECT, options } = config
  const withData = restoresData(options.data)
  await takeLock(config, 'rollback')
  const runLog = readRunLog(PROJECT, options.force)
  await finishPendingStops(config, runLog)
  const images = await listImageIds()
  const isKept = ({ image, release }: ReleaseEntry) => images.has(image) && hasRelease(PROJECT, release)
  const entry = chooseRelease(readReleases(PROJECT), isKept, options.version, runLog !== undefined)
  const kept = loadRelease(PROJECT, entry.release)
  const observed = await observe(PROJECT)
  const snapshotOf = async () => {
    const { snapshots } = await listSnapshots(config)
    return chooseSnapshot(snapshots, readVerifications(PROJECT), options.snapshot, holdsDataOf(entry))
  }
  const planned = withData
    ? await prepareRestore(config, kept, await snapshotOf(), observed)
    : await prepareRelease(config, overCurrentVolumes(PROJECT, kept), observed, { back: true })
  await requireTakeable(config, planned)
  const finishes = supersedeKilledRun(config, planned.release)
  await rollOut(config, { target: 'rollback', finishes, ...planned })
}, 'refused')
