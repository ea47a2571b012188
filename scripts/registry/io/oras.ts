import { resolve } from 'node:path'
import { type ExecOptions, execAgain } from '../../cli/io/exec.ts'
import { isMissing, isTransient } from '../errors.ts'
import { isPlain, registryOf } from '../name.ts'
import { imageOf, type RegistryImage } from '../registry-image.ts'
import type { RegistrySettings } from './client.ts'
import { logIn, registryFailure } from './client.ts'

/**
 * Asks the registry of IMAGE_REPOSITORY with oras, and gives what oras prints; undefined where the registry has no such
 * name.
 */
export async function askOras(
  config: RegistrySettings,
  command: readonly string[],
  args: readonly string[],
  options: ExecOptions = {},
): Promise<string | undefined> {
  const { IMAGE_REPOSITORY, REGISTRY_CA_FILE } = config
  const authority = REGISTRY_CA_FILE ? ['--ca-file', resolve(REGISTRY_CA_FILE)] : []
  const plain = isPlain(IMAGE_REPOSITORY, REGISTRY_CA_FILE) ? ['--plain-http'] : []
  const argv = ['oras', ...command, ...authority, ...plain, ...args] as const
  const env = await logIn(config)
  const result = await execAgain(argv, { quiet: true, ...options, env }, isTransient)
  if (result.exitCode === 0) return result.stdout
  if (isMissing(result.stderr)) return undefined
  throw registryFailure(registryOf(IMAGE_REPOSITORY) ?? '', result)
}

/** Finds what the registry has under a tag; undefined where it has nothing. */
export async function findRegistryImage(config: RegistrySettings, tag: string): Promise<RegistryImage | undefined> {
  const { IMAGE_REPOSITORY } = config
  const digest = (await askOras(config, ['resolve'], [`${IMAGE_REPOSITORY}:${tag}`]))?.trim()
  if (!digest) return undefined
  const manifest = await askOras(config, ['manifest', 'fetch'], [`${IMAGE_REPOSITORY}@${digest}`])
  return { digest, image: imageOf(manifest ?? '{}', digest) }
}

/** Lists all tags that the registry has for IMAGE_REPOSITORY. */
export async function listRegistryTags(config: RegistrySettings): Promise<string[]> {
  const tags = await askOras(config, ['repo', 'tags'], [config.IMAGE_REPOSITORY])
  return (tags ?? '').split('\n').filter(Boolean)
}
