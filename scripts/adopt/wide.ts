import { posix } from 'node:path'
import { movedDown } from '../image/moved.ts'
import { dockerfileOf, stageOf } from './build.ts'
import { type Fated, fatesOf } from './mounts.ts'
import { serverOf } from './server.ts'
import { isWithin, mapValues, type Project, type Service, type SourceTree } from './source-tree.ts'

/** The tree with builds that hold the code which their services mount from outside of them: their image can have it then. */
export function withWideBuilds(tree: SourceTree): SourceTree {
  const { compose } = tree
  if (!compose) return tree
  const widened = mapValues(compose.services, (spec, service) => widen(tree, compose, service, spec))
  return { ...tree, compose: { ...compose, services: widened } }
}

// The nearest folder with the code and the one that is built takes its place, where the Dockerfile can be moved there.
function widen(tree: SourceTree, project: Project, service: string, spec: Service): Service {
  const { build } = spec
  const text = build && dockerfileOf(tree, build)
  if (!build || text === undefined) return spec
  const old = { tree, project, service, folders: new Map<string, string>(), server: serverOf(tree, project, service) }
  const fates = (of: Service) => fatesOf({ ...old, spec: of, stage: stageOf(tree, of) })
  const top = posix.join(tree.root, tree.dir)
  const outside = fates(spec).filter(({ fate, kept, source = '' }) => {
    const isCode = fate === 'file' && kept.length > 0 && tree.binds[source] === 'folder'
    return isCode && isWithin(source, top) && !isWithin(source, build.context)
  })
  const context = folderOver([build.context, ...outside.map(({ source = '' }) => source)])
  const moved = movedDown(text, posix.relative(context, build.context))
  if (moved === undefined || !isWithin(context, top)) return spec
  const dockerfile = posix.relative(context, posix.resolve(build.context, build.dockerfile ?? 'Dockerfile'))
  const own = { dockerfile, dockerfile_inline: moved, 'x-own': build.context }
  const wide = { ...spec, build: { ...build, context, ...own } }
  const isBaked = ({ fate, target }: Fated) => fate === 'baked' && outside.some((one) => one.target === target)
  return fates(wide).some(isBaked) ? wide : spec
}

/** The innermost folder that holds all those paths; none where the first is no path of this host. */
export const folderOver = ([first = '', ...others]: readonly string[]): string =>
  others.every((one) => isWithin(one, first)) || first === posix.dirname(first)
    ? first
    : folderOver([posix.dirname(first), ...others])
