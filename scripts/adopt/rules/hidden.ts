import { posix } from 'node:path'
import { factsOf, pathFrom, placedFiles } from '../build.ts'
import { isWithin, type Old, quote } from '../draft.ts'
import { allPlacedIn, contextOf, seenBy } from '../in-image.ts'
import { type Fated, placesBelow } from '../mounts.ts'
import { imageOf } from './image-files.ts'

// What a mount hid in an image. Without the mount, it shows.

/** Where servers read configuration, and write none. */
export const CONFIGURED = /^\/etc\/|initdb|\/conf(ig)?(\.d)?$/

/**
 * What a mount hid in the image, and COPY alone leaves there, as words for a shell in its folder: all of it; beside the code, what the
 * build has copied. What the build has made stays there: packages, mostly.
 */
export function othersIn(old: Old, one: Fated): string[] {
  const { source = '', target } = one
  if (old.tree.binds[source] !== 'folder') return []
  if (old.spec.build && !CONFIGURED.test(target)) return strangersIn(old, one)
  return imageOf(old)?.files?.every((file) => !isWithin(file, target)) ? [] : ['*', '.[!.]*']
}
// The shortest paths below a mount of what COPY brings there, and the mounted folder has not. Other mounts lie on top of both.
function strangersIn(old: Old, one: Fated): string[] {
  const { tree, spec } = old
  const ours = OURS.map((name) => posix.join(tree.dir, name))
  const build = { tree, context: contextOf(old), facts: factsOf(tree, spec) }
  const brought = [...allPlacedIn(old, one.target), ...placedFiles(build, one.target, ours)]
  const others = (spec.volumes ?? []).flatMap(({ target }) => (isWithin(one.target, target) ? [] : target))
  const inside = pathFrom(tree, one.source ?? '')
  const mounted = [...seenBy(old), ...ours].filter((file) => inside(file) !== undefined)
  const own = new Set([...mounted.map(placesBelow(old, one)), ...others].flatMap(pathsTo))
  const found = brought.flatMap(([, place]) => {
    const isKnown = own.has(place) || others.some((target) => isWithin(place, target))
    return isKnown ? [] : (pathsTo(place).find((path) => isWithin(path, one.target) && !own.has(path)) ?? [])
  })
  const names = [...new Set(found)].map((path) => posix.relative(one.target, path))
  return names.map((name) => (posix.basename(name) === PROPOSED ? name : quote(name)))
}
// What the toolkit adds to a repository.
const PROPOSED = 'dartagnan.*'
const OURS = [PROPOSED, '.dartagnan', '.gitmodules', '.gitignore', 'Makefile']
// A path and all folders above it, the outermost first.
const pathsTo = (path: string): string[] =>
  path === posix.dirname(path) ? [path] : [...pathsTo(posix.dirname(path)), path]

/** Whether the image of a service can remove its own files. */
export const hasShell = (old: Old): boolean =>
  imageOf(old)?.files?.some((file) => SHELL.test(file)) ?? !BARE.test(old.stage?.image ?? old.spec.image ?? '')
const SHELL = /\/bin\/(sh|busybox)$/
// Images that have nothing but a program.
const BARE = /^scratch$|distroless|chainguard/
