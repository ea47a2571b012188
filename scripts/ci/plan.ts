import type { Settings } from '../config/settings.ts'
import { registryOf } from '../registry/name.ts'

/** A step of the pipeline: its target, and the reason if the pipeline skips it. */
export type CiStep = { readonly target: string; readonly skipped: string | undefined }

/** Plans the pipeline of the checkout: build, test, tag, and push if IMAGE_REPOSITORY names a registry. */
export function planCi({ IMAGE_REPOSITORY }: Pick<Settings, 'IMAGE_REPOSITORY'>): CiStep[] {
  const skipped = registryOf(IMAGE_REPOSITORY) ? undefined : `IMAGE_REPOSITORY=${IMAGE_REPOSITORY} names no registry`
  return [...['build', 'test', 'tag'].map((target) => ({ target, skipped: undefined })), { target: 'push', skipped }]
}
