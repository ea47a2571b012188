import { posix } from 'node:path'
import { parseDockerfile, type Stage } from '../image/dockerfile.ts'
import { isWithin } from './draft.ts'
import { type Finding, listFindings, missing, some } from './finding.ts'
import type { Build, Service, SourceTree } from './source-tree.ts'

/** The text of the Dockerfile of a build; undefined where there is none. */
export function dockerfileOf({ root, dir, sources }: SourceTree, build: Build): string | undefined {
  const folder = posix.relative(posix.join(root, dir), build.context)
  return build.dockerfile_inline ?? sources[posix.join(folder, build.dockerfile ?? 'Dockerfile')]
}

/** The stage that a service runs; undefined for a ready image. */
export function stageOf(tree: SourceTree, { build }: Service): Stage | undefined {
  const text = build && dockerfileOf(tree, build)
  return build && text !== undefined ? parseDockerfile(text, argsOf(build), build.target).target : undefined
}

/** The build arguments that the Compose file gives a value. */
export const argsOf = ({ args = {} }: Build): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(args).flatMap(([name, value]) =>
      value === null || value === undefined ? [] : [[name, String(value)]],
    ),
  )

/** Whether two services have the same image built. */
export const isSameBuild = (one: Build | undefined, other: Build | undefined): boolean =>
  one !== undefined &&
  other !== undefined &&
  one.context === other.context &&
  (one.dockerfile ?? 'Dockerfile') === (other.dockerfile ?? 'Dockerfile') &&
  one.dockerfile_inline === other.dockerfile_inline &&
  one.target === other.target &&
  JSON.stringify(argsOf(one)) === JSON.stringify(argsOf(other))

/** The paths that a Dockerfile copies from `context`, and that git does not keep there: a fresh clone cannot build it. */
export function lostCopies({ root, tracked }: SourceTree, context: string, text: string): string[] {
  const folder = posix.relative(root, context)
  if (tracked.length === 0 || folder.startsWith('..')) return []
  const all = parseDockerfile(text).stages.flatMap(({ copies }) => copies)
  const sources = all.flatMap(({ from, sources: some }) => (from === '' ? some : []))
  return [...new Set(sources)].filter((source) => {
    const path = posix.join(folder, source).replace(/\/$/, '')
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
