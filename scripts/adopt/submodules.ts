import { seenFrom } from './build.ts'
import { type Finding, missing, some } from './finding.ts'
import { insideOf, isWithin, modulesOf, mountsOf, type SourceTree } from './source-tree.ts'

/** Names the folders that a build finds empty: what else is missing may lie there. */
export function moduleFindings(tree: SourceTree): Finding[] {
  const { compose } = tree
  const all = modulesOf(tree).filter((path) => !isLeftOut(tree, path))
  const modules = all.map((path) => insideOf(tree, path))
  const isMounted = compose && mountsOf(compose).some(({ source = '' }) => all.some((path) => isWithin(source, path)))
  const isBuilt = !compose || compose.problem || isMounted || Object.values(compose.services).some(({ build }) => build)
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
function isLeftOut(tree: SourceTree, path: string): boolean {
  const { compose } = tree
  const isMounted =
    compose && mountsOf(compose).some(({ source }) => source && (isWithin(source, path) || isWithin(path, source)))
  const builds = Object.values(compose?.services ?? {}).flatMap(({ build }) =>
    build && isWithin(path, build.context) ? build : [],
  )
  const isSeen = builds.some((build) => seenFrom({ ...tree, tracked: [insideOf(tree, path)] }, build).length > 0)
  return !isMounted && builds.length > 0 && !isSeen
}
