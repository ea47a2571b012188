import { Failure, messageOf } from '../../cli/failure.ts'
import { log } from '../../cli/io/log.ts'
import { readPlainFile } from '../../cli/io/plain-file.ts'
import type { Config } from '../../config/io/read.ts'
import { findImage, listTags } from '../../docker/io/engine.ts'
import { OCI } from '../../docker/labels.ts'
import { volumePaths } from '../../docker/paths.ts'
import type { Builds } from '../../image/builds.ts'
import { requireSigned } from '../../registry/io/cosign.ts'
import { listRegistryTags } from '../../registry/io/oras.ts'
import { pullVersion } from '../../registry/io/pull.ts'
import { registryOf } from '../../registry/name.ts'
import { readRevision } from '../../version/io/git.ts'
import { isVersion, sortVersions, versionOf } from '../../version/version.ts'
import { BUNDLE_FILE, type Bundle, parseBundle } from '../bundle.ts'
import { shortVersion } from '../history-report.ts'
import { type BuiltImage, type Image, parseChosen } from '../model.ts'

/**
 * Chooses the image of VERSION, or of what is checked out: from the registry by its digest, or by its tag on this engine. Throws a
 * Failure with the choices where neither has it, or where it lacks the signature that VERIFY_KEY_FILE demands.
 */
export async function chooseImage(config: Config): Promise<Image> {
  const version = await askedVersion(config)
  const image = (await chooseOne(config, version, '')) ?? (await chooseShort(config, version))
  if (!image) throw await unknown(config, version)
  return image
}

// A table shows the version so. Where several have that name, none is meant.
async function chooseShort(config: Config, short: string): Promise<Image | undefined> {
  const [version, other] = Object.keys(await listTags(config.IMAGE_REPOSITORY)).filter(
    (tag) => shortVersion(tag) === short,
  )
  return version === undefined || other !== undefined ? undefined : await chooseOne(config, version, '')
}

/** Adds the images of the other builds, chosen in the same way. Throws a Failure where the version lacks one. */
export async function withBuilt(config: Config, image: Image, [, ...others]: Builds): Promise<Image> {
  const { version } = image
  const built: [string, BuiltImage][] = []
  for (const { name, repository, services } of others) {
    const found = await chooseOne({ ...config, IMAGE_REPOSITORY: repository }, version, name)
    if (!found)
      throw new Failure(`${version} has no image of the service ${services[0]}: ${repository}:${version} is not here`, {
        next: `make ship, with a new version; or make deploy with the Compose file that ${version} was built with`,
      })
    const { id, volumes, digest } = found
    built.push([name, { id, volumes, digest }])
  }
  return built.length === 0 ? image : { ...image, built: Object.fromEntries(built) }
}

// The image of one build, in its own IMAGE_REPOSITORY.
async function chooseOne(config: Config, version: string, name: string): Promise<Image | undefined> {
  const { IMAGE_REPOSITORY, options } = config
  if (options.carried) return await findChosen(version, parseChosen(options.carried)[name] ?? '')
  const bundled = readBundled()
  if (bundled?.version === version) {
    // No registry is in reach: `load` verified the bundle's signature.
    const { image, digest, built = {} } = bundled
    const id = name ? (built[name] ?? '') : image
    await requireSigned(config, version, id, undefined)
    return await findChosen(version, name || digest === undefined ? id : `${id}@${digest}`)
  }
  const local = await findTagged(config, version)
  const pulled =
    isVersion(version) && registryOf(IMAGE_REPOSITORY) ? await findInRegistry(config, version, local) : undefined
  const found = pulled?.found ?? local
  if (!found) return undefined
  await requireSigned(config, version, found.Id, pulled?.digest)
  return toImage(found, version, pulled?.digest)
}

/** VERSION, or the version of the bundle that this folder was unpacked from, or of what is checked out. */
export const askedVersion = async ({ options }: Config): Promise<string> =>
  options.version ?? readBundled()?.version ?? versionOf(await readRevision(options.ref))

/** Finds the image of a version's tag on this engine; undefined also for a text that is not a version. */
export const findTagged = async (
  { IMAGE_REPOSITORY }: Pick<Config, 'IMAGE_REPOSITORY'>,
  version: string,
): Promise<Found | undefined> => (isVersion(version) ? await findImage(`${IMAGE_REPOSITORY}:${version}`) : undefined)

// The bundle that this folder was unpacked from; undefined in a checkout.
function readBundled(): Bundle | undefined {
  const text = readPlainFile(BUNDLE_FILE)
  return text === undefined ? undefined : parseBundle(text)
}

// An image that was chosen and verified before, as `id` or `id@digest`: by `load`, or on the host that asked for this run.
async function findChosen(version: string, chosen: string): Promise<Image> {
  const [id = '', digest] = chosen.split('@')
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
  volumes: volumePaths(Volumes),
  digest,
})

type Found = NonNullable<Awaited<ReturnType<typeof findImage>>>
async function findInRegistry(config: Config, version: string, local: Found | undefined) {
  const { IMAGE_REPOSITORY } = config
  // The engine has this name for what it pulled from the registry, or pushed to it.
  const digest = local?.RepoDigests?.find((name) => name.startsWith(`${IMAGE_REPOSITORY}@`))?.split('@')[1]
  try {
    return await pullVersion(config, version, local?.Id)
  } catch (error) {
    if (!local || !digest || !(error instanceof Failure)) throw error
    log.warn(`${messageOf(error)}; ${version} is here, as ${digest}`)
    return { found: local, digest }
  }
}

async function unknown(config: Config, version: string): Promise<Failure> {
  const { IMAGE_REPOSITORY, options } = config
  const registry = registryOf(IMAGE_REPOSITORY)
  const tags = [...Object.keys(await listTags(IMAGE_REPOSITORY)), ...(registry ? await listRegistryTags(config) : [])]
  const versions = sortVersions([...new Set(tags)].filter(isVersion))
  const where = registry ? `neither on this engine nor in ${registry}` : 'not tagged on this engine'
  const choices = versions.length === 0 ? 'no version is tagged yet' : `tagged: ${versions.slice(0, 20).join(', ')}`
  const asked = options.version === undefined ? 'version ' : 'VERSION='
  return new Failure(`${asked}${JSON.stringify(version)} is ${where}; ${choices}`, {
    next: options.version === undefined ? 'make ship' : 'make deploy VERSION=…   (one of those)',
  })
}
