import { posix } from 'node:path'
import { reached, rootIn, stageBefore } from '../../image/copied-places.ts'
import type { DockerfileFacts, Stage } from '../../image/dockerfile.ts'
import { isSecret } from '../../image/dockerfile-rules.ts'
import { filesIn } from '../app-code.ts'
import { dockerfileOf, factsOf } from '../build.ts'
import { about, commandOf, type Old, shownPath } from '../draft.ts'
import { type Finding, listFindings, missing, some } from '../finding.ts'
import { renameTo } from '../remedy.ts'
import { isWithin, type SourceTree, VARIABLES } from '../source-tree.ts'
import { importFindings } from './go-imports.ts'
import { ignoredImports } from './own-imports.ts'

/** Names the secrets that a build would leave in its image. */
export function argFindings(old: Old): Finding[] {
  const secret = Object.keys(old.spec.build?.args ?? {}).filter(isSecret)
  const found = `${secret.join(', ')}: a build argument stays in the history of the image`
  const mend = 'let the build take it by RUN --mount=type=secret, or the service from its environment'
  return listFindings(secret.length > 0 && about(old, 'build').note(found, mend))
}

/** Names the other repository that a service could be built from, or the Dockerfile of an image that was built by hand until now. */
export function originFindings(old: Old): Finding[] {
  const { image, 'x-remote-build': remote, 'x-by-hand': file, 'x-handed': handed = [] } = old.spec
  const elsewhere = `it could be built from ${remote}: that is no version of this repository, so it runs ${image}`
  const here = 'to build it from this repository, set build: to a folder of it, and run this again'
  const byHand = `nobody can pull ${image}: ${file} builds it with each version`
  const other = 'where another one makes it, name that in build: of the Compose file, and run this again'
  return listFindings(
    remote !== undefined && about(old, 'build').note(elsewhere, here),
    file !== undefined && about(old, 'image').note(byHand, other, { confidence: 'likely' }),
    ...handed.map(({ volume, maker, path }) =>
      about(old, 'volumes').ok(
        `the volume ${volume} brought what the image of ${maker} has at ${path}: its own image has that now, of each version`,
      ),
    ),
  )
}

/** Names what a service's Dockerfile copies, and git does not keep. */
export function lostFindings(old: Old): Finding[] {
  const { tree, service, spec } = old
  const facts = factsOf(tree, spec)
  if (!spec.build || !facts) return []
  const made = [dockerfileOf(tree, spec.build), ...commandOf(old)].join('\n')
  return [
    ...copyFindings(service, shownDockerfile({ tree, spec }), lostCopies(tree, spec.build.context, facts)),
    ...importFindings(service, tree, spec.build.context, made),
    ...ignoredImports(service, tree, spec.build.context, made),
  ]
}
/** The path of the Dockerfile of a service from the root of the checkout. */
export const shownDockerfile = ({ tree, spec: { build } }: Pick<Old, 'tree' | 'spec'>) =>
  posix.join(shownPath(tree, build?.context ?? ''), build?.dockerfile ?? 'Dockerfile')

/** Whether the Dockerfile of a build is not there. Only a folder that was read can lack one. */
export const isAbsent = ({ tree, spec: { build } }: Old): boolean =>
  build !== undefined &&
  isWithin(build.context, posix.join(tree.root, tree.dir)) &&
  dockerfileOf(tree, build) === undefined
/** Names the Dockerfile that a build lacks, or the stage. */
export function absentFinding(old: Old): Finding | undefined {
  const { missing } = about(old, 'build')
  const [path, target] = [shownDockerfile(old), old.spec.build?.target]
  if (isAbsent(old))
    return missing(
      `its build has no ${path}`,
      renameTo(old.tree, path, 'write it, or correct build: in the Compose file'),
    )
  const facts = factsOf(old.tree, old.spec)
  if (!facts || facts.target) return undefined
  return facts.stages.length === 0
    ? missing(`${path} has no FROM`, 'write it, or correct build: in the Compose file')
    : missing(`${path} has no stage ${target}`, 'correct build.target in the Compose file')
}

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
  return [...new Set([...lost, ...lostVariables(facts, filesIn(tracked, folder))])]
}

// The files of variables that a later stage takes from one that has the context, or a command there copies, and git does not keep.
function lostVariables(facts: DockerfileFacts, tracked: readonly string[]): string[] {
  const isLost = (stage: Stage, path: string): boolean => {
    const from = originsOf(facts, stage, path).filter((one) => tracked.some((file) => isIn(file, posix.dirname(one))))
    return VARIABLES.test(path) && from.length > 0 && !from.some((one) => tracked.includes(one))
  }
  const stages = facts.target ? reached(facts, facts.target) : []
  return stages.flatMap((stage) => {
    const taken = stage.copies.flatMap(({ from, sources }) => {
      const earlier = stageBefore(facts, stage, from)
      return earlier && !earlier.runs.some((run) => MAKES.test(run))
        ? sources.filter((one) => isLost(earlier, posix.resolve('/', one)))
        : []
    })
    const copied = stage.runs.flatMap((run, index) => {
      const [, before = '', name = ''] = COPIES.exec(run) ?? []
      const isMade = [...stage.runs.slice(0, index), before.replaceAll(ABSENT, '')].some((one) => MAKES.test(one))
      return name && !isMade && isLost(stage, posix.resolve(stage.workdir, name)) ? name : []
    })
    return [...taken, ...copied]
  })
}
const MAKES = /\benv\b|\.sh\b|\benvsubst\b/
const ABSENT = /\[\s+!\s+-[fe]\s[^\]]*\]/g
const COPIES = /^((?:(?!\|\||2>).)*?)\bcp\s+(?:-\S+\s+)*(\S*\.env(?:\.\w+)?)\s(?!.*(?:\|\||2>))/s
const isIn = (file: string, folder: string) => folder === '.' || file.startsWith(`${folder}/`)

// Where a file of a stage came from in the context, if a folder brought it, and none by its name.
function originsOf(facts: DockerfileFacts, stage: Stage, path: string): string[] {
  const isNamed = stage.copies.some(({ sources }) => sources.some((one) => VARIABLES.test(one)))
  return (isNamed ? [] : stage.copies).flatMap(({ from, sources, to }) => {
    const below = posix.relative(to, path)
    const earlier = stageBefore(facts, stage, from)
    if (below.startsWith('..') || (from !== '' && !earlier)) return []
    return sources.flatMap((source) => {
      const place = posix.join('/', source, below)
      return earlier ? originsOf(facts, earlier, place) : posix.relative('/', place)
    })
  })
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
