import { about, isWithin, type Old, type Part, shownPath } from '../draft.ts'
import { listFindings } from '../finding.ts'
import { type Fated, isRun, keyFor, placesBelow, unkeptIn } from '../mounts.ts'
import { copyFrom, mounted } from './volume.ts'

// Where images keep their code.
const CODE = /^\/(var\/www(\/[\w-]+)?|usr\/src\/[\w-]+|usr\/local\/app|app|code|srv|workspace)$/
// Where web servers have their pages: what a build has put there.
const PAGES = /^\/usr\/(share\/nginx\/html|local\/apache2\/htdocs|share\/caddy)$/
// What a build makes: git keeps none of it, so that no version would have it.
const BUILT = /(^|\/)(dist|build|out|target|_build|bin|obj)$/
// What a command names, and is no program: a server of such a file writes to it.
const DATA = /\.(json|db|sqlite3?)$/i
const CONFIGURATION = /^\/etc\/|\/conf(ig|\.d)?$|\.d$/

/** A folder of the host: a volume takes its place where it has data. */
export function dataPart(old: Old, one: Fated, shown: string): Part {
  const { source = '', target, read_only: readOnly, kept } = one
  const { tree } = old
  const { note, missing } = about(old, 'volumes')
  const key = old.folders.get(source) ?? keyFor(old, target)
  const isThere = tree.binds[source] === 'folder'
  const mend = `the volume ${key} takes its place${isThere ? ': copy the data into it (docs/guides/take-over.md)' : ''}`
  const isAsked = CONFIGURATION.test(target)
  const found = `${target} is the folder ${shown}`
  const refuse = (why: string, remedy: string): Part => ({
    findings: [missing(`${found}, which ${why}`, remedy, { confidence: 'guess' })],
  })
  if ((BUILT.test(source) || PAGES.test(target)) && isWithin(source, tree.root))
    return refuse(
      'a build makes and git does not keep: no version would have it',
      'let a Dockerfile build it, and name that in build: of the Compose file',
    )
  const run = unkeptIn(old, one).find((file) => !DATA.test(file) && isRun(old, placesBelow(old, one)(file)))
  if (run) return refuse(`git does not keep: its command runs ${run}`, `commit ${shown}, and run this again`)
  if (CODE.test(target) && isThere)
    return refuse(
      'git does not keep: code, or data?',
      `for code, commit it and run this again; for data, mount a volume at ${target}`,
    )
  const around = [...old.folders.keys()].find((other) => other !== source && isWithin(source, other))
  const apart =
    around !== undefined &&
    missing(
      `${shown} lies in ${shownPath(tree, around)}, and each has a volume of its own: what is written to one is not in the other`,
      'where it must be, mount one volume in both places (volume.subpath)',
    )
  const asks = `data are assumed: ${mend}. Where it is configuration, commit it, and run this again`
  const isKept = kept.length > 0
  const more = isKept ? `, and git keeps its data: ${key} begins empty` : isAsked ? ': configuration, or data?' : ''
  const confidence = isAsked ? 'guess' : 'likely'
  const said = (isKept ? missing : note)(found + more, isAsked ? asks : mend, { confidence })
  return mounted(`${key}:${target}${readOnly ? ':ro' : ''}`, {
    tops: { volumes: { [key]: {} } },
    copies: isThere ? [copyFrom(old, source, key)] : [],
    findings: listFindings(said, apart),
  })
}
