import type { ReleaseEntry } from '../core/release-entry.ts'
import { hasRelease, loadRelease } from '../io/compose.ts'
import { listImageIds } from '../io/engine.ts'
import { readJournal } from '../io/journal.ts'
import { takeLock } from '../io/lock.ts'
import { observe } from '../io/observe.ts'
import { planRelease, requireTakeable } from '../io/plan-version.ts'
import { readReleases } from '../io/releases.ts'
import { adopt, settle } from '../io/rollout/recover.ts'
import { rollOut } from '../io/rollout/run.ts'
import { runMain } from '../io/run-main.ts'
import { chooseRelease } from './plan.ts'

await runMain(async (config) => {
  const { PROJECT, options } = config
  await takeLock(config, 'rollback')
  const journal = readJournal(PROJECT, options.force)
  await settle(config, journal)
  const images = await listImageIds()
  const isKept = ({ image, release }: ReleaseEntry) => images.has(image) && hasRelease(PROJECT, release)
  const entry = chooseRelease(readReleases(PROJECT), isKept, options.version, journal !== undefined)
  const release = loadRelease(PROJECT, entry.release)
  const planned = planRelease(config, release, await observe(PROJECT))
  await requireTakeable(config, planned)
  const finishes = adopt(config, release)
  await rollOut(config, { target: 'rollback', finishes, ...planned })
}, 'refused')
