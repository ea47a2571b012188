import { posix } from 'node:path'
import { factsOf as factsOfText } from '../image/build.ts'
import type { Copied } from '../image/copied.ts'
import type { DockerfileFacts, Stage } from '../image/dockerfile.ts'
import { type Build, countOf, insideOf, isWithin, type Project, type Service, type SourceTree } from './source-tree.ts'

/** The text of the Dockerfile of a build; undefined where there is none. */
export const dockerfileOf = (tree: SourceTree, build: Build): string | undefined =>
  build.dockerfile_inline ?? tree.sources[posix.join(insideOf(tree, build.context), build.dockerfile ?? 'Dockerfile')]

/** The tree with the services of which a container is asked for, and with the names that builds take: a `dockerfile`, where no `Dockerfile` is. */
export function withDockerfiles(tree: SourceTree): SourceTree {
  const { compose, sources } = tree
  const named = ([name, spec]: [string, Service]): [string, Service] => {
    const { build } = spec
    const inside = insideOf(tree, posix.join(build?.context ?? '', 'dockerfile'))
    const isOther = (build?.dockerfile ?? 'Dockerfile') === 'Dockerfile' && sources[inside] !== undefined
    const isLower = build && isOther && dockerfileOf(tree, build) === undefined
    return [name, isLower ? { ...spec, build: { ...build, dockerfile: 'dockerfile' } } : spec]
  }
  if (!compose) return tree
  const all = Object.entries(compose.services)
  const services = Object.fromEntries(all.filter(([, spec]) => countOf(spec) !== 0).map(named))
  const idle = all.flatMap(([name]) => (name in services ? [] : name))
  return { ...tree, compose: { ...compose, services, idle } }
}

/** What the Dockerfile of a service says; undefined for a ready image. */
export function factsOf(tree: SourceTree, { build }: Service): DockerfileFacts | undefined {
  const text = build && dockerfileOf(tree, build)
  if (!build || text === undefined) return undefined
  return factsOfText({ dockerfile: text, lock: {}, args: argsOf(build), target: build.target })
}
/** The stage that a service runs. */
export const stageOf = (tree: SourceTree, spec: Service): Stage | undefined => factsOf(tree, spec)?.target

/** A service with the build of the image that it names, where another service builds that. */
export function withBuilder({ services }: Project, spec: Service): Service {
  const { build } = Object.values(services).find((one) => one.build && spec.image && one.image === spec.image) ?? {}
  return spec.build || !build ? spec : { ...spec, build }
}

/** The build arguments that the Compose file gives a value. */
export const argsOf = ({ args = {} }: Pick<Build, 'args'>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(args).flatMap(([name, value]) => ((value ?? null) === null ? [] : [[name, String(value)]])),
  )

/** Whether two services have the same image built. */
export const isSameBuild = (one: Build | undefined, other: Build | undefined): boolean =>
  one !== undefined && other !== undefined && asText(one) === asText(other)
const asText = ({ context, dockerfile = 'Dockerfile', dockerfile_inline: inline, target, ...build }: Build) =>
  JSON.stringify({ context, dockerfile, inline, target, args: argsOf(build) })

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
// A pattern of Docker's, for a path or a folder above it. What has more stars than anybody needs means nothing.
const asPattern = (path: string) =>
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

type Built = { readonly tree: SourceTree; readonly context: string; readonly facts: DockerfileFacts | undefined }
/** The files of the repository that an image has at a path or below it, each with its place: what rules call its code rests on this. */
export function placedFiles({ tree, context, facts }: Built, target: string): [string, string][] {
  const stage = facts?.target
  if (!stage) return []
  return seenFrom(tree, context).flatMap((path) =>
    placesOf(facts, stage, posix.relative(posix.relative(tree.root, context), path), true).flatMap(
      (place): [string, string][] => (isWithin(place, target) ? [[path, place]] : []),
    ),
  )
}
export const PLACEHOLDERS = /(^|\/)(\.git\w*|\.keep|\.placeholder|readme[^/]*)$/i

/** The files of the repository that a build sees in its context: the last line of .dockerignore that means one decides. */
export function seenFrom(tree: SourceTree, context: string): string[] {
  const text = tree.sources[posix.join(insideOf(tree, context), '.dockerignore')] ?? ''
  const lines = text.split('\n').flatMap((line) => {
    const [, not = '', path = ''] = /^\s*(!?)\/?([^#\s].*?)\/?\s*$/.exec(line) ?? []
    return path ? [{ isOut: not === '', path: asPattern(posix.normalize(path)) }] : []
  })
  return tree.tracked.filter((path) => {
    const file = posix.relative(posix.relative(tree.root, context), path)
    const isSeen = !file.startsWith('..') && !PLACEHOLDERS.test(file)
    return isSeen && lines.findLast((line) => line.path.test(file))?.isOut !== true
  })
}
