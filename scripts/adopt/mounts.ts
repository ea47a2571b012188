import { posix } from 'node:path'
import { type Copy, isWithin, type Old } from './draft.ts'
import type { Mount, SourceTree } from './source-tree.ts'

/**
 * What becomes of a mount. `source`: the image has the same files. `baked`: files of the repository that the image lacks, and gets.
 * `file`: stays mounted, read-only. `data`: a folder becomes a volume. `volume`: a volume, as it is. `cache`: what a build has made.
 */
export type Fate = 'source' | 'baked' | 'file' | 'data' | 'volume' | 'cache' | 'socket' | 'other'
export type Fated = Mount & {
  readonly fate: Fate
  /** The files that git keeps below the mounted folder, or that the image has below the volume. */
  readonly kept: readonly string[]
  /** Files beside them that git does not keep. */
  readonly hasMore: boolean
}

// What package managers and builds make: a volume would keep that of the first release for ever.
const CACHES =
  /(^|\/)(node_modules|vendor|\.?venv|__pycache__|\.next|\.nuxt|\.cache|site-packages|\.gradle|\.m2|\.cargo)(\/|$)/
const PLACEHOLDERS = /(^|\/)(\.git\w*|\.keep|\.placeholder|readme[^/]*)$/i

/** Decides for each mount of a service what becomes of it. */
export const fatesOf = (old: Old): Fated[] => (old.spec.volumes ?? []).map((mount) => fateOf(old, mount))

function fateOf(old: Old, mount: Mount): Fated {
  const { type, source = '', target } = mount
  const { tree, spec } = old
  const as = (fate: Fate, kept: readonly string[] = [], hasMore = false): Fated => ({ ...mount, fate, kept, hasMore })
  if (type === 'volume') {
    const kept = inImage(old, target)
    if (CACHES.test(target) && (spec.build || source === '')) return as('cache')
    return as(kept.length > 0 && !isShared(old, source) ? 'source' : 'volume', kept)
  }
  if (type !== 'bind') return as('other')
  if (/docker\.sock$/.test(source)) return as('socket')
  const kept = trackedIn(tree, source)
  const covers = old.stage !== undefined && inImage(old, target).some((file) => kept.includes(file))
  if (covers) return as('source', kept)
  if (kept.length > 0 && isWithin(source, contextOf(old))) return as('baked', kept, hasMoreIn(tree, source, kept))
  if (isWithin(contextOf(old), source)) return as(kept.length > 0 ? 'file' : 'source', kept)
  if (tree.binds[source] === 'file' || mount.read_only || kept.length > 0) return as('file', kept)
  return as('data')
}

/** The folder that an image of the service is built from. */
export const contextOf = ({ tree, spec }: Old): string => spec.build?.context ?? posix.join(tree.root, tree.dir)

// Another service may rely on a volume that two mount: that is not the image's copy of it alone.
const isShared = ({ project, service }: Old, source: string) =>
  source !== '' &&
  Object.entries(project.services).some(
    ([name, { volumes = [] }]) =>
      name !== service && volumes.some((one) => one.type === 'volume' && one.source === source),
  )

/** The files of the repository at a path, or below it. */
function trackedIn({ root, tracked }: SourceTree, path: string): string[] {
  const inside = posix.relative(root, path)
  if (inside.startsWith('..')) return []
  return tracked.filter((file) => (inside === '' || isWithin(file, inside)) && !PLACEHOLDERS.test(file))
}

// The files of the repository that the image of a service copies to a path, or below it.
function inImage({ tree, spec, stage }: Old, target: string): string[] {
  const { build } = spec
  if (!build || !stage) return []
  return stage.copies.flatMap(({ from, sources, to }) => {
    if (from !== '') return []
    return sources.flatMap((source) => {
      const path = posix.join(build.context, source)
      const isFile = tree.tracked.includes(posix.relative(tree.root, path))
      return trackedIn(tree, path).filter((file) => {
        const rest = posix.relative(path, posix.join(tree.root, file))
        const place = isFile ? (to.endsWith('/') ? posix.join(to, posix.basename(file)) : to) : posix.join(to, rest)
        return isWithin(place, target)
      })
    })
  })
}

function hasMoreIn({ root, dir, files }: SourceTree, source: string, kept: readonly string[]): boolean {
  const inside = posix.relative(posix.join(root, dir), source)
  return files.some(
    (file) =>
      (inside === '' || isWithin(file, inside)) &&
      file !== inside &&
      !CACHES.test(file) &&
      !PLACEHOLDERS.test(file) &&
      // Folders are listed, too.
      !kept.some((one) => isWithin(one, posix.join(dir, file))),
  )
}

/** The volume of the release that takes the place of a folder, or of a volume without a name. */
export const keyFor = ({ service }: Old, target: string): string =>
  `${service}-${posix.basename(target).replace(/[^\w-]/g, '') || 'data'}`

/** The command's parts that copy existing data; the image of the old container has the tools that wrote them. */
export const copyFrom = ({ tree, project, service, spec, name }: Old, from: string, key: string): Copy => ({
  ...{ from, to: `${name}_${key}` },
  image: tree.ran[service] ?? spec.image ?? `${project.name}-${service}`,
})
