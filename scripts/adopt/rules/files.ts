import { posix } from 'node:path'
import { stageOf, withBuilder } from '../build.ts'
import { commandOf, joinParts, type Old, type Part, pathFromFile, type ServiceRule, shownPath } from '../draft.ts'
import { type Finding, listFindings, missing, note, pathOf, verdictsOn } from '../finding.ts'
import { append } from '../remedy.ts'
import { isWithin, type Service, type SourceTree, type Used } from '../source-tree.ts'

/** Takes over the secrets and configs of a service. Their paths count from the proposed Compose file. */
export const filesRule: ServiceRule = (old) =>
  joinParts([
    ...(old.spec.secrets ?? []).map((used) => secretPart(old, used)),
    ...(old.spec.configs ?? []).map((used) => configPart(old, used)),
  ])

function configPart({ tree, project, service }: Old, used: Used): Part {
  const { file, content } = project.configs?.[used.source] ?? {}
  if (file === undefined && content === undefined) return lost(service, 'configs', used)
  if (file === undefined) return defining('configs', used, { content })
  const shown = shownPath(tree, file)
  const { ok, missing } = verdictsOn('configs', { where: project.file })
  const isAbsent = tree.binds[file] === 'missing' && isWithin(file, tree.root)
  const found = isAbsent
    ? missing(
        `${used.source}: ${shown} does not exist`,
        `create it (git keeps it: git add ${shown}), then run this again`,
      )
    : ok(`${used.source} from ${shown}`)
  return defining('configs', used, { file: pathFromFile(tree, file) }, [found])
}
const defining = (kind: 'secrets' | 'configs', used: Used, spec: object, findings: Finding[] = []): Part => ({
  ...{ lines: { [kind]: [used] }, tops: { [kind]: { [used.source]: spec } }, findings },
})

function secretPart(old: Old, used: Used): Part {
  const { tree, project } = old
  const name = used.source
  const { file } = project.secrets?.[name] ?? {}
  if (file === undefined) return lost(old.service, 'secrets', used)
  const shown = shownPath(tree, file)
  const spec = { file: pathFromFile(tree, file) }
  const to = `secrets/${name.replaceAll(/[^\w-]/g, '-')}-file`
  if (isTopmost(tree, file)) {
    const copy = `${name}: ${shown} can be read by others: the release has a copy of it that they cannot read, ${to}`
    const mend = `nothing to do here; for the file itself: chmod 600 ${shown}. Once it changes, run this again`
    const found = note('secrets', copy, mend, { where: project.file, claims: [pathOf('secrets', name)] })
    const own = defining('secrets', used, { file: pathFromFile(tree, posix.join(tree.root, to)) }, [found])
    return { ...own, copied: [shown], secretCopies: [{ from: shown, to }] }
  }
  if (!tree.tracked.includes(shown)) return defining('secrets', used, spec, judge(old, name, file))
  const finding = note(
    'secrets',
    `${name}: git holds ${shown}, so it is no secret, and becomes a config`,
    `for a secret, put another value in it, then: git rm --cached ${shown} && ${append(`/${shown}`, '.gitignore')} && ${closing(old, name, shown)}`,
    { where: shown, confidence: 'stated', claims: claimsOf(old.service, 'secrets', used) },
  )
  const target = posix.resolve('/run/secrets', used.target ?? name)
  return defining('configs', { source: name, target }, spec, [finding])
}

function lost(service: string, kind: string, used: Used): Part {
  const mend = 'write it to a file, and name that file in the Compose file'
  const claims = claimsOf(service, kind, used)
  return { findings: [missing(kind, `${used.source} has no file: left out`, mend, { claims })] }
}
const claimsOf = (service: string, kind: string, { source, target }: Used) => [
  pathOf(kind, source),
  pathOf('services', service, kind, target ?? source),
]

// A deploy refuses a secret that other users can read, yet a program that answers as another user than root must read it.
function closing(old: Old, name: string, path: string): string {
  const closed = `chmod 700 ${posix.dirname(path)} && chmod 444 ${path}`
  if (Object.values(old.project.services).some((spec) => isReader(old.tree, withBuilder(old.project, spec), name)))
    return closed
  return `chmod 600 ${path}   (or, where a program answers as another user than root, such as a worker of Apache, PHP-FPM or nginx: ${closed})`
}
/** Whether init may close the file of a secret that others can read: its folder is for such files, and git has none of it. */
export const isClosable = (tree: Pick<SourceTree, 'root' | 'secretFiles'>, file: string): boolean => {
  const { open = false, inGit = true } = tree.secretFiles[file] ?? {}
  return open && !inGit && isWithin(file, tree.root) && posix.dirname(file) !== tree.root
}
// The folder of all others cannot be closed for it.
const isTopmost = ({ root, secretFiles }: SourceTree, file: string): boolean => {
  const { open = false, inGit = true } = secretFiles[file] ?? {}
  return open && !inGit && posix.dirname(file) === root
}
function isReader(tree: SourceTree, spec: Service, secret: string): boolean {
  const stage = stageOf(tree, spec)
  const image = (spec.build ? stage?.image : spec.image) ?? ''
  const { user = '', entrypoint = [], cmd = [] } = tree.images[image] ?? {}
  const runs = [image, ...entrypoint, ...cmd, ...commandOf({ spec, stage })].join(' ')
  const isOther = WORKERS.test(runs) || !/^(root|0)?(:|$)/.test(spec.user ?? (stage?.user || user))
  return isOther && (spec.secrets ?? []).some(({ source }) => source === secret)
}
// Their first process is root's alone.
const WORKERS = /php|apache|httpd|nginx|openresty|wordpress|nextcloud|drupal|joomla|mediawiki/

function judge(old: Old, name: string, file: string): Finding[] {
  const { tree } = old
  const [state, path] = [tree.secretFiles[file], shownPath(tree, file)]
  const close = closing(old, name, path)
  const { ok, note, missing } = verdictsOn('secrets', { where: old.project.file })
  if (state === undefined && !isWithin(file, tree.root))
    return [
      note(`${name}: ${path} is outside of this repository, and nobody has looked there`, `let it be there: ${close}`),
    ]
  if (state === undefined) return [missing(`${name}: ${path} does not exist`, `create it, then: ${close}`)]
  const unsaved = `${name}: git does not ignore ${path}, so commits and the image would contain it`
  const problems = listFindings(
    isClosable(tree, file)
      ? note(
          `${name}: ${path} can be read by others`,
          `nothing to do: WRITE=1 closes it (chmod 700 ${posix.dirname(path)} && chmod 444 ${path})`,
        )
      : state.open && missing(`${name}: ${path} can be read by others`, close),
    state.inGit && missing(unsaved, append(`/${path}`, '.gitignore')),
  )
  return problems.length > 0 ? problems : [ok(`${name} from ${path}`)]
}
