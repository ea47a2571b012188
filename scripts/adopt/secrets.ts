import { posix } from 'node:path'
import { type Finding, missing, ok } from './finding.ts'
import type { Project, Service, SourceTree } from './source-tree.ts'

/** The secrets and configs of the release, and what the user has to do about them. */
export type Files = {
  readonly secrets: Readonly<Record<string, object>>
  readonly configs: Readonly<Record<string, object>>
  readonly findings: readonly Finding[]
}
const KINDS = ['secrets', 'configs'] as const

/** Takes over the secrets and configs that a release can have. Their paths count from the proposed Compose file. */
export function splitFiles(tree: SourceTree, project: Project): Files {
  const findings: Finding[] = []
  const take = (kind: (typeof KINDS)[number]) =>
    Object.fromEntries(
      Object.entries(project[kind] ?? {}).flatMap(([name, { file, content }]): [string, object][] => {
        if (file === undefined && content !== undefined) return [[name, { content }]]
        if (file === undefined) {
          findings.push(
            missing(
              kind,
              `${name} has no file: left out`,
              'write it to a file, and name that file in the Compose file',
            ),
          )
          return []
        }
        const inside = posix.relative(tree.root, file)
        const shown = inside.startsWith('..') ? file : inside
        findings.push(...(kind === 'secrets' ? describe(tree, name, file, shown) : [ok(kind, `${name} from ${shown}`)]))
        return [
          [name, { file: inside.startsWith('..') ? file : posix.relative(posix.dirname(tree.composeFile), inside) }],
        ]
      }),
    )
  return { secrets: take('secrets'), configs: take('configs'), findings }
}

/** The secrets and configs of one service, without those that `splitFiles` left out. */
export function filesOf(spec: Service, files: Files): Partial<Record<(typeof KINDS)[number], object[]>> {
  const lists = KINDS.map((kind) => [kind, (spec[kind] ?? []).filter(({ source }) => source in files[kind])] as const)
  return Object.fromEntries(lists.filter(([, list]) => list.length > 0))
}

// A deploy refuses a secret that other users can read, yet a service that does not run as root must read it.
function describe({ secretFiles }: SourceTree, name: string, file: string, shown: string): Finding[] {
  const state = secretFiles[file]
  if (state === undefined)
    return [missing('secrets', `${name}: ${shown} does not exist`, `create it, then: ${closing(shown)}`)]
  const problems = [
    ...(state.open ? [missing('secrets', `${name}: ${shown} can be read by others`, closing(shown))] : []),
    ...(state.inGit
      ? [
          missing(
            'secrets',
            `${name}: git does not ignore ${shown}, so commits and the image would contain it`,
            `echo /${shown} >> .gitignore   (if it is committed already: git rm --cached ${shown})`,
          ),
        ]
      : []),
  ]
  return problems.length > 0 ? problems : [ok('secrets', `${name} from ${shown}`)]
}
const closing = (path: string) =>
  `chmod 600 ${path}   (or, for a service that does not run as root: chmod 700 ${posix.dirname(path)} && chmod 444 ${path})`
