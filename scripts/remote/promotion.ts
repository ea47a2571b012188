import { shortId } from '../cli/digest.ts'
import { Failure } from '../cli/failure.ts'
import type { Forced } from '../config/options.ts'
import type { Settings } from '../config/settings.ts'
import type { ReleaseEntry } from '../release/history.ts'

export type Promotion = {
  readonly version: string
  /** The image's id. */
  readonly image: string
  /** The environment that the image must have served in, and what its ledger says. */
  readonly before: Pick<Settings, 'ENV' | 'PROJECT' | 'ENGINE'>
  readonly entries: readonly ReleaseEntry[]
}

/**
 * Throws a Failure where the image has not served in the environment before. With FORCE=promotion it gives a warning instead;
 * undefined where there is nothing to say.
 */
export function checkPromotion({ version, image, before, entries }: Promotion, forced: Forced): string | undefined {
  if (entries.some((entry) => entry.outcome === 'deployed' && entry.image === image)) return undefined
  const { ENV, PROJECT, ENGINE } = before
  const where = `${ENV} (the project ${PROJECT}${ENGINE ? ` on ${ENGINE}` : ''})`
  const what = `${version} (${shortId(image)}) has not served in ${where}`
  if (forced.has('promotion')) return `${what}: it is deployed anyway, because of FORCE=promotion`
  throw new Failure(what, {
    next: `make deploy ENV=${ENV} VERSION=${version}   (FORCE=promotion takes it without that)`,
  })
}
