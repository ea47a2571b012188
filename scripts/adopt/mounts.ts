import { posix } from 'node:path'
import { ASIDE } from './compose-files.ts'
import { type Copy, isWithin, type Old } from './draft.ts'
import { CODE, LISTS } from './packages.ts'
import type { Mount, SourceTree } from './source-tree.ts'

/**
 * What becomes of a mount. `source`: the image has the same files. `baked`: files of the repository that the image lacks, and gets.
 * `file`: stays mounted, read-only. `data`: a folder becomes a volume. `volume`: a volume, as it is. `cache`: what a build has made.
 * `host`: a part of the host that no release may have.
 */
export type Fate = 'source' | 'baked' | 'file' | 'data' | 'volume' | 'cache' | 'host' | 'other'
export type Fated = Mount & {
  readonly fate: Fate
  /** The files that git keeps below the mounted folder, or that the image has below the volume. */
  readonly kept: readonly string[]
  /** Files beside them that git does not keep. */
  readonly hasMore: boolean
}

// What package managers and builds make: a volume would keep that of the first release for ever.
const CACHES =
  /(^|\/)(node_modules|vendor|\.?venv|__pycache__|\.next|\.nuxt|\.cache|site-packages|\.gradle|\.m2|\.cargo|go\/pkg|go-cache|go-build|\.npm|\.yarn|\.bundle|bundle|gems|\.nuget|\.composer|_build)(\/|$)/
const FRAMEWORKS = /\w\/(var\/cache|bootstrap\/cache|storage\/framework(\/\w+)?|tmp\/cache)$/
// The engine itself, and what belongs to the host: a volume of it would be a copy of the host.
const SOCKET = /(docker|containerd|podman)\.sock$/
const HOSTS = /^\/($|(proc|sys|dev|run|var\/run|etc|boot|lib|usr|bin|sbin|var\/lib\/docker)(\/|$))/
// An image shows its files to whoever has it.
const SECRETS = /(^|\/)(\.env[^/]*|[^/]*\.(key|pem|p12|pfx)|id_(rsa|ed25519)|secrets?)$/i
/** Names that no folder has: such a source would be a file if it existed. */
export const FILE = /\.(sql|conf|cnf|cfg|ini|env|ya?ml|json|toml|xml|properties|sh|js|php|crt|pem|key|txt|template)$/i
// What PostgreSQL, MySQL, MongoDB and Redis have at the top of their folders.
const DATABASE = /^(PG_VERSION|ibdata1|WiredTiger|dump\.rdb|appendonlydir\/.*)$/
const PLACEHOLDERS = /(^|\/)(\.git\w*|\.keep|\.placeholder|readme[^/]*)$/i

/** Decides for each mount of a service what becomes of it. */
export const fatesOf = (old: Old): Fated[] =>
  (old.spec.volumes ?? []).map((mount) => {
    const fated = fateOf(old, mount)
    // What one service writes and another one reads must be one volume.
    return mount.type === 'bind' && old.folders.has(mount.source ?? '') ? { ...fated, fate: 'data' } : fated
  })

/** The volumes of the release that take the place of folders, by their paths: one for all services that mount a folder. */
export function foldersOf(services: readonly Old[]): ReadonlyMap<string, string> {
  const folders = new Map<string, string>()
  for (const old of services)
    for (const mount of old.spec.volumes ?? []) {
      const { source = '', target } = mount
      if (fateOf(old, mount).fate === 'data' && !folders.has(source)) folders.set(source, keyFor(old, target))
    }
  return folders
}

function fateOf(old: Old, mount: Mount): Fated {
  const { type, source = '', target } = mount
  const { tree, spec } = old
  const as = (fate: Fate, kept: readonly string[] = [], hasMore = false): Fated => ({ ...mount, fate, kept, hasMore })
  if (type === 'volume') {
    const kept = inImage(old, target)
    if ((CACHES.test(target) || FRAMEWORKS.test(target)) && (spec.build || source === '')) return as('cache')
    // A few files of no program may be what a folder of data begins with.
    return as(kept.some((file) => CODE.test(file)) && !isShared(old, source) ? 'source' : 'volume', kept)
  }
  if (type !== 'bind') return as('other')
  if (SOCKET.test(source) || (HOSTS.test(source) && !mount.read_only && !isWithin(source, tree.root))) return as('host')
  const kept = trackedIn(tree, source)
  // Lists of packages are copied first: they alone are not the code. Elsewhere in the image it is not what the mount brings.
  const placeOf = (file: string) => posix.join(target, posix.relative(source, posix.join(tree.root, file)))
  const covers = placedIn(old, target).some(
    ([file, place]) => kept.includes(file) && !LISTS.test(file) && place === placeOf(file),
  )
  if (covers) return as('source', kept)
  if (kept.length === 0 && CACHES.test(target)) return as('cache')
  // What the image's author calls data is no part of a version, even where git keeps an example of it; nor is a database.
  const isKept = kept.some((file) => DATABASE.test(posix.relative(source, posix.join(tree.root, file))))
  const isDatabase = isKept || (kept.length > 0 && isWithin(old.server?.data || '-', target))
  if (!mount.read_only && isDatabase) return as('data', kept)
  if (!mount.read_only && old.stage?.volumes.some((path) => isWithin(target, path))) return as('data')
  if (kept.length > 0 && SECRETS.test(source)) return as('file', kept)
  if (kept.length > 0 && isWithin(source, contextOf(old))) return as('baked', kept, hasMoreIn(tree, source, kept))
  if (isWithin(source, tree.root) && isWithin(contextOf(old), source))
    return as(kept.length > 0 ? 'file' : 'source', kept)
  // Compose would make a folder of a file that is not there.
  const extension = posix.extname(source)
  const isFile = FILE.test(target) || FILE.test(source) || (extension.length > 2 && extension === posix.extname(target))
  const isAbsentFile = tree.binds[source] === 'missing' && isFile
  if (isAbsentFile || tree.binds[source] === 'file' || mount.read_only || kept.length > 0) return as('file', kept)
  return as('data')
}

/** The programs of a mounted folder that the image does not copy; none where another stage may have built it from them. */
export function lackedBy(old: Old, { source = '', target, kept }: Fated): string[] {
  if (!old.stage || old.stage.copies.some(({ from }) => from !== '')) return []
  const has = new Set(inImage(old, target))
  const inside = posix.relative(old.tree.root, source)
  const context = posix.relative(old.tree.root, contextOf(old))
  return kept.filter(
    (file) =>
      CODE.test(file) &&
      !has.has(file) &&
      isWithin(posix.join('/', file), posix.join('/', context)) &&
      !ASIDE.test(posix.relative(inside, file)) &&
      !OWN.test(file),
  )
}
/** Programs for whoever works on the code. */
export const OWN =
  /(^|\/)(docs?|scripts?|bin|__tests__|spec)\/|[._-](test|spec|config|setup|stories)\.|(^|\/)(test_|\.|Makefile|gulpfile)/i

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

/** The files of the repository that the image of a service copies to a path, or below it. */
export const inImage = (old: Imaged, target: string): string[] => placedIn(old, target).map(([file]) => file)
type Imaged = Pick<Old, 'tree' | 'spec' | 'stage'>

/** Each of these files with its place in the image. */
export function placedIn({ tree, spec, stage }: Imaged, target: string): [string, string][] {
  const { build } = spec
  if (!build || !stage) return []
  return stage.copies.flatMap(({ from, sources, to }) => {
    if (from !== '') return []
    return sources.flatMap((source) => {
      const path = posix.join(build.context, source)
      const isFile = tree.tracked.includes(posix.relative(tree.root, path))
      return trackedIn(tree, path).flatMap((file): [string, string][] => {
        const rest = posix.relative(path, posix.join(tree.root, file))
        const place = isFile ? (to.endsWith('/') ? posix.join(to, posix.basename(file)) : to) : posix.join(to, rest)
        return isWithin(place, target) ? [[file, place]] : []
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
      !kept.includes(posix.join(dir, file)),
  )
}

/** The volume of the release for a path of a service that has none of its own. Two paths never share one. */
export function keyFor({ service, spec, project }: Old, target: string): string {
  const nameOf = (path: string) => posix.basename(path).replace(/[^\w-]/g, '') || 'data'
  const others = (spec.volumes ?? []).filter((one) => one.target !== target && nameOf(one.target) === nameOf(target))
  const short = `${service}-${nameOf(target)}`
  if (others.length === 0 && !(short in project.volumes)) return short
  return `${service}${target.replace(/[^\w]+/g, '-').replace(/-$/, '')}`
}

/** The command's parts that copy existing data; the image of the old container has the tools that wrote them. */
export const copyFrom = ({ tree, project, service, spec, name }: Old, from: string, key: string): Copy => ({
  ...{ from, to: `${name}_${key}` },
  image: tree.ran[service] ?? spec.image ?? `${project.name}-${service}`,
})
