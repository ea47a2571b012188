import { shortId } from '../cli/digest.ts'
import { Failure } from '../cli/failure.ts'
import type { Forced } from '../config/options.ts'
import type { Settings } from '../config/settings.ts'
import { imagesOf, type ReleaseEntry } from '../release/history.ts'

export type Promotion = {
  readonly version: string
  /** The ids of its images, by the names of their builds. */
  readonly images: Readonly<Record<string, string>>
  /** The environment that they must have served in, and what its ledger says. */
  readonly before: Pick<Settings, 'ENV' | 'PROJECT' | 'ENGINE'>
  readonly entries: readonly ReleaseEntry[]
}

/**
 * Throws a Failure where the images have not served together in the environment before. With FORCE=promotion it gives a warning instead;
 * undefined where there is nothing to say.
 */
export function checkPromotion({ version, images, before, entries }: Promotion, forced: Forced): string | undefined {
  const served = (entry: ReleaseEntry) => {
    const theirs = imagesOf(entry)
    return entry.outcome === 'deployed' && Object.entries(images).every(([name, id]) => theirs[name] === id)
  }
  if (entries.some(served)) return undefined
  const { ENV, PROJECT, ENGINE } = before
  const where = `${ENV} (the project ${PROJECT}${ENGINE ? ` on ${ENGINE}` : ''})`
  const what = `${version} (${Object.values(images).map(shortId).join(', ')}) has not served in ${where}`
  if (forced.has('promotion')) return `${what}: it is deployed anyway, because of FORCE=promotion`
  throw new Failure(what, {
    next: `make deploy ENV=${ENV} VERSION=${version}   (FORCE=promotion takes it without that)`,
  })
}
