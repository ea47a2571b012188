import { hasStandIns } from '../../image/stand-in.ts'
import { dockerfileOf } from '../build.ts'
import { about, type Copy, commandOf, type Old, type Part, quote, shownPath } from '../draft.ts'
import { listFindings, some } from '../finding.ts'
import { scriptsIn } from '../guess.ts'
import { dataVolumes } from '../in-image.ts'
import { CODE_FOLDERS, type Fated, isForCode, isRun, keyFor, placesBelow, STORE } from '../mounts.ts'
import { append } from '../remedy.ts'
import { isCode, isWithin } from '../source-tree.ts'
import { unkeptIn } from '../unkept.ts'
import { filesBelow } from './image-files.ts'
import { isNested, isOwnData, serversBelow } from './nested.ts'
import { ownFolder, ownLines } from './owner.ts'
import { refilledFrom } from './refilled.ts'

/** A part that adds a line to `volumes`. */
export const mounted = (line: unknown, more: Part): Part => ({ ...more, lines: { volumes: [line] } })

/** A volume that the Compose file gives no name. */
export function namelessPart(old: Old, { target }: Fated): Part {
  const { ok, note } = about(old, 'volumes')
  const key = keyFor(old, target)
  const found = `${target} in the volume ${key}`
  const mend = `where it holds what a build makes, take the volume ${key} out of the proposed file: a deploy would keep the old files`
  const said = old.server
    ? ok(found)
    : note(`${found}: the Compose file gives it no name`, mend, { confidence: 'likely' })
  return mounted(`${key}:${target}`, { tops: { volumes: { [key]: {} } }, findings: [said] })
}

// Where ready images have their own files, beside those that copy themselves there when they start.
const HIDES =
  /^\/(usr\/src\/[\w-]+|home\/\w+\/[\w-]+|app|code|workspace|etc\/nginx(\/.*)?)$|\/(public|static|staticfiles|assets|dist|build|out|www|html)$/

const MOUNT =
  'mount the volume where the application writes, and nowhere else; make deploy refuses a version that it would hide'

/** A volume of the Compose file. */
export function volumePart(old: Old, { target, read_only: readOnly = false, kept }: Fated, source: string): Part {
  const { tree, project } = old
  const { ok, note, missing } = about(old, 'volumes')
  const { name: full = `${project.name}_${source}`, ...spec } = project.volumes[source] ?? {}
  const { driver, driver_opts: options } = spec
  const line = `${source}:${target}${readOnly ? ':ro' : ''}`
  if (spec.external) {
    const backUp = 'it stays external: back it up yourself, since no snapshot holds it'
    const isHere = tree.live.includes(full)
    const findings = isHere
      ? [note(`the volume ${full} is external`, backUp)]
      : [missing(`the volume ${full} is external, and not on this engine`, `docker volume create ${full}; ${backUp}`)]
    return mounted(line, { tops: { volumes: { [source]: { external: true, name: full } } }, findings })
  }
  const volume =
    driver && driver !== 'local' ? { driver, driver_opts: options } : options ? { driver_opts: options } : {}
  const held = filesBelow(old, target)
  const files = kept.length > 0 ? kept : (held ?? [])
  const databases = kept.filter((file) => STORE.test(file))
  const code = files.filter((file) => !databases.includes(file))
  const ignored = databases.map((file) => append(`/${file}`, '.gitignore'))
  const removed = ['git rm --cached', ...databases.map(quote)].join(' ')
  const out = `take ${some(databases)} out of git (${[removed, ...ignored].join(' && ')}), and let the application create it where the volume lacks it`
  // The volume begins with what is no code, and a deploy that would hide a later version of it refuses.
  const copy = refilledFrom(old, target)
  const over = `the volume ${source} covers ${files.slice(0, 2).join(', ')} of the image at ${target}`
  const refilled = note(
    `${over}, and each start copies them there from ${copy}`,
    'where a version changes them: make deploy FORCE=hidden-files, for its start brings the new ones',
    { confidence: 'likely' },
  )
  const covers = (code.some(isCode) ? missing : note)(
    `${over}: the next version's would stay hidden`,
    [...(code.length > 0 ? [MOUNT] : []), ...(databases.length > 0 ? [out] : [])].join('; '),
  )
  const found = `${target} in the volume ${source}`
  const mend =
    'where the image brings files there, those of the next version stay hidden: mount the volume only where the service writes'
  const hides = note(`${found}: code or configuration of the image, or data?`, mend, { confidence: 'guess' })
  // Where nobody has looked into the image, what is known of it is only likely.
  const isUnseen = held === undefined && !old.server
  const holds = ok(found, isUnseen ? { confidence: 'likely' } : {})
  const said = files.length > 0 ? (copy ? refilled : covers) : isUnseen && HIDES.test(target) ? hides : holds
  return mounted(line, {
    tops: { volumes: { [source]: volume } },
    copies: tree.live.includes(full) ? [copyFrom(old, full, source)] : [],
    findings: [said],
  })
}

/** The command's parts that copy existing data; the image of the old container has the tools that wrote them, as has what that is built on. */
export const copyFrom = ({ tree, project, service, spec, name, stage }: Old, from: string, key: string): Copy => ({
  ...{ from, to: `${name}_${key}` },
  image:
    tree.ran[service] ?? imageFor(tree, (spec.build && stage?.image) ?? spec.image ?? `${project.name}-${service}`),
})
// Where no registry answers, an image of the toolkit's copies files as well.
const imageFor = ({ images, lock }: Old['tree'], name: string) =>
  images[name]?.isHere || !hasStandIns(lock) ? name : (lock['haproxy']?.reference ?? name)

// Where web servers have their pages: what a build has put there.
const PAGES = /^\/usr\/(share\/nginx\/html|local\/apache2\/htdocs|share\/caddy)$/
/** What a build makes: git keeps none of it, so that no version would have it. */
export const BUILT = /(^|\/)(dist|build|out|target|_build|bin|obj)$/
// What a command names, and is no program: a server of such a file writes to it.
const DATA = /\.(json|db|sqlite3?)$/i
// What users send is no code, wherever a web server has it.
const SENT = /\/(uploads?|uploaded)$/i
const CONFIGURATION = /^\/etc\/|\/conf(ig|\.d)?$|\.d$/

// Whether the start of a service builds what it alone mounts.
function isMadeAtStart(old: Old, source: string): boolean {
  const { tree, project, service, spec } = old
  const isRead = Object.entries(project.services).some(
    ([name, { volumes = [] }]) =>
      name !== service && volumes.some((one) => one.type === 'bind' && isWithin(source, one.source ?? '-')),
  )
  // A command of the Compose file leaves the entrypoint of the image in force.
  const text = (spec.build && !spec['entrypoint'] && dockerfileOf(tree, spec.build)) || ''
  const line = [/^\s*ENTRYPOINT\b(?:.*\\\n)*.*/im.exec(text)?.[0] ?? '', ...commandOf(old)].join(' ')
  const texts = [line, ...Object.values(scriptsIn(tree.sources, line))]
  return !isRead && texts.some((one) => /\b(npm|pnpm|yarn|bun)\s+(run\s+)?build\b/.test(one))
}

/** Why a folder that git does not keep becomes no volume, and what to do instead. */
export function refusedData(old: Old, one: Fated): readonly [string, string] | undefined {
  const { tree } = old
  const { source = '', target } = one
  const isOwn = isWithin(source, tree.root)
  if ((BUILT.test(source) || PAGES.test(target)) && isOwn)
    return [
      'a build makes and git does not keep: no version would have it',
      'let a Dockerfile build it, and name that in build: of the Compose file',
    ]
  const run = unkeptIn(old, one).find((file) => !DATA.test(file) && isRun(old, placesBelow(old, one)(file)))
  if (run)
    return [`git does not keep: its command runs ${run}`, `commit ${shownPath(tree, source)}, and run this again`]
  const isDeclared = dataVolumes(old).some((path) => isWithin(target, path))
  const isCode = tree.binds[source] === 'folder' || (isOwn && isForCode(old, source))
  return CODE_FOLDERS.test(target) && isCode && !isDeclared && !SENT.test(target)
    ? [
        'git does not keep: code, or data?',
        `for code, commit it and run this again; for data, mount a volume at ${target}`,
      ]
    : undefined
}

/** A folder of the host: a volume takes its place where it has data. */
export function dataPart(old: Old, one: Fated, shown: string): Part {
  const { source = '', target, read_only: readOnly, kept } = one
  const { tree } = old
  const { ok, note, missing } = about(old, 'volumes')
  const key = old.folders.get(source) ?? keyFor(old, target)
  const isThere = tree.binds[source] === 'folder'
  // Of the host, init sees nothing but the repository.
  const mayHold = isThere ? !tree.bare?.includes(source) : !isWithin(source, tree.root)
  const copied = mayHold
    ? `: copy the data into it${isThere ? '' : ', where it has some'} (docs/guides/take-over.md)`
    : ''
  const isOpen = tree.uncommitted?.includes(source)
  const ignored = isOpen ? `; git add would commit them: ${append(`/${shown}/`, '.gitignore')}` : ''
  const mend = `the volume ${key} takes its place${copied}${ignored}`
  const isAsked = CONFIGURATION.test(target)
  const found = `${target} is the folder ${shown}`
  const [why, remedy = ''] = refusedData(old, one) ?? []
  if (why && BUILT.test(source) && isMadeAtStart(old, source))
    return { findings: [ok(`${found}, which each start builds: no volume, and no other service reads it`)] }
  if (why) return { findings: [missing(`${found}, which ${why}`, remedy, { confidence: 'guess' })] }
  const around = [...old.folders.keys()].find((other) => other !== source && isWithin(source, other))
  const apart =
    around !== undefined &&
    !isOwnData(old.server, target) &&
    !isNested(old, around, source) &&
    missing(
      `${shown} lies in ${shownPath(tree, around)}, and each has a volume of its own: what is written to one is not in the other`,
      'where it must be, mount one volume in both places (volume.subpath)',
    )
  const asks = `data are assumed: ${mend}. Where it is configuration, commit it, and run this again`
  const text = old.spec.build && dockerfileOf(tree, old.spec.build)
  const own = readOnly || old.server ? undefined : ownFolder(old, target, text)
  const owned =
    own && !ownLines(old).includes(own.line) && note(`${target}: ${own.found}`, own.mend, { confidence: 'guess' })
  const isKept = kept.length > 0
  const more = isKept ? `, and git keeps its data: ${key} begins empty` : isAsked ? ': configuration, or data?' : ''
  const confidence = isAsked ? 'guess' : 'likely'
  const said = (isKept ? missing : note)(found + more, isAsked ? asks : mend, { confidence })
  // A folder hides what the image has there; the engine would fill an empty volume with it, and give it that owner.
  const options = [...(readOnly ? ['ro'] : []), ...(isAsked && !own ? ['nocopy'] : [])].join(',')
  return mounted(`${key}:${target}${options && `:${options}`}`, {
    tops: { volumes: { [key]: {} } },
    copies: mayHold ? [{ ...copyFrom(old, source, key), without: serversBelow(old, source) }] : [],
    findings: listFindings(said, apart, owned),
  })
}
