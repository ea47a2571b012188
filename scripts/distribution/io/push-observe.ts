import { Failure } from '../../cli/failure.ts'
import type { Config } from '../../config/io/read.ts'
import type { Build, Builds } from '../../image/builds.ts'
import { covers, type Evidence, evidenceFile, isEvidence } from '../../image/evidence.ts'
import { findRegistryImage, listRegistryTags } from '../../registry/io/oras.ts'
import { registryOf } from '../../registry/name.ts'
import { askedVersion, findTagged } from '../../release/io/choose-image.ts'
import { readLedger } from '../../state/io/ledger.ts'
import type { Pushing } from '../push-plan.ts'

export type Observed = Pushing & { readonly build: Build; readonly evidence: Evidence | undefined }

/**
 * Observes the images of the version that is asked for, on this engine and in its registry: the application's, and those of other builds.
 * Throws a Failure where the repository names no registry, or this engine has no such version.
 */
export async function observe(
  config: Config,
  builds: Builds,
): Promise<{ readonly app: Observed; readonly others: readonly Observed[] }> {
  const { PROJECT, IMAGE_REPOSITORY: repository } = config
  if (registryOf(repository) === undefined)
    throw new Failure(`IMAGE_REPOSITORY=${JSON.stringify(repository)} names no registry to push to`, {
      next: 'set IMAGE_REPOSITORY to registry.example.com/team/name, then: make build test tag push',
    })
  const version = await askedVersion(config)
  const look = async (build: Build) => {
    const own = { ...config, IMAGE_REPOSITORY: build.repository }
    const image = (await findTagged(own, version))?.Id
    if (image === undefined)
      throw new Failure(`${build.repository}:${version} is not tagged on this engine`, {
        next: 'make build test tag push',
      })
    const [held, tags] = [await findRegistryImage(own, version), await listRegistryTags(own)]
    return { build, repository: build.repository, version, image, held, tags }
  }
  const app = await look(builds[0])
  const others: Awaited<ReturnType<typeof look>>[] = []
  for (const build of builds.slice(1)) others.push(await look(build))
  const built = Object.fromEntries(others.map(({ build, image }) => [build.name, image]))
  const evidence = readLedger(isEvidence, PROJECT, ...evidenceFile(app.image))
  const seen = { evidence, tested: evidence !== undefined && covers(evidence, built) }
  return { app: { ...app, ...seen }, others: others.map((one) => ({ ...one, ...seen })) }
}
