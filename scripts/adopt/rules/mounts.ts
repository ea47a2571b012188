import { posix } from 'node:path'
import { isSameBuild } from '../build.ts'
import { about, joinParts, type Old, type Part, pathFromFile, type ServiceRule, shownPath } from '../draft.ts'
import { type Finding, listFindings, pathOf, some } from '../finding.ts'
import { contextOf, dataVolumes, trackedIn } from '../in-image.ts'
import { GATE } from '../losses.ts'
import { type Fated, fatesOf, placesBelow, SCRIPTS, STORE, volumesOf } from '../mounts.ts'
import { isWithin, LISTS, VARIABLES } from '../source-tree.ts'
import { unkeptIn } from '../unkept.ts'
import { folderOver } from '../wide.ts'
import { isUnread } from './certificates.ts'
import { bakedPart, sourcePart } from './code.ts'
import { rewrittenFindings } from './rewritten.ts'
import { dataPart, mounted, namelessPart, volumePart } from './volume.ts'

/** Data go into volumes of the project, files stay mounted or go into the image, and the source is left out. */
export const mountsRule: ServiceRule = (old) =>
  joinParts(fatesOf(old).map((one) => claiming(old, one, partOf(old, one))))

// Where a rule proposes no mount, or single files of one, what it says answers for the whole of it; for a folder that becomes a volume, for its place.
function claiming({ service }: Old, { fate, target }: Fated, { findings = [], ...part }: Part): Part {
  const path = pathOf('services', service, 'volumes', target)
  const place = fate === 'data' ? ['type', 'source', 'bind'].map((key) => `${path}.${key}`) : []
  const claims = fate === 'source' || part.lines?.['volumes'] === undefined ? [path] : place
  return { ...part, findings: findings.map((one) => ({ ...one, claims })) }
}

/** Names the services that mounted the same code: once it lies in the image of each, none sees what another writes. */
export function sharedFindings(services: readonly Old[]): Finding[] {
  const all = services.flatMap((old) =>
    // A database has scripts there, and writes elsewhere.
    old.server
      ? []
      : fatesOf(old).flatMap((one) => (isFolder(old, one) ? [{ ...one, old, source: one.source ?? '' }] : [])),
  )
  const pairs = all.flatMap((one) =>
    one.read_only || !['source', 'baked'].includes(one.fate)
      ? []
      : all.flatMap((other) => {
          const isAlike = one.old.service === other.old.service || isSameBuild(other.old.spec.build, one.old.spec.build)
          // They have in common what lies further down.
          const [folder] = [one, other].filter(
            ({ source }) => isWithin(source, one.source) && isWithin(source, other.source),
          )
          return isAlike || !folder ? [] : [{ one, other, folder: folder.source }]
        }),
  )
  return [...Map.groupBy(pairs, ({ folder }) => folder)].flatMap(([folder, same]) => {
    const names = [...new Set(same.flatMap(({ one, other }) => [one.old.service, other.old.service]))].toSorted()
    const apart = 'in the release each has its own copy, and sees nothing that another writes'
    const mend = 'where one writes files that another serves, mount one volume in both, at the folder of these files'
    const own = same.filter(({ one }) => one.source === folder)
    return [...own, ...same].slice(0, 1).map(({ one: { old } }) => {
      const said = `${names.join(', ')} mounted ${shownPath(old.tree, folder)}: ${apart}`
      return about(old, 'volumes').note(said, mend, { confidence: 'likely' })
    })
  })
}
const isFolder = ({ tree }: Old, { type, source = '', kept }: Fated) =>
  type === 'bind' && tree.binds[source] === 'folder' && kept.length > 0

function partOf(old: Old, one: Fated): Part {
  const { ok, missing } = about(old, 'volumes')
  const shown = one.type === 'volume' ? (one.source ?? 'a volume') : shownPath(old.tree, one.source ?? '')
  switch (one.fate) {
    case 'host':
      return { findings: [missing(`${one.source} is left out: it gives access to this host`, ADD)] }
    case 'cache': {
      const isInside = volumesOf(old).some(
        ({ target, type }) => type === 'volume' && target !== one.target && isWithin(one.target, target),
      )
      const found = isInside
        ? `${one.target} is a cache in a volume: each container begins with an empty one, in memory`
        : `${one.target} is a cache or what a build makes: no volume hides what the image has`
      return { lines: isInside ? { tmpfs: [one.target] } : {}, findings: [ok(found)] }
    }
    case 'source':
      return joinParts([
        sourcePart(old, one, shown),
        unkeptPart(old, one, shown),
        { findings: rewrittenFindings(old, one) },
      ])
    case 'baked':
      return joinParts([bakedPart(old, one, shown), { findings: rewrittenFindings(old, one) }])
    case 'file':
      return filePart(old, one, shown)
    case 'data':
      return joinParts([dataPart(old, one, shown), { findings: exampleFindings(old, one) }])
    case 'volume':
      return one.source ? volumePart(old, one, one.source) : namelessPart(old, one)
    default:
      return mounted({ type: one.type, source: one.source, target: one.target, read_only: one.read_only }, {})
  }
}

// What the mount brought from this host alone.
function unkeptPart(old: Old, one: Fated, shown: string): Part {
  const placeOf = placesBelow(old, one)
  const all = unkeptIn(old, one).filter((file) => !LISTS.test(file))
  const { note } = about(old, 'volumes')
  // Who runs it has written these by hand: without them it mostly does not start.
  const settings = all.filter((file) => SETTINGS.test(file)).slice(0, 5)
  const more = all.filter((file) => !settings.includes(file))
  const lacks = `the image lacks ${some(more)} of ${shown}: git does not keep them`
  const mend = `where the service needs them, commit them, or name them in secrets:; where they are data, mount a volume at their folder below ${one.target}`
  const stay = `${some(settings)} stays mounted, read-only: git does not keep it, and a rollback does not bring it back`
  return {
    lines:
      settings.length > 0
        ? { volumes: settings.map((file) => mountOf(old, posix.join(old.tree.root, file), placeOf(file))) }
        : {},
    findings: listFindings(
      settings.length > 0 &&
        note(stay, 'nothing to do on this host; another one needs that file, too', { confidence: 'guess' }),
      more.length > 0 && note(lacks, mend, { confidence: 'guess' }),
    ),
  }
}
const SETTINGS = /(?<!compose[\w.-]*)\.(ya?ml|ini|conf|cnf|cfg|toml|properties|pem|key|crt)$/i
const mountOf = ({ tree }: Old, source: string, target: string) => ({
  ...{ type: 'bind', source: pathFromFile(tree, source), target, read_only: true, bind: { create_host_path: false } },
})

// What the image's author calls data, or what users send, is no part of a version, also where git keeps some.
function exampleFindings(old: Old, { source = '', target, kept }: Fated): Finding[] {
  const examples = kept.length > 0 ? [] : trackedIn(old.tree, source)
  if (examples.length === 0) return []
  const isDeclared = dataVolumes(old).some((path) => isWithin(target, path))
  const data = isDeclared ? 'what VOLUME calls data' : 'what users send'
  const found = `git keeps ${some(examples)} of ${data}, ${target}: no later version of that reaches the volume`
  const [mend, likely] = isDeclared
    ? ['where it belongs to the version, take VOLUME out of the Dockerfile, and run this again', {}]
    : ['copy it into the volume with the data; where it belongs to the version, keep it in another folder', GUESS]
  return [about(old, 'volumes').note(found, mend, likely)]
}
const GUESS = { confidence: 'guess' } as const

const ADD = 'add it yourself if the service needs it'

function filePart(old: Old, { source = '', target, read_only: readOnly, kept }: Fated, shown: string): Part {
  const { tree, spec } = old
  const { ok, note, missing } = about(old, 'volumes')
  const kind = tree.binds[source]
  if (kind === 'missing' && !isWithin(source, tree.root)) {
    const found = `${source} of this host at ${target} stays mounted: init sees nothing outside of the repository`
    const own = note(found, 'nothing to do where it is there; another host needs it, too')
    return mounted({ type: 'bind', source, target, ...(readOnly && { read_only: true }) }, { findings: [own] })
  }
  const isNamed = tree.tracked.includes(shown.trim())
  const blank = 'the Compose file has a blank at the end of its name: take it away, then run this again'
  const absent = `${shown} does not exist: the mount at ${target} is left out`
  // Compose makes an empty folder of one that is not there: the database then has no scripts.
  const isScripts = SCRIPTS.test(target) && kept.length === 0
  const toKeep = 'for scripts that each host needs, commit them, and run this again; else nothing'
  if (isScripts && kind === 'missing')
    return { findings: [note(`${shown} does not exist: the database begins without scripts`, toKeep)] }
  const unused = `${shown} does not exist, and nothing that its web server reads names ${target}: the mount is left out`
  const later = `nothing to do; for HTTPS: ${GATE}`
  if (kind === 'missing' && isUnread(old, target)) return { findings: [note(unused, later, { confidence: 'likely' })] }
  if (kind === 'missing') return { findings: [missing(absent, isNamed ? blank : 'create it, then run this again')] }
  const place = `${shown} at ${target}`
  const line = mountOf(old, source, target)
  const only = readOnly ? '' : ', read-only'
  const stays = (finding: Finding) => mounted(line, { findings: [finding] })
  const [context, over] = [contextOf(old), folderOver([contextOf(old), source])]
  const copy = `let its Dockerfile copy ${shown} to ${target}`
  const paths = `begin the paths that COPY has in its Dockerfile with ${posix.relative(over, context)}/`
  const [lies, mend] = isWithin(source, context)
    ? ['that is not in its image', `${copy}, where no VOLUME is, and no line of .dockerignore names it`]
    : [
        'outside of what its image is built from',
        `let build.context be ${shownPath(tree, over)}, ${paths}, and ${copy}`,
      ]
  // What is written to a database is no part of a version, also where git keeps the one that it began with.
  if (kept.length > 0 && (readOnly || !STORE.test(source)))
    return stays(
      spec.build && kind === 'folder'
        ? missing(
            `${place} is code ${lies}: no version has its own, and what runs goes on with what it has loaded${only}`,
            mend,
          )
        : note(
            `${place} stays mounted${only}: a rollback does not bring back what git kept there`,
            'where it has secrets, keep it out of git; else let the Dockerfile copy it, and build.context hold it',
          ),
    )
  if (readOnly) return stays(ok(`${place}, read-only`))
  if (isScripts && kind === 'folder')
    return stays(
      note(`${place} stays mounted, read-only: git does not keep it, and another host has no scripts`, toKeep),
    )
  const found = `${place} is mounted read-only, and the Compose file lets the service write to it`
  const data =
    'where it is data, let the service keep it in a folder without code, and mount a volume there: a snapshot holds no single file'
  // No program writes to what it takes its variables from.
  return stays((VARIABLES.test(source) ? note : missing)(found, data, { confidence: 'guess' }))
}
