import { Failure } from '../../core/failure.ts'
import { registryOf } from '../../core/registry.ts'
import { standInFor } from '../../core/stand-in.ts'
import { askedVersion, chooseImage } from '../choose-image.ts'
import { resolveCompose } from '../compose.ts'
import type { Config } from '../config.ts'
import { requireSigned } from '../cosign.ts'
import { findImage } from '../engine.ts'
import { readLock } from '../images.ts'
import { log } from '../log.ts'
import { requirePromoted } from '../promote.ts'
import { findRemote, logIn } from '../registry.ts'
import { findServiceImage } from '../stand-in.ts'
import { askThere, lineThere, tryThere } from './remote.ts'

/** What a run there is told of the image that was chosen here, and the images of this engine that it needs. */
export type Carried = { readonly env: Readonly<Record<string, string>>; readonly images: readonly string[] }

/**
 * Chooses the image of the version that is asked for. The other engine pulls it from the registry by digest, with the login of
 * this host; without a registry it is one of those to send, as is what the services run that is here.
 */
export async function carryImage(config: Config): Promise<Carried> {
  const { IMAGE_REPOSITORY } = config
  const version = await askedVersion(config)
  const remote = registryOf(IMAGE_REPOSITORY) ? await findRemote(config, version) : undefined
  const { id, digest } = remote ? { id: remote.image, digest: remote.digest } : await chooseImage(config)
  if (remote) {
    await requireSigned(config, version, id, digest)
    await requirePromoted(config, version, id)
    await pullThere(config, version, `${IMAGE_REPOSITORY}@${digest}`)
  }
  const { services } = await resolveCompose(config, id)
  const others = [...new Set(Object.values(services).flatMap(({ image }) => image ?? []))].filter((name) => name !== id)
  // What is neither here nor stood in for is pulled over there.
  const here = await Promise.all(
    others.map(async (name) =>
      (await findImage(name)) || standInFor(name, readLock()) ? [(await findServiceImage(config, name)).name] : [],
    ),
  )
  return {
    env: { VERSION: version, DARTAGNAN_CARRIED: digest === undefined ? id : `${id}@${digest}` },
    images: [...(remote ? [] : [`${IMAGE_REPOSITORY}:${version}`]), ...here.flat()],
  }
}

async function pullThere(config: Config, version: string, name: string): Promise<void> {
  if ((await tryThere(config, ['image', 'inspect', '--format', '.', name])).exitCode !== 0) {
    log.step(`pull ${name}`, `it is ${version} in the registry, and not on ${config.ENGINE}`)
    await logIn(config)
    await askThere(config, ['pull', '--quiet', name])
  }
  const tag = `${config.IMAGE_REPOSITORY}:${version}`
  const named = await tryThere(config, ['image', 'inspect', '--format', '{{.Id}}', tag])
  const pulled = await askThere(config, ['image', 'inspect', '--format', '{{.Id}}', name])
  if (named.exitCode !== 0) await askThere(config, ['image', 'tag', pulled, tag])
  else if (named.stdout.trim() !== pulled)
    throw new Failure(`${tag} on ${config.ENGINE} is another image than in the registry`, {
      next: lineThere(config, 'image', 'rm', tag),
    })
}
