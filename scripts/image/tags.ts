import { shortId } from '../cli/digest.ts'
import { Failure } from '../cli/failure.ts'
import { isVersion, tagsFor } from '../version/version.ts'

export type Observed = {
  readonly version: string
  /** The image that was built for that version. */
  readonly candidate: string
  readonly tested: boolean
  /** The image id by tag, for every tag of the repository on this engine. */
  readonly tags: Readonly<Record<string, string>>
}
export type TagStep = { readonly tag: string; readonly image: string; readonly because: string }

/**
 * The tags to set; `untested` accepts any image. Throws a Failure without a tested image, or where the version names
 * another.
 */
export function planTags({ version, candidate, tested, tags }: Observed, untested: boolean): TagStep[] {
  const taken = tags[version]
  if (taken !== undefined && taken !== candidate) {
    throw new Failure(
      `${version} already names the image ${shortId(taken)}, and the one built now is ${shortId(candidate)}: a full version never moves`,
      {
        next: 'tag a new version (git tag v…), then: make build test tag',
      },
    )
  }
  if (!tested && !untested) {
    throw new Failure(`the image ${shortId(candidate)} of ${version} has not passed its tests`, {
      next: 'make test tag   (FORCE=untested tags it anyway, and is recorded)',
    })
  }
  const versions = Object.keys(tags).filter(isVersion)
  const wanted = tagsFor(version, versions).filter((tag) => tags[tag] !== candidate)
  return wanted.map((tag) => ({
    tag,
    image: candidate,
    because: tags[tag] === undefined ? 'new' : `moves from ${shortId(tags[tag])}`,
  }))
}
