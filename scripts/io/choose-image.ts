import { Failure } from '../core/failure.ts'
import { OCI } from '../core/labels.ts'
import type { Image } from '../core/release.ts'
import { isVersion, sortVersions, versionOf } from '../core/version.ts'
import type { Config } from './config.ts'
import { findImage, listTags } from './engine.ts'
import { readRevision } from './git.ts'

/** The image that VERSION names, or what is checked out. Throws a Failure with the choices where it is not tagged here. */
export async function chooseImage({ IMAGE_REPOSITORY, options }: Config): Promise<Image> {
  const version = options.version ?? versionOf(await readRevision(options.ref))
  const found = isVersion(version) ? await findImage(`${IMAGE_REPOSITORY}:${version}`) : undefined
  if (!found) {
    const versions = sortVersions(Object.keys(await listTags(IMAGE_REPOSITORY)).filter(isVersion))
    const choices = versions.length === 0 ? 'no version is tagged here yet' : `tagged here: ${versions.join(', ')}`
    throw new Failure(
      `${options.version === undefined ? 'version ' : 'VERSION='}${JSON.stringify(version)} is not tagged on this engine; ${choices}`,
      {
        next: options.version === undefined ? 'make ship' : 'make deploy VERSION=…   (one of those)',
      },
    )
  }
  const revision = found.Config.Labels?.[`${OCI}.revision`] ?? ''
  return { id: found.Id, version, revision, volumes: Object.keys(found.Config.Volumes ?? {}) }
}
