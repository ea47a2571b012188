import { dockerfileOf, isSameBuild, pathFrom } from '../build.ts'
import { DATA_FOLDER } from '../data-paths.ts'
import { commandOf, type Old, quote } from '../draft.ts'
import { allPlacedIn, hasCode } from '../in-image.ts'
import { starts } from '../installs.ts'
import { type Fated, fatesOf, type Mounting, placesBelow, volumesOf } from '../mounts.ts'
import { isWithin } from '../source-tree.ts'
import { filledBy, isTaken, keptMounts, programOf, uploadsOf, writtenBy } from './beside.ts'
import { hasShell, type Imaging } from './image-files.ts'
import { linkLines } from './linked.ts'
import { movedIn } from './moved.ts'
import { openLines } from './open.ts'
import { givenTo, isForPages, isGiven, isNumbered, writerOf } from './writer.ts'

/**
 * What is to be done where a service that is not root writes to a folder of which its image has nothing: the engine makes an empty
 * volume root's. `text` is its Dockerfile; a ready image has none. Undefined where there is nothing to do.
 */
export function ownFolder(old: Owning, folder: string, text: string | undefined) {
  const line = ownLine(old, folder, text)
  if (line === undefined || (text !== undefined && isGiven(old, folder, text))) return undefined
  return {
    line,
    found: `it runs as ${writerOf(old)?.replace(/:.*/, '')}, and an empty volume is root's`,
    mend: `let that user own it in the image: ${line}, before USER`,
  }
}
function ownLine(old: Owning, folder: string, text: string | undefined): string | undefined {
  const [user, group] = writerOf(old)?.split(':') ?? []
  // The author of a ready image may have given the folder to its user.
  const isReady = text === undefined && !isForPages(old)
  return !user || isReady ? undefined : `RUN install -d -o ${user}${group ? ` -g ${group}` : ''} ${folder}`
}
type Owning = Pick<Old, 'tree' | 'spec' | 'stage'>

/**
 * The lines for folders that their user could not write to: those of data, as an empty volume becomes what the image has there, and
 * those of the framework. A Dockerfile is proposed for what init alone gives a volume; a mount of the author's own counts where one is
 * proposed all the same. What that copies comes after all that the author gives away.
 */
export function ownLines(old: Mounting & Imaging): string[] {
  const { tree, spec, server, project, web = '' } = old
  const text = spec.build && dockerfileOf(tree, spec.build)
  const isBaked = fatesOf(old).some(({ fate }) => fate === 'baked')
  const isOwn = text !== undefined && (old.isWeb || !isSameBuild(spec.build, project.services[web]?.build))
  if (server || !hasShell(old) || !(isBaked || isOwn)) return []
  const { dataPaths, made, isMoved } = old.isWeb ? movedIn({ ...old, ...programOf(old) }) : NONE
  const mounts = keptMounts(old)
  const isFree = (path: string) => !isMoved(path) && !hasCode(old, path) && !isTaken(mounts, path)
  const named = old.isWeb ? writtenBy(old).folders : []
  const written = [...made, ...uploadsOf(old), ...named, ...filledBy(old)].map(({ value }) => value)
  const place = dataPaths.length > 0 ? [DATA_FOLDER] : []
  const volumes = volumesOf(old).filter(({ read_only: readOnly }) => !readOnly)
  const lineFor = (folder: string) => (isBaked ? ownLine(old, folder, text) : ownFolder(old, folder, text)?.line)
  const linesWith = (held: readonly Fated[]) => {
    const volumePaths = held.map(({ target }) => target)
    const folders = new Set([...filledAtStart(old), ...volumePaths, ...written.filter(isFree), ...place])
    const given = [...folders].flatMap((folder) => lineFor(folder) ?? [])
    return [
      ...linkLines(old),
      ...frameworkLines(old, text ?? ''),
      ...given,
      ...openLines(old, folders, isBaked ? '' : text),
    ]
  }
  // A folder of the host had an owner, and the volume in its place has none. One of the author's own asks for no image.
  const isMade = isBaked || linesWith(volumes.filter(({ type }) => type === 'bind')).length > 0
  return isMade ? linesWith(volumes) : []
}
// The code that a mount brought, where the start itself puts packages or a file beside it, or the user has the number of its owner on
// the host: root's, it would end there.
function filledAtStart(old: Mounting): string[] {
  const { tree, spec, stage } = old
  const command = commandOf({ spec, stage }).join(' ')
  const isRoot = /^(root|0)?(:|$)/.test(spec.user || stage?.user || '')
  const isFilled = !isRoot && (starts(command, tree.sources) || MAKES.test(command))
  if (!isFilled && !isNumbered(old)) return []
  return fatesOf(old).flatMap((one) =>
    one.fate === 'baked' && !one.read_only && tree.binds[one.source ?? ''] === 'folder' ? one.target : [],
  )
}
const MAKES = /(^|[;&|('"]|-c)\s*(cp|touch|mkdir)\s/
const NONE = { dataPaths: [], made: [], isMoved: () => false }

// The folders in which a framework writes, and that no volume need hold: what COPY brings is root's.

// By the files that tell of one, its folders, and what it does not make there itself.
type Framework = {
  readonly tell: readonly string[]
  readonly folders: readonly string[]
  readonly inner?: readonly string[]
}
const LARAVEL = ['cache/data', 'sessions', 'views'].map((name) => `storage/framework/${name}`)
const FRAMEWORKS: readonly Framework[] = [
  {
    tell: ['artisan', 'bootstrap/app.php'],
    folders: ['storage', 'bootstrap/cache'],
    inner: [...LARAVEL, 'storage/logs'],
  },
  {
    ...{ tell: ['spark', 'app/Config/App.php'], folders: ['writable'] },
    inner: ['cache', 'logs', 'session', 'uploads'].map((name) => `writable/${name}`),
  },
  {
    tell: ['system/core/CodeIgniter.php', 'application/config/config.php'],
    folders: ['application/cache', 'application/logs'],
  },
  { tell: ['bin/console', 'config/bundles.php'], folders: ['var'] },
  { tell: ['yii', 'config/web.php'], folders: ['runtime', 'web/assets'] },
  { tell: ['bin/cake', 'config/bootstrap.php'], folders: ['tmp', 'logs'] },
]

function frameworkLines(old: Mounting, text: string): string[] {
  const writer = writerOf(old)
  const mounts = fatesOf(old).filter((one) => /^(baked|source)$/.test(one.fate) && !one.read_only)
  const places = writer ? mounts.flatMap((one) => one.kept.map(placesBelow(old, one))) : []
  const baked = new Set(mounts.flatMap((one) => (one.fate === 'baked' ? one.kept.map(placesBelow(old, one)) : [])))
  // Where the image has the code, the mount brought a folder that git keeps, and .dockerignore may hide it from the build.
  const kept = mounts.flatMap((one) => {
    const inside = pathFrom(old.tree, one.source ?? '')
    return old.tree.tracked.flatMap((file) => (inside(file) === undefined ? [] : placesBelow(old, one)(file)))
  })
  const isHidden = (folder: string, name: string) =>
    allPlacedIn(old, folder).length === 0 && kept.some((file) => isWithin(file, folder)) && !text.includes(name)
  const has = new Set(places)
  // The owner of the mounted folder was the user that the Compose file names; the image gives its code to another one, or to root.
  const { user = '' } = old.spec
  const isForeign = (top: string) =>
    user !== '' && writer === user && !old.stage?.runs.flatMap((run) => givenTo(run, top)).includes(user)
  return FRAMEWORKS.flatMap(({ tell: [first = '', second = ''], folders, inner = [] }) => {
    const tops = places.flatMap((place) => (place.endsWith(`/${first}`) ? place.slice(0, -first.length) : []))
    return [...new Set(tops)].flatMap((top) => {
      const pathsOf = (names: readonly string[]) => names.map((name) => quote(top + name)).join(' ')
      return has.has(top + second) &&
        (baked.has(top + first) || isForeign(top) || inner.some((name) => isHidden(top + name, name)))
        ? `RUN mkdir -p ${pathsOf([...folders, ...inner])} && chown -R ${writer} ${pathsOf(folders)}`
        : []
    })
  })
}

/** As ownLines, for an image that is made: what git keeps in such a folder is copied before, and root's. */
export const givenLines = (old: Mounting & Imaging): string[] =>
  ownLines(old).map((line) => {
    const [, user, group, folder = ''] = /^RUN install -d -o (\S+)(?: -g (\S+))? (\S+)$/.exec(line) ?? []
    const isFilled = fatesOf(old).some(
      ({ fate, target, kept }) => fate === 'baked' && kept.length > 0 && folder !== '' && isWithin(target, folder),
    )
    return isFilled ? `RUN chown -R ${user}${group ? `:${group}` : ''} ${folder}` : line
  })
