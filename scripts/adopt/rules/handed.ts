import { posix } from 'node:path'
import { isSameBuild } from '../build.ts'
import { configFilesOf } from '../config-files.ts'
import { about, type Old, shownPath } from '../draft.ts'
import type { Finding } from '../finding.ts'
import { placedIn } from '../in-image.ts'
import { type Fated, fatesOf, placesBelow } from '../mounts.ts'
import { isWithin } from '../source-tree.ts'
import { isServing, sharing } from './beside.ts'
import { targetOf } from './names.ts'
import { packagesOf } from './packages.ts'
import { another } from './sent.ts'

// A web server that mounts the code of a program serves also what the program's build has made among its files. Git has nothing of
// that, so the server's image takes it from the image of the program.

type Handed = { readonly service: string; readonly path: string; readonly to: string; readonly name: string }

/** The folders that a web server takes from the images of programs, below a mount of code. */
export function handedTo(old: Old, one: Fated): Handed[] {
  // What it is set up with is git's alone.
  const isFolder = old.tree.binds[one.source ?? ''] === 'folder' && !isWithin(one.target, '/etc')
  if (!isFolder || !isServing(old, old.service)) return []
  // Whom it passes requests to may have the files from its build alone.
  const behind = old.behind.get(old.service)?.keys() ?? []
  const makers = [...new Set([...sharing(old), ...behind])].flatMap((service) => {
    const maker = another(old, service)
    const mount = isServing(old, service) ? undefined : (madeIn(maker, one) ?? builtIn(maker, one))
    return mount ? [{ maker, mount }] : []
  })
  // Several that have the same code have all of it built, the one behind the server first.
  const isBehind = ({ maker }: { maker: Old }) => old.behind.get(old.service)?.has(maker.service) === true
  const [first] = makers.toSorted((a, b) => Number(isBehind(b)) - Number(isBehind(a)))
  if (!first) return []
  const from = posix.join(first.mount.target, posix.relative(first.mount.source ?? '', one.source ?? ''))
  // What runs the image of the application has no build of its own.
  const isApp =
    isSameBuild(first.maker.spec.build, old.project.services[old.web ?? '']?.build) &&
    fatesOf(first.maker).every(({ fate }) => fate !== 'baked')
  const name = targetOf(isApp ? { ...first.maker, isWeb: true } : first.maker)
  return pagesIn(old, one).flatMap((to) => {
    const path = posix.join(from, posix.relative(one.target, to))
    // Its own Dockerfile may bring a part alone, and a build ends at a path that is not there.
    const isThere = first.mount.fate === 'baked' || placedIn(first.maker, path).length > 0
    return isThere ? [{ service: first.maker.service, name, to, path }] : []
  })
}

// The mount of a program that has the same files, where its build makes more of them.
const madeIn = (maker: Old, { source = '' }: Fated): Fated | undefined =>
  fatesOf(maker).find((each) => {
    if (each.type !== 'bind' || !isWithin(source, each.source ?? '-') || !['source', 'baked'].includes(each.fate))
      return false
    const lines = packagesOf(maker, each, { from: '', to: '' })?.lines ?? []
    return hasMore(maker, each.target) || lines.some((line) => MAKES.test(line))
  })
const hasMore = ({ stage }: Old, folder: string) =>
  stage?.copies.some(({ from, to }) => from !== '' && isWithin(to, folder)) ||
  stage?.runs.some((line) => MAKES.test(line))
// The same of a program without a mount of them, where its image has them in one folder.
function builtIn(maker: Old, one: Fated): Fated | undefined {
  const { source = '' } = one
  const folders = placedIn(maker, '/').flatMap(([file, place]) => {
    const inside = posix.relative(source, posix.join(maker.tree.root, file))
    return !inside.startsWith('..') && place.endsWith(`/${inside}`) ? place.slice(0, -inside.length - 1) : []
  })
  const [target, ...more] = new Set(folders)
  return target && more.length === 0 && hasMore(maker, target) ? { ...one, target, fate: 'source' } : undefined
}
const MAKES =
  /^COPY --from=composer-packages \/app\s|\bcomposer(\.phar)?\s[^;&|\n]*\b(install|create-project)\b|\bassets?:(install|precompile)|asset-map:compile|\bcollectstatic\b|\b(npm|pnpm|yarn|bun)\s[^;&|\n]*\b(build|prod(uction)?)\b/

// What the server serves of a mount: all, where nobody knows what lies below it.
function pagesIn(old: Old, one: Fated): string[] {
  const has = one.kept.map(placesBelow(old, one))
  const roots = configFilesOf(old.tree, old.project, old.spec).flatMap(({ path, text }) =>
    // The code may have such files for another server.
    isWithin(path, one.target) ? [] : [...text.matchAll(ROOT)].map(([, root = '']) => posix.resolve(root)),
  )
  const own = [...new Set(roots)].filter((root) => isWithin(root, one.target))
  const isKnown = own.length > 0 && own.every((root) => has.some((place) => isWithin(place, root)))
  return isKnown ? own.filter((root) => !own.some((each) => each !== root && isWithin(root, each))) : [one.target]
}
const ROOT = /(?:^|[{;])\s*root\s+["']?(\/[^\s;"'$]*)["']?\s*;/gm

/** Says which folders a web server takes from the images of programs. */
export const handedFindings = (old: Old, more: readonly Fated[]): Finding[] =>
  more.flatMap((one) =>
    handedTo(old, one).map(({ service, to }) => {
      const shown = shownPath(old.tree, one.source ?? '')
      return about(old, 'volumes').ok(
        `${to} comes from the image of ${service}, whose build makes more than ${shown} has`,
      )
    }),
  )
