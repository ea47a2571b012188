import { Failure } from '../../cli/failure.ts'
import type { Config } from '../../config/io/read.ts'
import { type Evidence, evidenceFile, isEvidence } from '../../image/evidence.ts'
import { findRegistryImage, listRegistryTags } from '../../registry/io/oras.ts'
import { registryOf } from '../../registry/name.ts'
import { askedVersion, findTagged } from '../../release/io/choose-image.ts'
import { readLedger } from '../../state/io/ledger.ts'
import type { Pushing } from '../push-plan.ts'

export type Observed = Pushing & { readonly evidence: Evidence | undefined }

/**
 * Observes the version that is asked for, on this engine and in its registry. Throws a Failure where the repository
 * names no registry, or this engine has no such version.
 */
export async function observe(config: Config): Promise<Observed> {
  const { PROJECT, IMAGE_REPOSITORY: repository } = config
  if (registryOf(repository) === undefined)
    throw new Failure(`IMAGE_REPOSITORY=${JSON.stringify(repository)} names no registry to push to`, {
      next: 'set IMAGE_REPOSITORY to registry.example.com/team/name, then: make build test tag push',
    })
  const version = await askedVersion(config)
  const found = await findTagged(config, version)
  if (!found)
    throw new Failure(`${JSON.stringify(version)} is not tagged on this engine`, { next: 'make build test tag push' })
  const evidence = readLedger(isEvidence, PROJECT, ...evidenceFile(found.Id))
  const [held, tags] = [await findRegistryImage(config, version), await listRegistryTags(config)]
  return { repository, version, image: found.Id, tested: evidence !== undefined, held, tags, evidence }
}
