import { posix } from 'node:path'
import { takenBy } from '../image/copied-places.ts'
import { dockerfileOf, factsOf, seenFrom } from './build.ts'
import { quote } from './draft.ts'
import { type Finding, missing, note, some } from './finding.ts'
import { insideOf, isWithin, modulesOf, mountsOf, type Service, type SourceTree } from './source-tree.ts'

/** Names the folders that a build finds empty: what else is missing may lie there. */
export function moduleFindings(tree: SourceTree): Finding[] {
  const { compose } = tree
  const all = modulesOf(tree).filter((path) => !isLeftOut(tree, path))
  const modules = all.map((path) => insideOf(tree, path))
  const isMounted = compose && mountsOf(compose).some(({ source = '' }) => all.some((path) => isWithin(source, path)))
  const isBuilt = !compose || compose.problem || isMounted || Object.values(compose.services).some(({ build }) => build)
  if (modules.length === 0 || !isBuilt) return []
  const [first = ''] = modules
  const [folder, git] = [quote(first), quote(`${first}/.git`)]
  const own = `git rm --cached ${folder} && rm -rf ${git} && git add ${folder}`
  // Without that file, git knows no place to have them from.
  const isKnown = tree.sources['.gitmodules']?.includes(first)
  // Tools of an editor leave such in folders of their own, which no program reads.
  const isStray = !isKnown && modules.every((path) => path.startsWith('.'))
  return [
    (isStray ? note : missing)(
      'git',
      `${some(modules)}: git keeps submodules in other repositories, so a build has empty folders there`,
      `${isKnown ? `commit their files (git submodule update --init && ${own})` : `put their files there, and commit them (${own})`}, or let the Dockerfile fetch them; then run this again`,
      { where: isKnown ? '.gitmodules' : undefined },
    ),
  ]
}

// Whether no build has a folder, by its context or by .dockerignore, and no mount brings it.
function isLeftOut(tree: SourceTree, path: string): boolean {
  const { compose } = tree
  const isMounted =
    compose && mountsOf(compose).some(({ source }) => source && (isWithin(source, path) || isWithin(path, source)))
  // What no line of a Dockerfile copies is in no image, whatever its build sees.
  const isCopied = (spec: Service) => {
    const { build } = spec
    const facts = build && !build.additional_contexts && factsOf(tree, spec)
    const taken = facts && takenBy(facts, dockerfileOf(tree, build) ?? '')
    const inside = build && posix.relative(build.context, path)
    return !taken || taken.some((one) => isWithin(inside ?? '', one) || isWithin(one, inside ?? ''))
  }
  const built = Object.values(compose?.services ?? {}).filter(isCopied)
  const all = built.flatMap(({ build }) => build ?? [])
  const builds = all.filter((build) => isWithin(path, build.context))
  const isSeen = builds.some((build) => seenFrom({ ...tree, tracked: [insideOf(tree, path)] }, build).length > 0)
  const isInner = all.some(({ context }) => isWithin(context, path))
  const isBuilt = Object.values(compose?.services ?? {}).some(({ build }) => build)
  return !isMounted && isBuilt && !isInner && !isSeen
}
