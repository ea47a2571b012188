import { posix } from 'node:path'
import { type Finding, type Found, missing, ok, type Project, type Service } from './found.ts'

/** The files that Compose gives to services as secrets and configs, and what to do about them. */
export type Files = {
  readonly secrets: Readonly<Record<string, object>>
  readonly configs: Readonly<Record<string, object>>
  readonly findings: readonly Finding[]
}
const KINDS = ['secrets', 'configs'] as const

/** What of a project's secrets and configs a release can have: files, by their path from the folder of the proposed one. */
export function partFiles(found: Found, project: Project): Files {
  const findings: Finding[] = []
  const take = (kind: (typeof KINDS)[number]) =>
    Object.fromEntries(
      Object.entries(project[kind] ?? {}).flatMap(([name, { file, content }]): [string, object][] => {
        if (file === undefined && content !== undefined) return [[name, { content }]]
        if (file === undefined) {
          findings.push(
            missing(kind, `${name} is in no file: left out`, 'write it to a file, and name that in the Compose file'),
          )
          return []
        }
        const inside = posix.relative(found.root, file)
        const shown = inside.startsWith('..') ? file : inside
        findings.push(
          ...(kind === 'secrets' ? describe(found, name, file, shown) : [ok(kind, `${name} from ${shown}`)]),
        )
        return [[name, { file: inside.startsWith('..') ? file : posix.relative('compose', inside) }]]
      }),
    )
  return { secrets: take('secrets'), configs: take('configs'), findings }
}

/** Those of a service. */
export function filesOf(spec: Service, files: Files): Partial<Record<(typeof KINDS)[number], object[]>> {
  const lists = KINDS.map((kind) => [kind, (spec[kind] ?? []).filter(({ source }) => source in files[kind])] as const)
  return Object.fromEntries(lists.filter(([, list]) => list.length > 0))
}

// A deploy refuses what others can read, and a service that is not root must be able to.
function describe({ secretFiles }: Found, name: string, file: string, shown: string): Finding[] {
  const state = secretFiles[file]
  if (state === undefined)
    return [missing('secrets', `${name}: ${shown} is not there`, `put it there, and: ${closing(shown)}`)]
  const problems = [
    ...(state.open ? [missing('secrets', `${name}: ${shown} can be read by others`, closing(shown))] : []),
    ...(state.inGit
      ? [
          missing(
            'secrets',
            `${name}: git does not ignore ${shown}, and the image would have it, too`,
            `echo /${shown} >> .gitignore   (where it is committed already: git rm --cached ${shown})`,
          ),
        ]
      : []),
  ]
  return problems.length > 0 ? problems : [ok('secrets', `${name} from ${shown}`)]
}
const closing = (path: string) =>
  `chmod 600 ${path}   (or, for a service that is not root: chmod 700 ${posix.dirname(path)} && chmod 444 ${path})`
