import { shortId } from '../cli/digest.ts'
import { Failure } from '../cli/failure.ts'
import { type RegistryImage, requireSame } from '../registry/registry-image.ts'
import { isVersion, tagsFor } from '../version/version.ts'

/** A version about to be pushed, and what the registry has of its repository. */
export type Pushing = {
  readonly repository: string
  readonly version: string
  /** The id of the image that the version names on this engine. */
  readonly image: string
  readonly tested: boolean
  /** What the registry has under the version, and all its tags. */
  readonly held: RegistryImage | undefined
  readonly tags: readonly string[]
}
export type PushPlan = { readonly upload: boolean; readonly aliases: readonly string[] }

/**
 * Decides whether to upload the image, and which tags besides its version move to it. Throws a Failure where the push
 * is not allowed.
 */
export function planPush({ repository, version, image, tested, held, tags }: Pushing, untested: boolean): PushPlan {
  if (!tested && !untested)
    throw new Failure(`the image ${shortId(image)} of ${version} has not passed its tests`, {
      next: 'make test tag push   (FORCE=untested pushes it anyway, and is recorded)',
    })
  requireSame(repository, version, image, held)
  return {
    upload: held === undefined,
    aliases: tagsFor(version, tags.filter(isVersion)).filter((tag) => tag !== version),
  }
}
