import { Failure } from '../cli/failure.ts'
import type { Forced } from '../config/options.ts'
import { PROXY } from '../docker/compose-model.ts'
import { type Release, unroutedServices } from '../release/model.ts'
import { DATABASE } from './unsaved.ts'

/** The files of a folder: the digest of each, or where a link leads, by path. */
export type Files = Readonly<Record<string, string>>

/** A folder of a service's image that a volume covers: the service sees what the volume holds there. */
export type Covered = {
  readonly service: string
  readonly path: string
  /** The id of the image. */
  readonly image: string
  /** The volume's name; empty for one without a name, which Compose hands on to the next container. */
  readonly volume: string
  /** Whether the toolkit has made it for what a container had written: no Compose file has the mount. */
  readonly isOwn?: boolean
}

/** The folders of a release's images that volumes cover. */
export function coveredFolders(release: Release): Covered[] {
  const { services, volumes } = release.compose
  // A new container of a service behind the proxy gets a new volume, where the mount has no name.
  const handedOn = unroutedServices(release)
  return Object.entries(services).flatMap(([service, { image, volumes: mounts = [], 'x-kept': kept = [] }]) => {
    if (service === PROXY || image === undefined) return []
    return mounts.flatMap(({ type, source, target }) => {
      if (type !== 'volume' || (source === undefined && !handedOn.includes(service))) return []
      const volume = source === undefined ? '' : (volumes?.[source]?.name ?? source)
      const isOwn = kept.some(({ path, isFile }) => path === target && !isFile)
      return [{ service, path: target, image, volume, ...(isOwn && { isOwn }) }]
    })
  })
}

/** Whether a file only keeps an empty folder in a repository. */
export const isPlaceholder = (path: string): boolean => /(^|\/)\.(git)?(keep|ignore|placeholder)$/.test(path)

/** The files of a new image that the volume would hide: those that it does not have, or has otherwise. */
export const hiddenFiles = (files: Files, held: Files): string[] =>
  Object.keys(files)
    .filter((path) => files[path] !== held[path] && !isPlaceholder(path))
    .sort()

/**
 * Throws a Failure that names the files of a new image which a volume hides. `held` says whose files the volume has.
 * FORCE=hidden-files skips it.
 */
export function requireVisible(
  { service, path, volume, isOwn }: Covered,
  hidden: readonly string[],
  held: string,
  forced: Forced,
): void {
  if (hidden.length === 0 || forced.has('hidden-files')) return
  const isDatabase = hidden.some((file) => DATABASE.test(file))
  const out = isDatabase ? '; a database that git keeps: git rm --cached it, and let the application create it' : ''
  const kept = `keep what belongs to the version in another folder than ${path}, where the application writes; or, with what the volume has: make deploy FORCE=hidden-files`
  throw new Failure(sayHidden({ service, path, volume }, hidden, held), {
    next: isOwn
      ? kept
      : `where these are code, take the mount of ${path} out of service "${service}", and let the Dockerfile of another that takes them from this volume copy them from its image (docs/guides/versions.md#several-images); where they are data that only a new volume begins with: make deploy FORCE=hidden-files${out}`,
  })
}

/** Says which files of a new image a volume hides. */
export function sayHidden(
  { service, path, volume }: Omit<Covered, 'image'>,
  hidden: readonly string[],
  held: string,
): string {
  const more = hidden.length > 3 ? ` and ${hidden.length - 3} more` : ''
  const what = volume === '' ? `the volume without a name at ${path}` : `the volume ${volume}, mounted at ${path},`
  return `${what} hides files of the image of service "${service}": ${hidden.slice(0, 3).join(', ')}${more} would stay as ${held}`
}
