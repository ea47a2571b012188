import { log } from '../../cli/io/log.ts'
import { type Config, readSettingsOf } from '../../config/io/read.ts'
import type { Settings } from '../../config/settings.ts'
import type { ReleaseEntry } from '../../release/history.ts'
import { parseReleases, readReleases } from '../../release/io/history.ts'
import { checkPromotion } from '../promotion.ts'

/** With PROMOTE_FROM, throws a Failure unless this very image has served in that environment (FORCE=promotion overrides it). */
export async function requirePromoted(config: Config, version: string, image: string): Promise<void> {
  const { PROMOTE_FROM, options } = config
  if (PROMOTE_FROM === '') return
  const before = await readSettingsOf(PROMOTE_FROM)
  const asked = { version, image, before, entries: await entriesOf(config, before) }
  const warning = checkPromotion(asked, options.force)
  if (warning) log.warn(warning)
}

async function entriesOf(config: Config, { PROJECT, ENGINE }: Settings): Promise<ReleaseEntry[]> {
  if (ENGINE === '') return readReleases(PROJECT)
  const { readRemoteLedger } = await import('./read-ledger.ts')
  return parseReleases(await readRemoteLedger({ ...config, ENGINE }, `/ledger/${PROJECT}/releases.jsonl`))
}
