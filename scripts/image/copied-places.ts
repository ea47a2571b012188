import { posix } from 'node:path'
import { isWithin } from '../docker/paths.ts'
import type { Copied } from './copied.ts'
import type { DockerfileFacts, Stage } from './dockerfile.ts'

// Where the files of a build's context lie in its image.

/** The stage before another that a line of it names, or numbers. */
export const stageBefore = ({ stages }: DockerfileFacts, stage: Stage, from: string): Stage | undefined => {
  const before = stages.slice(0, stages.indexOf(stage))
  const named = before.findLast(({ name }) => name !== '' && name.toLowerCase() === from.toLowerCase())
  return named ?? (/^\d+$/.test(from) ? before[Number(from)] : undefined)
}

/** Where a file or folder of the build's context lies in the image, through all stages that pass it on. */
export const placeIn = (facts: DockerfileFacts, file: string): string | undefined =>
  facts.target && placesOf(facts, facts.target, file)[0]

/** All places of a file or folder of the context in a stage. Nobody knows which one it is but by its name, unless it `isFile`. */
export function placesOf(facts: DockerfileFacts, stage: Stage, file: string, isFile = /\.\w+$/.test(file)): string[] {
  return stage.copies.flatMap((copied) => {
    const earlier = stageBefore(facts, stage, copied.from)
    const places = copied.from === '' ? [file] : earlier ? placesOf(facts, earlier, file, isFile) : []
    return places.flatMap((place) => placesBy(copied, place, isFile))
  })
}

/** Where a line of COPY, or a mount, puts a file or folder. */
export const placesBy = ({ sources, to }: Omit<Copied, 'from'>, path: string, isFile: boolean): string[] =>
  sources.flatMap((source) => {
    const place = posix.join('/', path)
    const root = rootIn(posix.resolve('/', source), place)
    if (root === undefined) return []
    // COPY puts a file into a folder that has a slash at its end, and what is in a folder into any.
    const isNamed = root === place && isFile && (to.endsWith('/') || sources.length > 1 || PATTERN.test(source))
    return posix.join(to, isNamed ? posix.basename(place) : posix.relative(root, place))
  })
const PATTERN = /[*?[]/
/** A pattern of Docker's, for a path or a folder above it. What has more stars than anybody needs means nothing. */
export const asPattern = (path: string) =>
  new RegExp(
    `^${path
      .replaceAll(/[^\w/*?-]/g, '\\$&')
      .replaceAll(/\\\[([\w|]+)\\\]/g, '[$1]')
      .replaceAll('?', '[^/]')
      .replaceAll(/\*\*\/?|\*/g, (stars) => (stars === '*' ? '[^/]*' : stars === '**' ? '.*' : '(?:.*/)?'))
      .replace(/^(?:[^*]*\*){5}.*$/, '(?!)')}(?=/|$)`,
  )

/** The path that a source of COPY means where it holds another one: a pattern may mean a folder above that. */
export function rootIn(source: string, place: string): string | undefined {
  if (!PATTERN.test(source)) return isWithin(place, source) ? source : undefined
  return place.startsWith(source.split(PATTERN)[0] ?? '') ? asPattern(source).exec(place)?.[0] : undefined
}

/** A stage, and those that it copies from. */
export const reached = (facts: DockerfileFacts, stage: Stage): Stage[] => {
  const others = stage.copies.flatMap(({ from }) => stageBefore(facts, stage, from) ?? [])
  return [stage, ...[...new Set(others)].flatMap((one) => reached(facts, one))]
}

/**
 * The files and folders of its context that a build takes, and some more of them perhaps; undefined where these may be any. The lines that
 * tell which files it may not see are among them.
 */
export function takenBy(facts: DockerfileFacts, dockerfile: string): string[] | undefined {
  const stages = facts.target ? reached(facts, facts.target) : []
  const sources = stages.flatMap(({ copies }) => copies.filter(({ from }) => from === '').flatMap((one) => one.sources))
  // Of a pattern, the folder above it.
  const paths = sources.map((one) => posix.relative('/', posix.resolve('/', one.replace(/[^/]*[*?[].*$/, ''))))
  const isWhole = paths.some((path) => path === '' || path.includes('$'))
  const mayTakeMore = MOUNTS.test(dockerfile) || facts.images.some((image) => image.includes('onbuild'))
  return isWhole || mayTakeMore || stages.length === 0
    ? undefined
    : [...new Set(['.dockerignore', ...paths])].toSorted()
}
const MOUNTS = /--mount=(?!\S*type=(?:cache|secret|ssh|tmpfs)\b)/

/** Whether an image is made of a file of its context. */
export const isMadeOf = (facts: DockerfileFacts, file: string): boolean =>
  facts.target !== undefined &&
  reached(facts, facts.target).some((stage) => placesOf(facts, stage, file, true).length > 0)
