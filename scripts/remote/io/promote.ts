import { shortId } from '../../cli/digest.ts'
import { Failure } from '../../cli/failure.ts'
import { log } from '../../cli/io/log.ts'
import { type Config, readSettingsOf } from '../../config/io/read.ts'
import type { Settings } from '../../config/settings.ts'
import type { ReleaseEntry } from '../../release/history.ts'
import { parseReleases, readReleases } from '../../release/io/history.ts'

/** With PROMOTE_FROM, throws a Failure unless this very image has served in that environment (FORCE=1 overrides it). */
export async function requirePromoted(config: Config, version: string, image: string): Promise<void> {
  const { PROMOTE_FROM, options } = config
  if (PROMOTE_FROM === '') return
  const before = await readSettingsOf(PROMOTE_FROM)
  const entries = await entriesOf(config, before)
  if (entries.some((entry) => entry.outcome === 'deployed' && entry.image === image)) return
  const where = `${PROMOTE_FROM} (the project ${before.PROJECT}${before.ENGINE ? ` on ${before.ENGINE}` : ''})`
  const what = `${version} (${shortId(image)}) has not served in ${where}`
  if (!options.force) throw new Failure(what, { next: `make deploy ENV=${PROMOTE_FROM} VERSION=${version}` })
  log.warn(`${what}: it is taken all the same, as FORCE=1 asked`)
}

async function entriesOf(config: Config, { PROJECT, ENGINE }: Settings): Promise<ReleaseEntry[]> {
  if (ENGINE === '') return readReleases(PROJECT)
  const { readRemoteLedger } = await import('./read-ledger.ts')
  return parseReleases(await readRemoteLedger({ ...config, ENGINE }, `/ledger/${PROJECT}/releases.jsonl`))
}
