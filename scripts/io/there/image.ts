import { Failure } from '../../core/failure.ts'
import { registryOf } from '../../core/registry.ts'
import { versionOf } from '../../core/version.ts'
import { chooseImage } from '../choose-image.ts'
import { resolveCompose } from '../compose.ts'
import type { Config } from '../config.ts'
import { requireSigned } from '../cosign.ts'
import { findImage } from '../engine.ts'
import { readRevision } from '../git.ts'
import { log } from '../log.ts'
import { requirePromoted } from '../promote.ts'
import { findRemote, logIn } from '../registry.ts'
import { askThere, tryThere } from './remote.ts'
import { sendImages } from './send.ts'

/**
 * Brings the image of the version that is asked for, and those that its services run, to the other engine: it pulls from the
 * registry by digest, with the login of this host, or they are sent. Gives what the run there is to be told.
 */
export async function carryImage(config: Config): Promise<Record<string, string>> {
  const { IMAGE_REPOSITORY, options } = config
  const version = options.version ?? versionOf(await readRevision(options.ref))
  const remote = registryOf(IMAGE_REPOSITORY) ? await findRemote(config, version) : undefined
  const { id, digest } = remote ? { id: remote.image, digest: remote.digest } : await chooseImage(config)
  if (remote) {
    await requireSigned(config, version, id, digest)
    await requirePromoted(config, version, id)
    await pullThere(config, version, `${IMAGE_REPOSITORY}@${digest}`)
  } else await sendImages(config, [`${IMAGE_REPOSITORY}:${version}`])
  const { services } = await resolveCompose(config, id)
  const others = [...new Set(Object.values(services).flatMap(({ image }) => image ?? []))].filter((name) => name !== id)
  const here = await Promise.all(others.map(async (name) => ((await findImage(name)) ? [name] : [])))
  await sendImages(config, here.flat())
  return { VERSION: version, DARTAGNAN_CARRIED: digest === undefined ? id : `${id}@${digest}` }
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
      next: `docker --host ${config.ENGINE} image rm ${tag}`,
    })
}
