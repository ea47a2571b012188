import { log } from '../../cli/io/log.ts'
import { type Config, readSettingsOf } from '../../config/io/read.ts'
import type { Settings } from '../../config/settings.ts'
import type { ReleaseEntry } from '../../release/history.ts'
import { parseReleases, readReleases } from '../../release/io/history.ts'
import { type Image, idsOf } from '../../release/model.ts'
import { checkPromotion } from '../promotion.ts'

/** With PROMOTE_FROM, throws a Failure unless these very images have served in that environment (FORCE=promotion overrides it). */
export async function requirePromoted(config: Config, image: Image): Promise<void> {
  const { PROMOTE_FROM, options } = config
  if (PROMOTE_FROM === '') return
  const before = await readSettingsOf(PROMOTE_FROM)
  const asked = { version: image.version, images: idsOf(image), before, entries: await entriesOf(config, before) }
  const warning = checkPromotion(asked, options.force)
  if (warning) log.warn(warning)
}

async function entriesOf(config: Config, { PROJECT, ENGINE }: Settings): Promise<ReleaseEntry[]> {
  if (ENGINE === '') return readReleases(PROJECT)
  const { readRemoteLedger } = await import('./read-ledger.ts')
  return parseReleases(await readRemoteLedger({ ...config, ENGINE }, `/ledger/${PROJECT}/releases.jsonl`))
}
