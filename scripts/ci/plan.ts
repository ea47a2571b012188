import type { Settings } from '../config/settings.ts'
import { registryOf } from '../registry/name.ts'

/** A step of the pipeline: a target, or the reason why it is left out. */
export type CiStep = { readonly target: string; readonly skipped: string | undefined }

/** The pipeline of what is checked out: build, test and tag it, and push it where IMAGE_REPOSITORY names a registry. */
export function planCi({ IMAGE_REPOSITORY }: Pick<Settings, 'IMAGE_REPOSITORY'>): CiStep[] {
  const skipped = registryOf(IMAGE_REPOSITORY) ? undefined : `IMAGE_REPOSITORY=${IMAGE_REPOSITORY} names no registry`
  return [...['build', 'test', 'tag'].map((target) => ({ target, skipped: undefined })), { target: 'push', skipped }]
}
