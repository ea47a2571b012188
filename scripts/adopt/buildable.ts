import { posix } from 'node:path'
import { reached, rootIn } from '../image/copied-places.ts'
import type { DockerfileFacts } from '../image/dockerfile.ts'
import { isWithin } from './draft.ts'
import { type Finding, listFindings, missing, some } from './finding.ts'
import { VARIABLES } from './packages.ts'
import type { SourceTree } from './source-tree.ts'

// What keeps a Dockerfile from being built from a fresh clone.

/** The paths that a Dockerfile copies from `context`, and that git does not keep there: a fresh clone cannot build it. */
export function lostCopies({ root, tracked }: SourceTree, context: string, facts?: DockerfileFacts): string[] {
  const folder = posix.relative(root, context)
  if (tracked.length === 0 || folder.startsWith('..') || !facts?.target) return []
  const isThere = (source: string) => {
    const path = posix.join(folder, source.replace(/^\/+/, '')).replace(/\/$/, '')
    // A submodule is one path for git.
    const isOf = (file: string) => rootIn(path, file) !== undefined || isWithin(path, file)
    return path === '.' || path === folder || tracked.some(isOf)
  }
  const lost = reached(facts, facts.target).flatMap(({ copies }) =>
    copies
      .filter(({ from }) => from === '')
      .flatMap(({ sources }) => {
        const needed = sources.filter((source) => !(MAY_LACK.test(source) && isThere(posix.dirname(source))))
        const own = needed.filter((source) => !/^[\w+]+:\/\/|^git@|^<<|\$/.test(source) && !isThere(source))
        // A pattern may match nothing beside something that is there.
        return own.length === needed.length ? own : own.filter((source) => !/[*?[]/.test(source))
      }),
  )
  return [...new Set(lost)]
}

// BuildKit copies nothing for `yarn.lock*`, where no such file is; it fails where its folder is not there.
const MAY_LACK = /\w[*?]$/

/** Says which copied paths git does not keep. */
export function copyFindings(check: string, path: string, lost: readonly string[]): Finding[] {
  const found = `${path} copies ${some(lost)}, which git does not keep: a build of what is committed fails`
  const isVariables = lost.every((one) => VARIABLES.test(one))
  const mend = isVariables
    ? `take that line out of ${path}, and give the service these values by env_file: in the Compose file; no commit, and no image, may have secrets`
    : 'let a stage of the Dockerfile make it, or commit it'
  return listFindings(lost.length > 0 && missing(check, found, mend, { where: path }))
}
