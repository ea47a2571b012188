import { tryExec } from '../../cli/io/exec.ts'
import { log } from '../../cli/io/log.ts'
import type { Config } from '../../config/io/read.ts'
import { findSnapshot } from '../../data/io/find-snapshot.ts'
import { holdsDataOf } from '../../data/snapshot.ts'
import { listImageIds } from '../../docker/io/engine.ts'
import { chooseRelease } from '../../release/choose-rollback.ts'
import { imagesOf, type ReleaseEntry } from '../../release/history.ts'
import { readReleases } from '../../release/io/history.ts'
import { hasRelease, loadRelease } from '../../release/io/render.ts'
import type { Release } from '../../release/model.ts'
import { mountedOf, sayMounted } from '../mounted.ts'
import { type Planned, planRelease } from '../plan.ts'
import { observe } from './observe.ts'
import { planRestore, prepareData } from './prepare.ts'
import { overCurrentVolumes, withHold } from './resolve.ts'

/**
 * Plans the way back to VERSION, or to the last good release; `withData` brings its data back, too. `interrupted` says that
 * a killed run has left things as they are. Throws a Failure with the choices where that release cannot be had.
 */
export async function planRollback(
  config: Config,
  { withData, interrupted }: { readonly withData: boolean; readonly interrupted: boolean },
): Promise<Planned> {
  const { PROJECT, options } = config
  const images = await listImageIds()
  const isKept = (entry: ReleaseEntry) =>
    Object.values(imagesOf(entry)).every((id) => images.has(id)) && hasRelease(PROJECT, entry.release)
  const entry = chooseRelease(readReleases(PROJECT), isKept, options.version, interrupted)
  const kept = withHold(config, loadRelease(PROJECT, entry.release))
  await warnOfMounted(kept)
  const observed = await observe(PROJECT)
  if (withData) return await planRestore(config, kept, await findSnapshot(config, holdsDataOf(entry)), observed)
  const release = overCurrentVolumes(PROJECT, kept)
  return planRelease(release, observed, await prepareData(config, release, observed, { back: true }))
}

// Where this checkout knows nothing of that commit, nothing is said: a bundle is no repository.
async function warnOfMounted({ compose, image }: Release): Promise<void> {
  const paths = mountedOf(compose, process.cwd())
  if (paths.length === 0) return
  const differ = ['diff', '--name-only', '--relative', '-z', '--end-of-options', image.revision, '--', ...paths]
  const { stdout, exitCode } = await tryExec(['git', '--literal-pathspecs', ...differ], { quiet: true })
  const files = exitCode === 0 ? stdout.split('\0').filter(Boolean) : []
  if (files.length > 0) log.warn(sayMounted(files, image))
}
