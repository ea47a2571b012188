import { posix } from 'node:path'
import type { Copied } from '../image/copied.ts'
import type { Stage } from '../image/dockerfile.ts'
import { factsOf } from './build.ts'
import type { ConfigFile } from './nginx.ts'
import type { Project, Service, SourceTree } from './source-tree.ts'

/** The files of the repository that a service finds in its container: mounted ones, configs, and what its image copies. */
export function configFilesOf(tree: SourceTree, project: Project, spec: Service): ConfigFile[] {
  const mounted = (spec.volumes ?? []).flatMap(({ type, source = '', target }) =>
    type === 'bind' ? placed(tree, source, target) : [],
  )
  const configs = (spec.configs ?? []).flatMap(({ source, target = `/${source}` }) => {
    const { file, content } = project.configs?.[source] ?? {}
    return file ? placed(tree, file, target) : content ? [{ path: target, from: project.file, text: content }] : []
  })
  const { target, stages = [] } = factsOf(tree, spec) ?? {}
  const copied = (target?.copies ?? []).flatMap((one) => copiedFiles(tree, spec, stages, one))
  return [...copied, ...configs, ...mounted].map((file) => ({ ...file, path: withoutTemplate(file.path) }))
}

// A file of the host, or all below a folder, as they lie below `target`.
function placed({ root, dir, sources }: SourceTree, source: string, target: string): ConfigFile[] {
  const inside = posix.relative(posix.join(root, dir), source)
  return Object.entries(sources).flatMap(([from, text]) => {
    if (from === inside) return [{ path: target.endsWith('/') ? target + posix.basename(from) : target, from, text }]
    const rest = inside === '' ? from : from.startsWith(`${inside}/`) ? from.slice(inside.length + 1) : undefined
    return rest === undefined ? [] : [{ path: posix.join(target, rest), from, text }]
  })
}

// A stage may have them from another one.
function copiedFiles(
  tree: SourceTree,
  spec: Service,
  stages: readonly Stage[],
  { from, sources, to }: Copied,
): ConfigFile[] {
  const { build } = spec
  if (build === undefined) return []
  if (from !== '') {
    const at = stages.findLastIndex(({ name }) => name !== '' && name === from)
    const files = (stages[at]?.copies ?? []).flatMap((one) => copiedFiles(tree, spec, stages.slice(0, at), one))
    return sources.flatMap((source) => {
      const folder = posix.join('/', source)
      return files.flatMap((file) => {
        const inside = posix.relative(folder, file.path)
        if (inside.startsWith('..')) return []
        return { ...file, path: posix.join(to, inside || (to.endsWith('/') ? posix.basename(file.path) : '')) }
      })
    })
  }
  return sources.flatMap((source) =>
    placed(tree, posix.join(build.context, source), to).map((file) =>
      // COPY puts a file into a folder that has a slash at its end.
      sources.length > 1 && file.path === to ? { ...file, path: posix.join(to, posix.basename(file.from)) } : file,
    ),
  )
}

// The official image of nginx fills in these when it starts.
const withoutTemplate = (path: string) =>
  path.replace(/^\/etc\/nginx\/templates\/(.+)\.template$/, '/etc/nginx/conf.d/$1')
