import { Failure } from '../../cli/failure.ts'
import { log } from '../../cli/io/log.ts'
import type { Config } from '../../config/io/read.ts'
import { findImage } from '../../docker/io/engine.ts'
import { readLock } from '../../image/io/images.ts'
import { findServiceImage } from '../../image/io/stand-in.ts'
import { standInFor } from '../../image/stand-in.ts'
import { logIn } from '../../registry/io/client.ts'
import { requireSigned } from '../../registry/io/cosign.ts'
import { findRegistryImage } from '../../registry/io/oras.ts'
import { registryOf } from '../../registry/name.ts'
import { askedVersion, chooseImage } from '../../release/io/choose-image.ts'
import { resolveCompose } from '../../release/io/render.ts'
import { askRemote, remoteLine, tryRemote } from './client.ts'
import { requirePromoted } from './promote.ts'

/** The variables that tell a remote run which image was chosen, and the images of this engine that it needs. */
export type RemoteImage = { readonly env: Readonly<Record<string, string>>; readonly images: readonly string[] }

/**
 * Chooses the image of the version that is asked for. The other engine pulls it from the registry by digest, with the login of this
 * host. Without a registry this host sends it, together with the images of the services that this engine has.
 */
export async function chooseRemoteImage(config: Config): Promise<RemoteImage> {
  const { IMAGE_REPOSITORY } = config
  const version = await askedVersion(config)
  const remote = registryOf(IMAGE_REPOSITORY) ? await findRegistryImage(config, version) : undefined
  const { id, digest } = remote ? { id: remote.image, digest: remote.digest } : await chooseImage(config)
  if (remote) {
    await requireSigned(config, version, id, digest)
    await requirePromoted(config, version, id)
    await pullRemote(config, version, `${IMAGE_REPOSITORY}@${digest}`)
  }
  if (!remote) await requirePromoted(config, version, id)
  const { services } = await resolveCompose(config, id)
  const others = [...new Set(Object.values(services).flatMap(({ image }) => image ?? []))].filter((name) => name !== id)
  // The other engine pulls the images that this one neither has nor has a stand-in for.
  const here = await Promise.all(
    others.map(async (name) =>
      (await findImage(name)) || standInFor(name, readLock()) ? [(await findServiceImage(config, name)).name] : [],
    ),
  )
  return {
    env: { VERSION: version, DARTAGNAN_IMAGE: digest === undefined ? id : `${id}@${digest}` },
    images: [...(remote ? [] : [`${IMAGE_REPOSITORY}:${version}`]), ...here.flat()],
  }
}

async function pullRemote(config: Config, version: string, name: string): Promise<void> {
  if ((await tryRemote(config, ['image', 'inspect', '--format', '.', name])).exitCode !== 0) {
    log.step(`pull ${name}`, `it is ${version} in the registry, and not on ${config.ENGINE}`)
    await logIn(config)
    await askRemote(config, ['pull', '--quiet', name])
  }
  const tag = `${config.IMAGE_REPOSITORY}:${version}`
  const named = await tryRemote(config, ['image', 'inspect', '--format', '{{.Id}}', tag])
  const pulled = await askRemote(config, ['image', 'inspect', '--format', '{{.Id}}', name])
  if (named.exitCode !== 0) await askRemote(config, ['image', 'tag', pulled, tag])
  else if (named.stdout.trim() !== pulled)
    throw new Failure(`${tag} on ${config.ENGINE} is another image than in the registry`, {
      next: remoteLine(config, 'image', 'rm', tag),
    })
}
