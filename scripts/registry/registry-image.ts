import * as v from 'valibot'
import { shortId } from '../cli/digest.ts'
import { Failure } from '../cli/failure.ts'
import { tryJson } from '../cli/parse.ts'

/** What a registry has under a tag: the digest of the manifest, and the id of the image that the manifest describes. */
export type RegistryImage = { readonly digest: string; readonly image: string }

const MANIFEST = v.looseObject({ config: v.looseObject({ digest: v.string() }) })
/**
 * The id of the image that a manifest describes. An engine with the containerd store uses the manifest's own digest.
 */
export function imageOf(manifest: string, digest: string): string {
  const value = tryJson(manifest)
  return v.is(MANIFEST, value) ? value.config.digest : digest
}

/** Throws a Failure where the registry's image of the version is not the image with this id. */
export function requireSame(repository: string, version: string, id: string, held: RegistryImage | undefined): void {
  if (held === undefined || id === held.image || id === held.digest) return
  throw new Failure(
    `${repository}:${version} is the image ${shortId(held.image)} in the registry, and ${shortId(id)} here: a full version never moves`,
    {
      next: `tag a new version (git tag v…), then: make ship push; or, to use the registry's: docker image rm ${repository}:${version}`,
    },
  )
}
