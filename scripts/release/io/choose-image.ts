import { Failure, messageOf } from '../../cli/failure.ts'
import { log } from '../../cli/io/log.ts'
import type { Config } from '../../config/io/read.ts'
import { findImage, listTags } from '../../docker/io/engine.ts'
import { OCI } from '../../docker/labels.ts'
import { requireSigned } from '../../registry/io/cosign.ts'
import { findInRegistry } from '../../registry/io/pull.ts'
import { listRemoteTags } from '../../registry/io/registry.ts'
import { registryOf } from '../../registry/registry.ts'
import { readRevision } from '../../version/io/git.ts'
import { isVersion, sortVersions, versionOf } from '../../version/version.ts'
import type { Image } from '../model.ts'
import { readBundled } from './bundled.ts'

/**
 * The image that VERSION names, or what is checked out: what the registry has under it, by its digest, or what is tagged on
 * this engine. Throws a Failure with the choices where it is neither, or not signed as VERIFY_KEY_FILE wants it.
 */
export async function chooseImage(config: Config): Promise<Image> {
  const { IMAGE_REPOSITORY, options } = config
  const version = await askedVersion(config)
  if (options.carried) return await findChosen(version, options.carried)
  const bundled = readBundled()
  if (bundled?.version === version) {
    // No registry is in reach: `load` has seen the bundle's signature.
    const { image, digest } = bundled
    await requireSigned(config, version, image, undefined)
    return await findChosen(version, digest === undefined ? image : `${image}@${digest}`)
  }
  const here = await findTagged(config, version)
  const there = isVersion(version) && registryOf(IMAGE_REPOSITORY) ? await findThere(config, version, here) : undefined
  const found = there?.found ?? here
  if (!found) throw await unknown(config, version)
  await requireSigned(config, version, found.Id, there?.digest)
  return toImage(found, version, there?.digest)
}

/** VERSION, or that of the bundle that this folder was unpacked from, or of what is checked out. */
export const askedVersion = async ({ options }: Config): Promise<string> =>
  options.version ?? readBundled()?.version ?? versionOf(await readRevision(options.ref))

/** What this engine has under a version's tag; undefined for a text that is no version, too. */
export const findTagged = async ({ IMAGE_REPOSITORY }: Config, version: string): Promise<Found | undefined> =>
  isVersion(version) ? await findImage(`${IMAGE_REPOSITORY}:${version}`) : undefined

// What was looked up, and its signature verified, where this run was asked for.
async function findChosen(version: string, carried: string): Promise<Image> {
  const [id = '', digest] = carried.split('@')
  const found = await findImage(id)
  if (!found)
    throw new Failure(`the image ${id} of ${version} is not on this engine`, {
      next: 'make load, or make deploy once more',
    })
  return toImage(found, version, digest)
}

const toImage = ({ Id: id, Config: { Labels, Volumes } }: Found, version: string, digest?: string): Image => ({
  id,
  version,
  revision: Labels?.[`${OCI}.revision`] ?? '',
  volumes: Object.keys(Volumes ?? {}),
  digest,
})

type Found = NonNullable<Awaited<ReturnType<typeof findImage>>>
async function findThere(config: Config, version: string, here: Found | undefined) {
  const { IMAGE_REPOSITORY } = config
  // By that name it came from the registry, or went there.
  const digest = here?.RepoDigests?.find((name) => name.startsWith(`${IMAGE_REPOSITORY}@`))?.split('@')[1]
  try {
    return await findInRegistry(config, version, here?.Id)
  } catch (error) {
    if (!here || !digest || !(error instanceof Failure)) throw error
    log.warn(`${messageOf(error)}; ${version} is here, as ${digest}`)
    return { found: here, digest }
  }
}

async function unknown(config: Config, version: string): Promise<Failure> {
  const { IMAGE_REPOSITORY, options } = config
  const registry = registryOf(IMAGE_REPOSITORY)
  const tags = [...Object.keys(await listTags(IMAGE_REPOSITORY)), ...(registry ? await listRemoteTags(config) : [])]
  const versions = sortVersions([...new Set(tags)].filter(isVersion))
  const where = registry ? `neither on this engine nor in ${registry}` : 'not tagged on this engine'
  const choices = versions.length === 0 ? 'no version is tagged yet' : `tagged: ${versions.slice(0, 20).join(', ')}`
  const asked = options.version === undefined ? 'version ' : 'VERSION='
  return new Failure(`${asked}${JSON.stringify(version)} is ${where}; ${choices}`, {
    next: options.version === undefined ? 'make ship' : 'make deploy VERSION=…   (one of those)',
  })
}
