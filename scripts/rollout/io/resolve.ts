import type { Config } from '../../config/io/read.ts'
import { readCurrent, readKept, readLast } from '../../data/io/volumes.ts'
import { rememberSigned } from '../../registry/io/cosign.ts'
import { chooseImage, withBuilt } from '../../release/io/choose-image.ts'
import { readReleases } from '../../release/io/history.ts'
import { buildsOf, renderRelease, resolveCompose } from '../../release/io/render.ts'
import { makeSecretKey } from '../../release/io/secrets.ts'
import { withKept } from '../../release/kept-paths.ts'
import { idsOf, type Release } from '../../release/model.ts'
import { withVolumes } from '../../release/over-volumes.ts'
import { requirePromoted } from '../../remote/io/promote.ts'
import { holdFor } from '../slow-start.ts'

/**
 * The release that was asked for: its images, pulled where this engine does not have them, under the checkout's Compose
 * file and settings, over the project's data. With `keep` the ledger gets what later runs need of that: a plan writes nothing
 * there. Throws a Failure where there is no such image, or it may not serve here.
 */
export async function resolveRelease(config: Config, { keep }: { readonly keep: boolean }): Promise<Release> {
  const chosen = await chooseImage(config)
  const compose = await resolveCompose(config, chosen.id)
  const image = await withBuilt(config, chosen, await buildsOf(config, compose))
  // Whoever sent this run to this engine has checked the promotion and the signature.
  if (!config.options.carried) await requirePromoted(config, image)
  if (keep && !config.options.carried) for (const id of Object.values(idsOf(image))) rememberSigned(config, id)
  if (keep) makeSecretKey(config.PROJECT)
  const hold = holdOf(config)
  return overCurrentVolumes(config.PROJECT, await renderRelease({ ...config, HOLD_TIMEOUT: hold }, image, compose))
}

/** HOLD_TIMEOUT for the next version, or for `last` once more, by how long the one before took to start. */
export function holdOf({ PROJECT, HOLD_TIMEOUT }: Config, last = readLast(PROJECT)): number {
  const started = readReleases(PROJECT).findLast(
    ({ outcome, steps = [] }) =>
      outcome === 'deployed' && steps.some(({ step }) => step === 'ready' || step === 'recreate'),
  )
  return last && started?.steps ? holdFor(HOLD_TIMEOUT, last, started.steps) : HOLD_TIMEOUT
}

/** A release of before, whose requests may wait as long as the next version's: it need not have been known then how long a start takes. */
export function withHold(config: Config, release: Release): Release {
  const hold = Math.max(holdOf(config, release), release.proxy.hold)
  return { ...release, proxy: { ...release.proxy, hold } }
}

/** The release over the volumes that hold the project's data now, also what services wrote outside of them before. */
export const overCurrentVolumes = (project: string, release: Release): Release =>
  withVolumes(withKept(release, readKept(project)), readCurrent(project))
