import type { ReleaseEntry } from '../core/release-entry.ts'
import { chooseSnapshot, holdsDataOf } from '../core/snapshot.ts'
import { hasRelease, loadRelease } from '../io/compose.ts'
import { listSnapshots, readProofs } from '../io/data/repository.ts'
import { listImageIds } from '../io/engine.ts'
import { readJournal } from '../io/journal.ts'
import { takeLock } from '../io/lock.ts'
import { observe } from '../io/observe.ts'
import { overCurrentVolumes, planRelease, planRestore, requireTakeable } from '../io/plan-version.ts'
import { readReleases } from '../io/releases.ts'
import { adopt, settle } from '../io/rollout/recover.ts'
import { rollOut } from '../io/rollout/run.ts'
import { runMain } from '../io/run-main.ts'
import { chooseRelease, restoresData } from './plan.ts'

await runMain(async (config) => {
  const { PROJECT, options } = config
  const withData = restoresData(options.data)
  await takeLock(config, 'rollback')
  const journal = readJournal(PROJECT, options.force)
  await settle(config, journal)
  const images = await listImageIds()
  const isKept = ({ image, release }: ReleaseEntry) => images.has(image) && hasRelease(PROJECT, release)
  const entry = chooseRelease(readReleases(PROJECT), isKept, options.version, journal !== undefined)
  const kept = loadRelease(PROJECT, entry.release)
  const observed = await observe(PROJECT)
  const snapshotOf = async () =>
    chooseSnapshot((await listSnapshots(config)).snapshots, readProofs(PROJECT), options.snapshot, holdsDataOf(entry))
  const planned = withData
    ? await planRestore(config, kept, await snapshotOf(), observed)
    : await planRelease(config, overCurrentVolumes(PROJECT, kept), observed, { back: true })
  await requireTakeable(config, planned)
  const finishes = adopt(config, planned.release)
  await rollOut(config, { target: 'rollback', finishes, ...planned })
}, 'refused')
