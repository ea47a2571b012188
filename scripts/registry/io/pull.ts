import { Failure } from '../../cli/failure.ts'
import { exec } from '../../cli/io/exec.ts'
import { log } from '../../cli/io/log.ts'
import { findImage } from '../../docker/io/engine.ts'
import { registryOf, requireSame } from '../registry.ts'
import { ask, findRemote, logIn, type RegistrySettings } from './registry.ts'

/**
 * The image that the registry has under a version: pulled by its digest where this engine lacks it, then tagged here as well.
 * Undefined where the registry has none. Throws a Failure where the version is another image, `here`, on this engine.
 */
export async function findInRegistry(config: RegistrySettings, version: string, here: string | undefined) {
  const { IMAGE_REPOSITORY } = config
  const remote = await findRemote(config, version)
  if (!remote) return undefined
  if (here !== undefined) requireSame(IMAGE_REPOSITORY, version, here, remote)
  const name = `${IMAGE_REPOSITORY}@${remote.digest}`
  const known = (await findImage(name)) ?? (here === undefined ? undefined : await findImage(here))
  const found = known ?? (await pull(config, name, `it is ${version} in the registry, and not on this engine`))
  // By its version `make deploy VERSION=` finds it where the registry does not answer, and `make prune` knows it.
  if (here === undefined) await exec(['docker', 'image', 'tag', found.Id, `${IMAGE_REPOSITORY}:${version}`])
  return { found, digest: remote.digest }
}

/** Pulls an image that a service of the application runs, and gives its id. */
export const pullImage = async (config: RegistrySettings, image: string): Promise<string> =>
  (await pull(config, image, 'a service runs it, and it is not on this engine')).Id

async function pull(config: RegistrySettings, name: string, because: string) {
  log.step(`pull ${name}`, because)
  const env = await logIn(config)
  await ask(registryOf(name) ?? 'docker.io', ['docker', 'pull', name], { env, follow: true })
  const found = await findImage(name)
  if (found) return found
  throw new Failure(`${name} is not on this engine after it was pulled`, { next: `docker pull ${name}` })
}
