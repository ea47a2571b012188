import type { Config } from '../../config/io/read.ts'
import { readCurrent } from '../../data/io/volumes.ts'
import { chooseImage } from '../../release/io/choose-image.ts'
import { renderRelease } from '../../release/io/render.ts'
import type { Release } from '../../release/model.ts'
import { withVolumes } from '../../release/over-volumes.ts'
import { requirePromoted } from '../../remote/io/promote.ts'

/**
 * The release that was asked for: its image, pulled where this engine does not have it, under the checkout's Compose
 * file and settings, over the project's data. Throws a Failure where there is no such image, or it may not serve here.
 */
export async function resolveRelease(config: Config): Promise<Release> {
  const image = await chooseImage(config)
  // Whoever sent this run to this engine has checked the promotion.
  if (!config.options.carried) await requirePromoted(config, image.version, image.id)
  return overCurrentVolumes(config.PROJECT, await renderRelease(config, image))
}

/** The release over the volumes that hold the project's data now. */
export const overCurrentVolumes = (project: string, release: Release): Release =>
  withVolumes(release, readCurrent(project))
