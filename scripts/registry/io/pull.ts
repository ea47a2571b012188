import { Failure } from '../../cli/failure.ts'
import { exec } from '../../cli/io/exec.ts'
import { log } from '../../cli/io/log.ts'
import { findImage } from '../../docker/io/engine.ts'
import { registryOf } from '../name.ts'
import { requireSame } from '../registry-image.ts'
import type { RegistrySettings } from './client.ts'
import { askRegistry, logIn } from './client.ts'
import { findRegistryImage } from './oras.ts'

/**
 * Pulls the image that the registry has under a version, by its digest, where this engine lacks it, and tags it with
 * the version. Undefined where the registry has none. Throws a Failure where this engine has another image, `localId`,
 * under that version.
 */
export async function pullVersion(config: RegistrySettings, version: string, localId: string | undefined) {
  const { IMAGE_REPOSITORY } = config
  const held = await findRegistryImage(config, version)
  if (!held) return undefined
  if (localId !== undefined) requireSame(IMAGE_REPOSITORY, version, localId, held)
  const name = `${IMAGE_REPOSITORY}@${held.digest}`
  const known = (await findImage(name)) ?? (localId === undefined ? undefined : await findImage(localId))
  const found = known ?? (await pull(config, name, `the registry has ${version}, and this engine does not`))
  // By this tag, `make deploy VERSION=` finds it where the registry does not answer, and `make prune` knows it.
  if (localId === undefined) await exec(['docker', 'image', 'tag', found.Id, `${IMAGE_REPOSITORY}:${version}`])
  return { found, digest: held.digest }
}

/** Pulls an image that a service of the application runs, and gives its id. */
export const pullImage = async (config: RegistrySettings, image: string): Promise<string> =>
  (await pull(config, image, 'a service runs it, and this engine does not have it')).Id

async function pull(config: RegistrySettings, name: string, because: string) {
  log.step(`pull ${name}`, because)
  const env = await logIn(config)
  await askRegistry(registryOf(name) ?? 'docker.io', ['docker', 'pull', name], { env, follow: true })
  const found = await findImage(name)
  if (found) return found
  throw new Failure(`${name} is not on this engine after it was pulled`, { next: `docker pull ${name}` })
}
