import type { Settings } from '../config/settings.ts'
import { registryOf } from '../registry/name.ts'

/** A step of the pipeline: its target, and the reason if the pipeline skips it. */
export type CiStep = { readonly target: string; readonly skipped: string | undefined }

/**
 * Plans the pipeline of the checkout: build, test, audit if VULNERABILITIES names a database, tag, and push if
 * IMAGE_REPOSITORY names a registry.
 */
export function planCi(settings: Pick<Settings, 'IMAGE_REPOSITORY' | 'VULNERABILITIES'>): CiStep[] {
  const { IMAGE_REPOSITORY, VULNERABILITIES } = settings
  const unchecked = VULNERABILITIES ? undefined : 'not checked, VULNERABILITIES names no database'
  const local = registryOf(IMAGE_REPOSITORY) ? undefined : `IMAGE_REPOSITORY=${IMAGE_REPOSITORY} names no registry`
  const skipped: Readonly<Record<string, string | undefined>> = { audit: unchecked, push: local }
  return ['build', 'test', 'audit', 'tag', 'push'].map((target) => ({ target, skipped: skipped[target] }))
}
