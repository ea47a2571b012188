import { Failure } from '../../cli/failure.ts'
import { log } from '../../cli/io/log.ts'
import type { Config } from '../../config/io/read.ts'
import { findImage } from '../../docker/io/engine.ts'
import type { Build, Builds } from '../../image/builds.ts'
import { readLock } from '../../image/io/images.ts'
import { findServiceImage } from '../../image/io/stand-in.ts'
import { standInFor } from '../../image/stand-in.ts'
import { logIn } from '../../registry/io/client.ts'
import { requireSigned } from '../../registry/io/cosign.ts'
import { findRegistryImage } from '../../registry/io/oras.ts'
import { registryOf } from '../../registry/name.ts'
import type { RegistryImage } from '../../registry/registry-image.ts'
import { askedVersion, chooseImage, withBuilt } from '../../release/io/choose-image.ts'
import { buildsOf, resolveCompose } from '../../release/io/render.ts'
import { type Image, idsOf, renderChosen } from '../../release/model.ts'
import { askRemote, remoteLine, tryRemote } from './client.ts'
import { requirePromoted } from './promote.ts'

/** The variables that tell a remote run which image was chosen, and the images of this engine that it needs. */
export type RemoteImage = { readonly env: Readonly<Record<string, string>>; readonly images: readonly string[] }

/**
 * Chooses the images of the version that is asked for. The other engine pulls them from the registry by digest, with the login of this
 * host. Without a registry this host sends them, together with the images of the services that this engine has.
 */
export async function chooseRemoteImage(config: Config): Promise<RemoteImage> {
  const version = await askedVersion(config)
  const held = registryOf(config.IMAGE_REPOSITORY) ? await findRegistryImage(config, version) : undefined
  const chosen = held ? toImage(version, held) : await chooseImage(config)
  const compose = await resolveCompose(config, chosen.id)
  const builds = await buildsOf(config, compose)
  const image = held ? await withHeld(config, chosen, builds) : await withBuilt(config, chosen, builds)
  const ids = idsOf(image)
  await requirePromoted(config, image)
  if (held) for (const build of builds) await pullRemote(config, version, build, image)
  const others = Object.values(compose.services).flatMap((one) => (one.build ? [] : (one.image ?? [])))
  // The other engine pulls the images that this one neither has nor has a stand-in for.
  const here = await Promise.all(
    [...new Set(others)]
      .filter((name) => name !== ids[''])
      .map(async (name) =>
        (await findImage(name)) || standInFor(name, readLock()) ? [(await findServiceImage(config, name)).name] : [],
      ),
  )
  const own = builds.map(({ repository }) => `${repository}:${version}`)
  return {
    env: { VERSION: version, DARTAGNAN_IMAGE: renderChosen(image) },
    images: [...(held ? [] : own), ...here.flat()],
  }
}

const toImage = (version: string, { image: id, digest }: RegistryImage): Image => ({
  ...{ id, digest, version, revision: '', volumes: [] },
})

// As withBuilt, for images that only the other engine is to have.
async function withHeld(config: Config, image: Image, [, ...others]: Builds): Promise<Image> {
  const { version } = image
  await requireSigned(config, version, image.id, image.digest)
  const built: Record<string, Image> = {}
  for (const { name, repository } of others) {
    const own = { ...config, IMAGE_REPOSITORY: repository }
    const held = await findRegistryImage(own, version)
    if (!held) throw new Failure(`the registry does not have ${repository}:${version}`, { next: 'make push' })
    await requireSigned(own, version, held.image, held.digest)
    built[name] = toImage(version, held)
  }
  return { ...image, built }
}

async function pullRemote(
  config: Config,
  version: string,
  { name: own, repository }: Build,
  image: Image,
): Promise<void> {
  const { digest } = own ? (image.built?.[own] ?? image) : image
  const name = `${repository}@${digest}`
  if ((await tryRemote(config, ['image', 'inspect', '--format', '.', name])).exitCode !== 0) {
    log.step(`pull ${name}`, `it is ${version} in the registry, and not on ${config.ENGINE}`)
    await logIn(config)
    await askRemote(config, ['pull', '--quiet', name])
  }
  const tag = `${repository}:${version}`
  const named = await tryRemote(config, ['image', 'inspect', '--format', '{{.Id}}', tag])
  const pulled = await askRemote(config, ['image', 'inspect', '--format', '{{.Id}}', name])
  if (named.exitCode !== 0) await askRemote(config, ['image', 'tag', pulled, tag])
  else if (named.stdout.trim() !== pulled)
    throw new Failure(`${tag} on ${config.ENGINE} is another image than in the registry`, {
      next: remoteLine(config, 'image', 'rm', tag),
    })
}
