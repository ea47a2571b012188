import { posix } from 'node:path'
import { ignoreMovedDown, movedDown } from '../image/moved.ts'
import { dockerfileOf, ignoreOf, seenFrom, stageOf } from './build.ts'
import { fatesOf } from './mounts.ts'
import { serverOf } from './server.ts'
import {
  ASIDE,
  type Build,
  CODE,
  isWithin,
  mapValues,
  type Project,
  type Service,
  type SourceTree,
} from './source-tree.ts'

/** The tree with builds that hold the code which their services mount from outside of them: their image can have it then. */
export function withWideBuilds(tree: SourceTree): SourceTree {
  const { compose } = tree
  if (!compose) return tree
  const widened = mapValues(compose.services, (spec, service) => widen(tree, compose, service, spec))
  return { ...tree, compose: { ...compose, services: widened } }
}

// The nearest folder with the code and the one that is built takes its place, where the Dockerfile can be moved there.
function widen(tree: SourceTree, project: Project, service: string, spec: Service): Service {
  const { build, volumes = [] } = spec
  const text = build && dockerfileOf(tree, build)
  const top = posix.join(tree.root, tree.dir)
  const isKept = (folder: string) => tree.tracked.some((file) => isWithin(posix.join(tree.root, file), folder))
  const outside = volumes.flatMap(({ type, source = '' }) => {
    const isFolder = type === 'bind' && tree.binds[source] === 'folder' && isWithin(source, top)
    return isFolder && !isWithin(source, build?.context ?? '') && isKept(source) ? source : []
  })
  if (!build || text === undefined || outside.length === 0) return spec
  const context = folderOver([build.context, ...outside])
  const folder = posix.relative(context, build.context)
  const moved = movedDown(text, folder)
  if (moved === undefined || !isWithin(context, top)) return spec
  const dockerfile = posix.relative(context, posix.resolve(build.context, build.dockerfile ?? 'Dockerfile'))
  const own = { dockerfile, dockerfile_inline: moved, 'x-own': build.context }
  const wide = { ...spec, build: { ...build, context, ...own, ...ignoring(tree, build, context, outside) } }
  const server = serverOf(tree, project, service)
  const old = { tree, project, service, folders: new Map<string, string>(), server, spec: wide }
  const fates = fatesOf({ ...old, stage: stageOf(tree, wide) })
  return fates.some(({ fate, source = '' }) => fate === 'baked' && outside.includes(source)) ? wide : spec
}

// What the build did not see stays hidden, and what it saw is seen where the .dockerignore of the wider folder is for other builds: one
// that hides the mounted code counts for nothing.
function ignoring(
  tree: SourceTree,
  { context: own, dockerfile = 'Dockerfile' }: Build,
  context: string,
  code: string[],
) {
  const [before, folder] = [{ context: own, dockerfile }, posix.relative(context, own)]
  const after = new Set(seenFrom(tree, { context }))
  const hidden = tree.tracked.filter((file) => !after.has(file))
  const isCode = (file: string) => CODE.test(file) && !ASIDE.test(file) && !file.endsWith('.sh')
  const hidesCode = hidden.some(
    (file) => isCode(file) && code.some((source) => isWithin(posix.join(tree.root, file), source)),
  )
  const seen = new Set(seenFrom(tree, before))
  const isHidden = !hidesCode && hidden.some((file) => seen.has(file))
  const [inner, outer] = [ignoreOf(tree, before), hidesCode ? undefined : ignoreOf(tree, { context })]
  if (inner === undefined && !isHidden && !hidesCode) return {}
  const lines = [outer ?? [], isHidden ? `!${folder}` : [], inner ? ignoreMovedDown(inner, folder) : []]
  const all = lines.flat().map((text) => `${text.trimEnd()}\n`)
  return { 'x-ignore': all.join('') }
}

/** The innermost folder that holds all those paths; none where the first is no path of this host. */
export const folderOver = ([first = '', ...others]: readonly string[]): string =>
  others.every((one) => isWithin(one, first)) || first === posix.dirname(first)
    ? first
    : folderOver([posix.dirname(first), ...others])
