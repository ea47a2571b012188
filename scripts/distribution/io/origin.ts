import type { Settings } from '../../config/settings.ts'
import { findImage } from '../../docker/io/engine.ts'
import type { Build } from '../../image/builds.ts'
import type { Evidence } from '../../image/evidence.ts'
import { provenanceOf } from '../provenance.ts'
import { sbomOf } from '../sbom.ts'
import { readInventory } from './inventory.ts'

/** A document about an image's origin that travels with the image, and its media type. */
export type OriginDocument = {
  readonly file: string
  readonly type: string
  readonly make: () => Promise<object>
}
export type Subject = {
  /** The repository of its image, and its Dockerfile. */
  readonly build: Pick<Build, 'repository' | 'file'>
  readonly version: string
  /** The image's id on this engine. */
  readonly image: string
  /** The digest under which a registry has the image; without a registry, the image's id. */
  readonly digest: string
  readonly evidence?: Evidence | undefined
}

/**
 * The SBOM of an image (its parts, CycloneDX) and its provenance (SLSA). The same image always has the same documents.
 */
export function originOf(
  { PROJECT }: Pick<Settings, 'PROJECT'>,
  { build: { repository, file: dockerfile }, version, image, digest, evidence }: Subject,
): OriginDocument[] {
  return [
    {
      file: 'sbom.cdx.json',
      type: 'application/vnd.cyclonedx+json',
      make: async () => sbomOf(repository, version, image, await readInventory(PROJECT, image)),
    },
    {
      file: 'provenance.json',
      type: 'application/vnd.in-toto+json',
      make: async () => {
        const labels = (await findImage(image))?.Config.Labels ?? {}
        return provenanceOf({ repository, digest, labels, dockerfile, evidence })
      },
    },
  ]
}
