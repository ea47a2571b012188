import { posix } from 'node:path'
import { pathFrom } from './build.ts'
import { readsKeys } from './config-files.ts'
import { commandOf, type Old } from './draft.ts'
import { codeVolumes, contextOf, dataVolumes, hasCode, inImage, placedIn, seenBy, trackedIn } from './in-image.ts'
import { hasOthers, lackedIn } from './lacked.ts'
import { once } from './once.ts'
import { CODE, isCode, isSetUp, isWithin, LISTS, type Mount, modulesOf, mountsOf } from './source-tree.ts'

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
  /** The programs among them that the image lacks, all the same. */
  readonly lacked: readonly string[]
}

/** What package managers and builds make: a volume would keep that of the first release for ever. */
export const CACHES =
  /(^|\/)(node_modules|jspm_packages|bower_components|vendor|\.?venv|__pycache__|\.next|\.nuxt|\.cache|site-packages|\.gradle|\.m2|\.cargo|go\/pkg|go-cache|go-build|\.npm|\.yarn|\.bundle|bundle|gems|\.nuget|\.composer|_build)(\/|$)/
const FRAMEWORKS = /\w\/(var\/cache|bootstrap\/cache|storage\/framework(\/\w+)?|tmp\/cache)$/
// The engine itself, and what belongs to the host: a volume of it would be a copy of the host.
const SOCKET = /(docker|containerd|podman)\.sock$/
const HOSTS = /^\/($|(proc|sys|dev|run|var\/run|etc|boot|lib|usr|bin|sbin|var\/lib\/docker)(\/|$))/
// An image shows its files to whoever has it.
const SECRETS = /(^|\/)(\.env[^/]*|[^/]*\.(key|pem|p12|pfx)|id_(rsa|ed25519)|secrets?)$/i
const KEY = /(^|\/)(\.ssh\/[^/]+|id_(rsa|dsa|ecdsa|ed25519)[^/]*|[^/]*\.(p12|pfx|jks))$/
/** Names that no folder has: such a source would be a file if it existed. */
export const FILE =
  /\.(sql|conf|cnf|cfg|ini|env|ya?ml|json|toml|xml|properties|sh|js|php|crt|pem|key|txt|template|htpasswd)$|\/crontab$/i
/** Where a database has what it runs for an empty volume, and writes nothing. */
export const SCRIPTS = /\/docker-entrypoint-initdb\.d\/?$/
/** How a database in a single file is called. */
export const STORE = /\.(sqlite3?|s3db|db3?|mdb)$/i
// What PostgreSQL, MySQL, MongoDB and Redis have at the top of their folders.
const DATABASE = /^(PG_VERSION|ibdata1|WiredTiger|dump\.rdb|appendonlydir\/.*)$/

// Where programs lie.
const PROGRAMS = /^\/(app(lication)?|code|srv|src|server|work\w*|var\/www|usr\/src)(\/|$)/

/** Where images keep their code. */
export const CODE_FOLDERS =
  /^\/(var\/www(\/(?!certbot)[\w-]+)?|usr\/src\/[\w-]+|usr\/local\/app|app|code|srv|workspace)$/
/** Whether all services that mount a folder have it where images keep their code: what one writes, another one may serve. */
export const isForCode = ({ project }: Pick<Old, 'project'>, folder: string): boolean =>
  mountsOf(project).every(({ source, target }) => source !== folder || CODE_FOLDERS.test(target))

/** The mounts of a service that become volumes. */
export const volumesOf = (old: Mounting): Fated[] =>
  fatesOf(old).filter(({ fate }) => fate === 'volume' || fate === 'data')

/** Decides for each mount of a service what becomes of it. */
export const fatesOf = once((old: Mounting): Fated[] =>
  (old.spec.volumes ?? []).map((mount) => {
    const fated = fateOf(old, mount)
    // What one service writes and another one reads must be one volume.
    if (mount.type !== 'bind' || !old.folders.has(mount.source ?? '')) return fated
    // A volume may do without files of git that are no programs, and that no image has.
    const isExample = fated.fate === 'file' && !fated.kept.some((file) => CODE.test(file))
    return { ...fated, fate: 'data', kept: isExample ? [] : fated.kept }
  }),
)

/** What the fates of the mounts of a service rest on. */
export type Mounting = Pick<Old, 'tree' | 'project' | 'folders' | 'service' | 'spec' | 'stage'> &
  Partial<Pick<Old, 'server'>>

/**
 * The volumes of the release that take the place of folders, by their paths: one for all services that mount a folder. The code of a
 * service may fill a folder of which git keeps no program, whatever else: `isFilled` says it.
 */
export function foldersOf(
  services: readonly Old[],
  isFilled: (old: Old, target: string) => boolean,
): ReadonlyMap<string, string> {
  const folders = new Map<string, string>()
  for (const old of services)
    for (const mount of old.spec.volumes ?? []) {
      const { source = '', target, read_only: readOnly } = mount
      const { fate, kept } = fateOf(old, mount)
      const mayFill = fate === 'file' && !readOnly && old.tree.binds[source] === 'folder'
      const isData = fate === 'data' || (mayFill && !kept.some((file) => CODE.test(file)) && isFilled(old, target))
      if (isData && !folders.has(source)) folders.set(source, keyFor(old, target))
    }
  return folders
}

type Files = readonly string[]
function fateOf(old: Omit<Mounting, 'folders'>, mount: Mount): Fated {
  const { type, source = '', target } = mount
  const { tree, spec } = old
  const as = (fate: Fate, kept: Files = [], lacked: Files = []): Fated => ({ ...mount, fate, kept, lacked })
  if (type === 'volume') {
    const kept = inImage(old, target)
    if ((CACHES.test(target) || FRAMEWORKS.test(target)) && (spec.build || source === '')) return as('cache')
    // A few files of no program may be what a folder of data begins with.
    return as(kept.some(isCode) && !isShared(old, source) ? 'source' : 'volume', kept)
  }
  if (type !== 'bind') return as('other')
  // What a submodule has is code: git keeps it elsewhere.
  if (posix.basename(source) === '.git' || modulesOf(tree).some((path) => isWithin(source, path))) return as('source')
  if (SOCKET.test(source) || (HOSTS.test(source) && !mount.read_only && !isWithin(source, tree.root))) return as('host')
  const [kept, seen] = [trackedIn(tree, source), new Set(seenBy(old))]
  if (STORE.test(source) && tree.binds[source] === 'file' && !mount.read_only) return as('file', kept)
  // A database runs no code of an application: its image would be another one with each version.
  const isRead = () => JSON.stringify({ ...spec, volumes: [], working_dir: '' }).includes(target)
  if (old.server && PROGRAMS.test(target) && kept.some((file) => CODE.test(file)) && !isRead())
    return as('source', kept)
  const canBake = isWithin(source, contextOf(old)) && kept.some((file) => seen.has(file))
  const placeOf = placesBelow(old, mount)
  const inPlace = new Set(placedIn(old, target).flatMap(([file, place]) => (place === placeOf(file) ? file : [])))
  const runs = kept.filter((file) => isRun(old, placeOf(file)) && !inPlace.has(file))
  const lacked = [...new Set([...runs, ...lackedIn(old, kept, mount, seen)])]
  const hidden = lacked.filter((file) => !seen.has(file))
  // Lists of packages are copied first: they alone are not the code. Elsewhere in the image it is not what the mount brings.
  const covers = kept.some((file) => inPlace.has(file) && !LISTS.test(file))
  // A volume around it, which other services need, has the files of the first version for ever.
  const isAround = (one: Mount) => one.type === 'volume' && isWithin(target, one.target)
  const isInside = spec.volumes?.some((one) => isAround(one) && fateOf(old, one).fate === 'volume')
  if (covers && mount.read_only && isInside) return as('file', kept)
  if (covers) return canBake && hidden.length < lacked.length ? as('baked', kept, hidden) : as('source', kept, lacked)
  if (kept.length === 0 && CACHES.test(target)) return as('cache')
  // What the image's author calls data is no part of a version, even where git keeps an example of it; nor is a database.
  const inside = pathFrom(tree, source)
  const isKept = kept.some((file) => DATABASE.test(inside(file) ?? ''))
  const isHeld = isWithin(old.server?.data || '-', target) && (target === old.server?.data || !kept.every(isSetUp))
  const isDatabase = isKept || (kept.length > 0 && isHeld)
  // Without what its command names the service does not start: such a file is more than an example.
  const isNamed = !kept.some((file) => CODE.test(file)) && kept.some((file) => isRun(old, placeOf(file)))
  const declared = isNamed ? declaredIn(old).filter((path) => !hasCode(old, path)) : dataVolumes(old)
  const isDeclared = declared.some((path) => isWithin(target, path))
  if (!mount.read_only && (isDatabase || isDeclared)) return as('data', isDatabase || isNamed ? kept : [])
  if (kept.length > 0 && SECRETS.test(source)) return as('file', kept)
  // In a volume, the image's files would be those of the first version; a mount lies on top of both.
  const isPart = SCRIPTS.test(target) && hasOthers(tree, source)
  if (canBake) return isInVolume(old, target) || isPart ? as('file', kept) : as('baked', kept, hidden)
  if (isWithin(source, tree.root) && isWithin(contextOf(old), source))
    return as(kept.length > 0 ? 'file' : 'source', kept)
  // Compose would make a folder of a file that is not there.
  const extension = posix.extname(source)
  const isKey = KEY.test(target) || KEY.test(source)
  const isFile =
    isKey || FILE.test(target) || FILE.test(source) || (extension.length > 2 && extension === posix.extname(target))
  const isAbsentFile = tree.binds[source] === 'missing' && isFile
  const isFixed = isAbsentFile || tree.binds[source] === 'file' || mount.read_only || SCRIPTS.test(target)
  if (isFixed || kept.length > 0) return as('file', kept)
  // An empty volume in the place of certificates would end a web server at its start.
  const isKeys = isWithin(source, tree.root) && readsKeys(old, target)
  return isKeys ? { ...as('file'), read_only: true } : as('data')
}

/** Gives the place in a container of each file of the repository below what is mounted. */
export function placesBelow({ tree }: Pick<Old, 'tree'>, { source = '', target }: Mount): (file: string) => string {
  const inside = pathFrom(tree, source)
  return (file) => posix.join(target, inside(file) ?? '')
}
/** Whether the command of a service names a place in its container. */
export const isRun = (old: Pick<Old, 'spec' | 'stage'>, place: string): boolean => runBy(old).has(place)
const runBy = once((old: Pick<Old, 'spec' | 'stage'>) => {
  const words = commandOf(old).flatMap((all) => all.split(/[\s;&|()"']+/))
  return new Set(words.map((word) => posix.resolve(old.spec.working_dir ?? old.stage?.workdir ?? '/', word)))
})

function isInVolume(old: Omit<Mounting, 'folders'>, target: string): boolean {
  const named = (old.spec.volumes ?? []).flatMap((one) => (one.type === 'volume' ? one.target : []))
  const code = codeVolumes(old)
  const declared = declaredIn(old).filter((path) => !code.includes(path))
  // Nor would a later version's file be seen below a folder that becomes a volume.
  const folders = (old.spec.volumes ?? []).flatMap((one) =>
    one.target !== target && isWithin(target, one.target) && fateOf(old, one).fate === 'data' ? one.target : [],
  )
  return [...named, ...folders, ...declared, old.server?.data || '-'].some((path) => isWithin(target, path))
}
function declaredIn({ tree, spec, stage }: Omit<Mounting, 'folders'>): readonly string[] {
  const { volumes = [] } = tree.images[(spec.build ? stage?.image : spec.image) ?? ''] ?? {}
  return [...volumes, ...(stage?.volumes ?? [])]
}

// Another service may rely on a volume that two mount: that is not the image's copy of it alone.
const isShared = ({ project, service }: Pick<Old, 'project' | 'service'>, source: string) =>
  source !== '' &&
  Object.entries(project.services).some(
    ([name, { volumes = [] }]) =>
      name !== service && volumes.some((one) => one.type === 'volume' && one.source === source),
  )

/** The volume of the release for a path of a service that has none of its own. Two paths never share one. */
export function keyFor({ service, spec, project }: Old, target: string): string {
  const nameOf = (path: string) => posix.basename(path).replace(/[^\w-]/g, '') || 'data'
  const others = (spec.volumes ?? []).filter((one) => one.target !== target && nameOf(one.target) === nameOf(target))
  const short = `${service}-${nameOf(target)}`
  if (others.length === 0 && !(short in project.volumes)) return short
  return `${service}${target.replace(/[^\w]+/g, '-').replace(/-$/, '')}`
}
