import { posix } from 'node:path'
import { seenFrom } from './build.ts'
import { type Finding, missing, some } from './finding.ts'
import { isWithin, type SourceTree } from './source-tree.ts'

/** Names the folders that a build finds empty: what else is missing may lie there. */
export function moduleFindings(tree: SourceTree): Finding[] {
  const { sources, compose } = tree
  const modules = [...(sources['.gitmodules'] ?? '').matchAll(/^\s*path\s*=\s*(\S+)/gm)].flatMap(([, path = '']) =>
    path === '.dartagnan' || isLeftOut(tree, path) ? [] : path,
  )
  const isBuilt = !compose || compose.problem || Object.values(compose.services).some(({ build }) => build)
  if (modules.length === 0 || !isBuilt) return []
  return [
    missing(
      'git',
      `${some(modules)}: git keeps submodules in other repositories, so a build has empty folders there`,
      `commit their files (git submodule update --init && git rm --cached ${modules[0]} && rm -rf ${modules[0]}/.git && git add ${modules[0]}), or let the Dockerfile fetch them; then run this again`,
      { where: '.gitmodules' },
    ),
  ]
}

// Whether .dockerignore keeps a folder from each build that has it in its context, and no mount brings it.
function isLeftOut(tree: SourceTree, folder: string): boolean {
  const all = Object.values(tree.compose?.services ?? {})
  const path = posix.join(tree.root, folder)
  const isMounted = all.some(({ volumes = [] }) =>
    volumes.some(({ source }) => source && (isWithin(source, path) || isWithin(path, source))),
  )
  const builds = all.flatMap(({ build }) => (build && isWithin(path, build.context) ? build : []))
  const isSeen = builds.some((build) => seenFrom({ ...tree, tracked: [folder] }, build).length > 0)
  return !isMounted && builds.length > 0 && !isSeen
}
