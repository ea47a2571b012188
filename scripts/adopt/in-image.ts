import { posix } from 'node:path'
import { factsOf, PLACEHOLDERS, pathFrom, placedFiles, seenFrom, withBuilder } from './build.ts'
import type { Old } from './draft.ts'
import { once } from './once.ts'
import { CODE, isWithin, type Service, type SourceTree } from './source-tree.ts'

// Which files of the repository the image of a service has, and where.

/** What this rests on. */
export type Imaged = Pick<Old, 'tree' | 'spec'>

// With the build of another service that makes its image.
const builtOf = ({ tree, spec }: Imaged): Service => (tree.compose ? withBuilder(tree.compose, spec) : spec)
/** The folder that an image of the service is built from. */
export const contextOf = (old: Imaged): string => builtOf(old).build?.context ?? posix.join(old.tree.root, old.tree.dir)
/** The files of the repository that a build of the service sees. */
export const seenBy = once((old: Imaged) => seenFrom(old.tree, { ...builtOf(old).build, context: contextOf(old) }))

/** Each file of the repository that the image has at a path, or below it, with its place there. */
export const placedIn = (old: Imaged, target: string): [string, string][] =>
  allPlacedIn(old, target).filter(([file]) => !PLACEHOLDERS.test(file))
/** The same, with what only keeps a folder in git, or speaks to readers. */
export const allPlacedIn = (old: Imaged, target: string): [string, string][] =>
  allPlaced(old).filter(([, place]) => isWithin(place, target))
const allPlaced = once((old: Imaged) => {
  const { tree } = old
  const spec = builtOf(old)
  return spec.build ? placedFiles({ tree, ...spec.build, facts: factsOf(tree, spec) }, '/', seenBy(old)) : []
})

/** The files of the repository that the image of a service has at a path, or below it. */
export const inImage = (old: Imaged, target: string): string[] => [
  ...new Set(placedIn(old, target).map(([file]) => file)),
]
/** Whether the image of a service has code at a path, or below it. */
export const hasCode = (old: Imaged, path: string): boolean => inImage(old, path).some((file) => CODE.test(file))
/** The paths that an image declares for data: a path with code holds no data alone. */
export const dataVolumes = (old: Imaged & Pick<Old, 'stage'>): string[] =>
  (old.stage?.volumes ?? []).filter((path) => codeAt(old, path).length === 0)
/** Those that have code, without what the Compose file mounts a volume over. A container would keep the code of the version before there. */
export const codeVolumes = once((old: Imaged & Pick<Old, 'stage'>): string[] =>
  (old.stage?.volumes ?? []).filter(
    (path) =>
      codeAt(old, path).length > 0 &&
      !old.spec.volumes?.some(({ type, target }) => type === 'volume' && target === path),
  ),
)

/** The code that the image of a service has at a path, or below it, or that the Compose file mounts there and a build could copy. */
export function codeAt(old: Imaged, path: string): string[] {
  const seen = new Set(seenBy(old))
  const mounts = (old.spec.volumes ?? []).filter(({ type, target }) => type === 'bind' && isWithin(target, path))
  const brought = mounts.flatMap(({ source = '' }) => trackedIn(old.tree, source).filter((file) => seen.has(file)))
  return [...inImage(old, path), ...brought].filter((file) => CODE.test(file))
}

/** The files of the repository at a path, or below it. */
export function trackedIn(tree: SourceTree, path: string): string[] {
  const inside = pathFrom(tree, path)
  return tree.tracked.filter((file) => inside(file) !== undefined && !PLACEHOLDERS.test(file))
}

/** Whether an image gets a file of the repository: its build copies that, or a proposed one will copy the mounted folder that has it. */
export function mayBring(tree: SourceTree, file: string): boolean {
  const [folder, all] = [posix.join(tree.root, posix.dirname(file)), Object.values(tree.compose?.services ?? {})]
  // Where none is built, the application may be a Dockerfile beside the Compose file.
  const alone: Service = { build: { context: posix.join(tree.root, tree.dir) } }
  return (all.some(({ build }) => build) ? all : [...all, alone]).some(
    (spec) =>
      placedIn({ tree, spec }, '/').some(([one]) => one === file) ||
      spec.volumes?.some(({ type, source = '' }) => type === 'bind' && isWithin(folder, source)),
  )
}
