import { posix } from 'node:path'
import { joinParts, type Old, type Part, pathFromFile, type ServiceRule, shownPath } from '../draft.ts'
import { type Finding, listFindings, missing, note, ok, pathOf } from '../finding.ts'
import { append } from '../remedy.ts'
import type { Used } from '../source-tree.ts'

/** Takes over the secrets and configs of a service. Their paths count from the proposed Compose file. */
export const filesRule: ServiceRule = (old) =>
  joinParts([
    ...(old.spec.secrets ?? []).map((used) => secretPart(old, used)),
    ...(old.spec.configs ?? []).map((used) => configPart(old, used)),
  ])

function configPart({ tree, project, service }: Old, used: Used): Part {
  const { file, content } = project.configs?.[used.source] ?? {}
  if (file === undefined && content === undefined) return lost(service, 'configs', used)
  const spec = file === undefined ? { content } : { file: pathFromFile(tree, file) }
  const findings = file === undefined ? [] : [ok('configs', `${used.source} from ${shownPath(tree, file)}`)]
  return { lines: { configs: [used] }, tops: { configs: { [used.source]: spec } }, findings }
}

function secretPart(old: Old, used: Used): Part {
  const { tree, project } = old
  const name = used.source
  const { file } = project.secrets?.[name] ?? {}
  if (file === undefined) return lost(old.service, 'secrets', used)
  const shown = shownPath(tree, file)
  if (tree.tracked.includes(shown)) {
    const target = posix.resolve('/run/secrets', used.target ?? name)
    const finding = note(
      'secrets',
      `${name}: git holds ${shown}, so it is no secret, and becomes a config`,
      `for a secret: git rm --cached ${shown} && ${append(`/${shown}`, '.gitignore')} && chmod 600 ${shown}, with another value in it`,
      { where: shown, confidence: 'stated', claims: claimsOf(old.service, 'secrets', used) },
    )
    return {
      lines: { configs: [{ source: name, target }] },
      tops: { configs: { [name]: { file: pathFromFile(tree, file) } } },
      findings: [finding],
    }
  }
  return {
    lines: { secrets: [used] },
    tops: { secrets: { [name]: { file: pathFromFile(tree, file) } } },
    findings: judge(old, name, file),
  }
}

const lost = (service: string, kind: string, used: Used): Part => ({
  findings: [
    missing(
      kind,
      `${used.source} has no file: left out`,
      'write it to a file, and name that file in the Compose file',
      { claims: claimsOf(service, kind, used) },
    ),
  ],
})
const claimsOf = (service: string, kind: string, { source, target }: Used) => [
  pathOf(kind, source),
  pathOf('services', service, kind, target ?? source),
]

// A deploy refuses a secret that other users can read, yet a service that does not run as root must read it.
function judge({ tree }: Old, name: string, file: string): Finding[] {
  const [state, shown] = [tree.secretFiles[file], shownPath(tree, file)]
  if (state === undefined)
    return [missing('secrets', `${name}: ${shown} does not exist`, `create it, then: ${closing(shown)}`)]
  const unsaved = `${name}: git does not ignore ${shown}, so commits and the image would contain it`
  const problems = listFindings(
    state.open && missing('secrets', `${name}: ${shown} can be read by others`, closing(shown)),
    state.inGit && missing('secrets', unsaved, append(`/${shown}`, '.gitignore')),
  )
  return problems.length > 0 ? problems : [ok('secrets', `${name} from ${shown}`)]
}
const closing = (path: string) =>
  `chmod 600 ${path}   (or, for a service that does not run as root: chmod 700 ${posix.dirname(path)} && chmod 444 ${path})`
