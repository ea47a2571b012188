import { Failure } from '../../cli/failure.ts'
import type { Config } from '../../config/io/read.ts'
import { type Evidence, evidenceFile } from '../../image/evidence.ts'
import { findRemote, listRemoteTags } from '../../registry/io/registry.ts'
import { type Pushing, registryOf } from '../../registry/registry.ts'
import { askedVersion, findTagged } from '../../release/io/choose-image.ts'
import { readLedger } from '../../state/io/ledger.ts'

export type Observed = Pushing & {
  readonly evidence: Evidence | undefined
}

/** The image of the version that is asked for, here and in the registry. Throws a Failure where there is none, of either. */
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
  const evidence = readLedger<Evidence>(PROJECT, ...evidenceFile(found.Id))
  const [held, tags] = [await findRemote(config, version), await listRemoteTags(config)]
  return { repository, version, image: found.Id, tested: evidence !== undefined, held, tags, evidence }
}
