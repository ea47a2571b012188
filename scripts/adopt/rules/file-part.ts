import { posix } from 'node:path'
import { about, type Old, type Part, pathFromFile, quote, shownPath } from '../draft.ts'
import type { Finding } from '../finding.ts'
import { contextOf } from '../in-image.ts'
import { hasOthers } from '../lacked.ts'
import { GATE } from '../losses.ts'
import { type Fated, SCRIPTS, STORE, volumesOf } from '../mounts.ts'
import { append } from '../remedy.ts'
import { isWithin, VARIABLES } from '../source-tree.ts'
import { WORDPRESS } from '../uploads.ts'
import { OF_WINDOWS } from '../variables.ts'
import { folderOver } from '../wide.ts'
import { isForKeys, isUnread } from './certificates.ts'
import { filedPart } from './host-file.ts'
import { BUILT, mounted } from './volume.ts'

/** A mount that only reads a file or a folder of this host, which has to be there. */
export const mountOf = ({ tree }: Old, source: string, target: string) => ({
  ...{ type: 'bind', source: pathFromFile(tree, source), target, read_only: true, bind: { create_host_path: false } },
})

const GUESS = { confidence: 'guess' } as const
const EXAMPLE = /[.-](example|sample|template|dist)$/
const CONFIGURATION = /^\/etc\/.*\.(conf|cnf|cfg|ini|toml|ya?ml)$/
const GIVE = 'nothing to do, unless it needs something there: give it that in its environment, or name it in secrets:'
const KEEP = 'commit it where it has no secret, and run this again: each version then has its own'

const BUILDS =
  'let a Dockerfile build it, and name that in build: of the Compose file; else build it before each deploy'

// The variable of Windows from which a mount has its folder.
function windowsIn({ project, service }: Old, target: string): string | undefined {
  const { raw = {}, unset = [] } = project
  const mounts = [raw[service]?.['volumes'] ?? []].flat().map((one) => JSON.stringify(one))
  const said = mounts.filter((one) => one.includes(target)).join()
  return unset.find((name) => OF_WINDOWS.test(name) && new RegExp(`\\$\\{?${name}\\b`).test(said))
}

/** A file, or a folder of no data, which stays mounted: the image has none of it. */
export function filePart(old: Old, one: Fated, shown: string): Part {
  const { source = '', target, read_only: readOnly, kept } = one
  const { tree, spec, stage } = old
  const { ok, note, missing } = about(old, 'volumes')
  const kind = tree.binds[source]
  const windows = windowsIn(old, target)
  const none = `the mount at ${target} is left out: only Windows has ${windows}`
  if (kind === 'missing' && windows) return { findings: [note(none, GIVE)] }
  if (kind === 'missing' && !isWithin(source, tree.root)) {
    const found = `${source} of this host at ${target} stays mounted: init sees nothing outside of the repository`
    const own = note(found, 'nothing to do where it is there; another host needs it, too')
    return mounted({ type: 'bind', source, target, ...(readOnly && { read_only: true }) }, { findings: [own] })
  }
  const isNamed = tree.tracked.includes(shown.trim())
  const blank = 'the Compose file has a blank at the end of its name: take it away, then run this again'
  const example = tree.tracked.find((file) => EXAMPLE.test(file) && file.replace(EXAMPLE, '') === shown)
  const copied = example && `cp ${quote(example)} ${quote(shown)}, correct what it says, then run this again`
  const absent = `${shown} does not exist: the mount at ${target} is left out`
  // Compose makes an empty folder of one that is not there: the database then has no scripts.
  const isScripts = SCRIPTS.test(target)
  const toKeep = 'for scripts that each host needs, commit them, and run this again; else nothing'
  if (isScripts && kept.length === 0 && kind === 'missing')
    return { findings: [note(`${shown} does not exist: the database begins without scripts`, toKeep)] }
  const unused = `${shown} does not exist, and nothing that its web server reads names ${target}: the mount is left out`
  const later = `nothing to do${isForKeys(target) ? `; for HTTPS: ${GATE}` : ''}`
  if (kind === 'missing' && isUnread(old, target)) return { findings: [note(unused, later, { confidence: 'likely' })] }
  if (kind === 'missing')
    return { findings: [missing(absent, isNamed ? blank : (copied ?? 'create it, then run this again'))] }
  const own = filedPart(old, one, shown)
  if (own) return own
  const place = `${shown} at ${target}`
  const line = mountOf(old, source, target)
  const only = readOnly ? '' : ', read-only'
  const stays = (finding: Finding) => mounted(line, { findings: [finding] })
  const [context, over] = [contextOf(old), folderOver([contextOf(old), source])]
  // What a build copied there, the volume would hide.
  const volume = volumesOf(old).find((each) => each.target !== target && isWithin(target, each.target))
  const narrow = volume ? `mount no volume at ${volume.target}, but where the service writes below it, and ` : ''
  const copy = `${narrow}let its Dockerfile copy ${shown} to ${target}`
  const paths = `begin the paths that COPY has in its Dockerfile with ${posix.relative(over, context)}/`
  const [lies, mend] = isWithin(source, context)
    ? [
        volume ? 'that a volume would hide' : 'that is not in its image',
        `${copy}, where no VOLUME is, and no line of .dockerignore names it`,
      ]
    : [
        'outside of what its image is built from',
        `let build.context be ${shownPath(tree, over)}, ${paths}, and ${copy}`,
      ]
  // The volume of such a system has all of it; what it finds there is read anew for each request.
  const isPart = volume !== undefined && WORDPRESS.test(stage?.image ?? '')
  const isRunning = spec.build && kind === 'folder' && !isPart && !isScripts
  const lacks = isScripts && hasOthers(tree, source) ? ', and another host lacks what git does not keep' : ''
  // What is written to a database is no part of a version, also where git keeps the one that it began with.
  if (kept.length > 0 && (readOnly || !STORE.test(source)))
    return stays(
      isRunning
        ? missing(
            `${place} is code ${lies}: no version has its own, and what runs goes on with what it has loaded${only}`,
            mend,
          )
        : note(
            `${place} stays mounted${only}: a rollback does not bring back what git kept there${lacks}`,
            'where it has secrets, keep it out of git; else let the Dockerfile copy it, and build.context hold it',
          ),
    )
  const noVersion = `${place} is what a build makes, and git does not keep: it is in no version, and a rollback leaves it as it is`
  if (readOnly && kind === 'folder' && isWithin(source, tree.root) && BUILT.test(source))
    return stays(note(noVersion, BUILDS, { confidence: 'guess' }))
  const ignore = `where it has keys or other secrets: ${append(`/${shown}`, '.gitignore')}`
  if (readOnly && tree.uncommitted?.includes(source))
    return stays(note(`${place}, read-only: git does not keep it, and git add would commit it`, ignore))
  if (readOnly) return stays(ok(`${place}, read-only`))
  if (isScripts && kind === 'folder')
    return stays(
      note(`${place} stays mounted, read-only: git does not keep it, and another host has no scripts`, toKeep),
    )
  const found = `${place} is mounted read-only, and the Compose file lets the service write to it`
  const data =
    'where it is data, let the service keep it in a folder without code, and mount a volume there: a snapshot holds no single file'
  // No program writes to what it takes its variables from, nor a server to its configuration.
  if (CONFIGURATION.test(target))
    return stays(
      note(`${place} stays mounted, read-only: git does not keep it, and another host needs it`, KEEP, GUESS),
    )
  return stays((VARIABLES.test(source) ? note : missing)(found, data, { confidence: 'guess' }))
}
