import { dockerfileOf, isSameBuild } from '../build.ts'
import { DATA_FOLDER } from '../data-paths.ts'
import type { Old } from '../draft.ts'
import { hasCode } from '../in-image.ts'
import { fatesOf, type Mounting, volumesOf } from '../mounts.ts'
import { isWithin } from '../source-tree.ts'
import { hasDatabase, keptMounts, programOf, storeOf, uploadsOf, writtenBy } from './beside.ts'
import { hasShell, type Imaging } from './image-files.ts'
import { makesFolder, movedIn } from './moved.ts'

// Who owns the folder of a volume that begins empty: the engine makes it root's, unless the image has that folder.

/**
 * What is to be done where a service that is not root writes to a folder of which its image has nothing: the engine makes an empty
 * volume root's. `text` is its Dockerfile; a ready image has none. Undefined where there is nothing to do.
 */
export function ownFolder({ spec, stage }: Pick<Old, 'spec' | 'stage'>, folder: string, text: string | undefined) {
  const image = (text === undefined ? spec.image : stage?.image) ?? ''
  // The servers of PHP begin as root, and run the pages as another user; so do those of Debian.
  const isPages = /(^|\/)php:.*(apache|fpm)/.test(image) || stage?.runs.some((run) => PAGES_OF_DEBIAN.test(run))
  const pages = isPages ? 'www-data' : ''
  const [user = '', group] = (spec.user || stage?.user || pages).split(':')
  // The author of a ready image may have given the folder to its user.
  const isReady = pages === '' && text === undefined
  if (['', 'root', '0'].includes(user) || isReady || text?.includes(folder) || makesFolder(stage, folder))
    return undefined
  const line = `RUN install -d -o ${user}${group ? ` -g ${group}` : ''} ${folder}`
  return {
    line,
    found: `it runs as ${user}, and an empty volume is root's`,
    mend: `let that user own it in the image: ${line}, before USER`,
  }
}
const PAGES_OF_DEBIAN = /\bapt(-get)?\s[^;&|]*\s(php[\d.]*-fpm|apache2|libapache2-mod-php[\d.]*)(\s|$)/

/**
 * The lines for folders of data that their user could not write to: an empty volume becomes what the image has there. A Dockerfile is
 * proposed for those that init alone gives a volume; a mount of the author's own counts where one is proposed all the same.
 */
export function ownLines(old: Mounting & Imaging): string[] {
  const { tree, spec, server, project, web = '' } = old
  const text = spec.build && dockerfileOf(tree, spec.build)
  const isBaked = fatesOf(old).some(({ fate }) => fate === 'baked')
  const isOwn = text !== undefined && (old.isWeb || !isSameBuild(spec.build, project.services[web]?.build))
  if (server || !hasShell(old) || !(isBaked || isOwn)) return []
  const volumes = isBaked ? volumesOf(old).filter(({ read_only: readOnly }) => !readOnly) : []
  const { dataPaths, made, isMoved } = old.isWeb ? movedIn({ ...old, ...programOf(old) }) : NONE
  const { folders: named, files, workdir } = writtenBy(old)
  const stores = hasDatabase(old) ? [] : files.flatMap(({ value }) => storeOf(workdir, value) ?? [])
  const mounts = keptMounts(old)
  const isFree = (path: string) =>
    !isMoved(path) &&
    !hasCode(old, path) &&
    !mounts.some(({ target }) => isWithin(path, target) || isWithin(target, path))
  const sent = [...made, ...uploadsOf(old), ...(old.isWeb ? named : [])].map(({ value }) => value)
  const place = dataPaths.length > 0 ? [DATA_FOLDER] : []
  const folders = new Set([...volumes.map(({ target }) => target), ...[...sent, ...stores].filter(isFree), ...place])
  return [...folders].flatMap((folder) => ownFolder(old, folder, text)?.line ?? [])
}
const NONE = { dataPaths: [], made: [], isMoved: () => false }
