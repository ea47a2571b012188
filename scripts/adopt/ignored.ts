import { posix } from 'node:path'
import { trackedIn } from './in-image.ts'
import { serverOf } from './server.ts'
import { isThere } from './shared.ts'
import { CODE, insideOf, isWithin, type Mount, mapValues, type Project, type SourceTree } from './source-tree.ts'

/**
 * The tree with a mount of its own for each folder of data in what is mounted, where git does not keep what is written to it: the
 * mount kept that on the host, and the image of a release has none of it. Such a folder is one that .gitignore or a placeholder names,
 * and the code as well.
 */
export function withIgnoredFolders(tree: SourceTree): SourceTree {
  const { compose } = tree
  const all = compose ? foldersIn(tree).filter((folder) => !isApart(tree, compose, folder)) : []
  if (!compose || all.length === 0) return tree
  const services = mapValues(compose.services, (spec, service) => {
    const own = spec.volumes ?? []
    const added = serverOf(tree, compose, service) ? [] : own.flatMap((mount) => placedIn(tree, mount, all))
    const open = added.filter(({ target }) => !own.some((one) => isWithin(target, one.target) && !isOfGit(tree, one)))
    return open.length > 0 ? { ...spec, volumes: [...own, ...open] } : spec
  })
  const binds = Object.fromEntries(all.map((folder) => [folder, isThere(tree, folder) ? 'folder' : 'missing'] as const))
  return { ...tree, binds: { ...binds, ...tree.binds }, compose: { ...compose, services } }
}

// Whether a folder, such as docker/data, is there for the data of a server: one at the top may hold those of the code as well, where
// that names it as a path, and not as a key.
function isApart(tree: SourceTree, project: Project, folder: string): boolean {
  const sourcesOf = (isServer: boolean) =>
    Object.entries(project.services).flatMap(([name, { volumes = [] }]) =>
      (serverOf(tree, project, name) !== undefined) === isServer
        ? volumes.flatMap(({ type, source = '' }) => (type === 'bind' ? source : []))
        : [],
    )
  // What a server alone mounts, such as its scripts, has nothing of the code's.
  const isAlone = (source: string) => !sourcesOf(false).some((one) => isWithin(one, source))
  const isAround = sourcesOf(true).some(
    (source) => isWithin(source, folder) || (isWithin(folder, source) && isAlone(source)),
  )
  const inside = insideOf(tree, folder)
  const path = new RegExp(
    String.raw`["'\x60]\.?/?${inside}/|(?:\b(?:join|resolve|Path)\(|(?:dir|path|folder|root)\W|/\s)[^)\n]*["'\x60/]${inside}["'\x60]`,
    'i',
  )
  const isPath = () => Object.entries(tree.sources).some(([file, text]) => CODE.test(file) && path.test(text))
  return isAround && (inside.includes('/') || !isPath())
}

// The folders of the host below which git keeps nothing but what makes them be there.
function foldersIn(tree: SourceTree): string[] {
  const empty = tree.tracked.flatMap((file) =>
    /\/\.(git)?keep$/.test(file) ? posix.join(tree.root, posix.dirname(file)) : [],
  )
  const named = [...new Set([...ignoredIn(tree), ...empty])].filter(
    (folder) =>
      (DATA.test(folder) || isServed(tree, folder)) &&
      !/(^|\/)cache\//i.test(insideOf(tree, folder)) &&
      !isSkeleton(tree, insideOf(tree, folder)) &&
      trackedIn(tree, folder).length === 0,
  )
  return named.filter((folder) => !named.some((one) => one !== folder && isWithin(folder, one)))
}
// Folders for code that a framework makes with a placeholder: those for tests, and that of Rails for the pictures of its pages.
const isSkeleton = ({ files }: SourceTree, inside: string) =>
  /(^|\/)(tests?|specs?)\//i.test(inside) ||
  (/(^|\/)app\/assets\/images$/.test(inside) && files.includes(posix.join(inside, '../../../Gemfile')))
// Whether Flask or Starlette serve it by that name, and no build makes it.
const isServed = ({ sources }: SourceTree, folder: string): boolean => {
  const name = posix.basename(folder).replaceAll('.', '\\.')
  const serves = new RegExp(
    `\\b(?:static_folder\\s*=|send_from_directory\\(|StaticFiles\\(\\s*directory\\s*=)\\s*["'](?:\\./)?${name}["']`,
  )
  return !MADE.test(name) && Object.entries(sources).some(([file, text]) => file.endsWith('.py') && serves.test(text))
}
const MADE = /^(static\w*|public|assets|dist|build|out|site|client|frontend|web|node_modules|docs)$/i

/** The paths of the host that git ignores, where a line names no more than one. */
export const ignoredIn = ({ root, dir, sources }: SourceTree): string[] =>
  Object.entries(sources).flatMap(([file, text]) => {
    if (posix.basename(file) !== '.gitignore') return []
    const place = posix.join(root, dir, posix.dirname(file))
    return text.split('\n').flatMap((line) => {
      const path = line.trim().replace(/\/(\*{0,2})$/, '')
      return PATH.test(path) ? posix.join(place, path) : []
    })
  })
const PATH = /^\/?[\w-][\w.-]*(\/[\w-][\w.-]*)*$/
// Not what programs only keep for a time, or make again.
const DATA =
  /\/(data|uploads?|uploaded|media|instance|files|images?|pictures|photos|videos?|recordings|exports|backups?|databases?|db|attachments|documents|avatars|invoices)$/i

const isOfGit = (tree: SourceTree, { type, source = '' }: Mount) =>
  type === 'bind' && tree.binds[source] === 'folder' && trackedIn(tree, source).length > 0

function placedIn(tree: SourceTree, mount: Mount, folders: readonly string[]): Mount[] {
  const { source = '', target } = mount
  if (mount.read_only || !isOfGit(tree, mount)) return []
  const texts = Object.entries(tree.sources).filter(([file]) => CODE.test(file))
  return folders.flatMap((folder) => {
    const name = new RegExp(String.raw`["'\x60/]${posix.basename(folder)}["'\x60/]`)
    // Each list for Python has Flask's folder.
    if (posix.basename(folder) === 'instance' && !texts.some(([, text]) => /\bflask\b/i.test(text))) return []
    const isNamed = folder !== source && isWithin(folder, source) && texts.some(([, text]) => name.test(text))
    return isNamed ? [{ type: 'bind', source: folder, target: posix.join(target, posix.relative(source, folder)) }] : []
  })
}
