import { posix } from 'node:path'
import { parseDockerfile } from '../image/dockerfile.ts'
import { isWithin } from './draft.ts'
import { type Finding, listFindings, missing, some } from './finding.ts'
import type { SourceTree } from './source-tree.ts'

// What keeps a Dockerfile from being built from a fresh clone.

/** The paths that a Dockerfile copies from `context`, and that git does not keep there: a fresh clone cannot build it. */
export function lostCopies({ root, tracked }: SourceTree, context: string, text: string): string[] {
  const folder = posix.relative(root, context)
  if (tracked.length === 0 || folder.startsWith('..')) return []
  const all = parseDockerfile(text).stages.flatMap(({ copies }) => copies)
  const sources = all.flatMap(({ from, sources: some }) => (from === '' ? some : []))
  return [...new Set(sources)].filter((source) => {
    const path = posix.join(folder, source.replace(/^\/+/, '')).replace(/\/$/, '')
    const isKnown = tracked.some((file) => isWithin(file, path) || isWithin(path, file))
    return path !== '.' && path !== folder && !/[*?[$<]|:\/\//.test(source) && !isKnown
  })
}

/** Says which copied paths git does not keep. */
export const copyFindings = (check: string, path: string, lost: readonly string[]): Finding[] =>
  listFindings(
    lost.length > 0 &&
      missing(
        check,
        `${path} copies ${some(lost)}, which git does not keep: a build of what is committed fails`,
        'let a stage of the Dockerfile make it, or commit it',
        { where: path },
      ),
  )

/** The build arguments that FROM needs, and that have neither a default nor a value. */
export function openArgs(text: string, given: Readonly<Record<string, string>>): string[] {
  const [head = ''] = text.split(/^\s*FROM\s/im)
  const open = [...head.matchAll(/^\s*ARG\s+(\w+)\s*$/gim)].map(([, name = '']) => name)
  const from = [...text.matchAll(/^\s*FROM\s+(.*)$/gim)].map(([line]) => line).join('\n')
  return open.filter((name) => !given[name] && new RegExp(`\\$(\\{${name}\\}|${name}\\b)`).test(from))
}
