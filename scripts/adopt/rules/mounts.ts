import { posix } from 'node:path'
import {
  about,
  commandOf,
  joinParts,
  type Old,
  type Part,
  pathFromFile,
  quote,
  type ServiceRule,
  shownPath,
} from '../draft.ts'
import { type Finding, listFindings, pathOf, some } from '../finding.ts'
import { contextOf, dataVolumes, inImage, trackedIn } from '../in-image.ts'
import { installs, starts } from '../installs.ts'
import { GATE } from '../losses.ts'
import { type Fated, fatesOf, placesBelow, SCRIPTS, STORE, volumesOf } from '../mounts.ts'
import { isWithin, LISTS, VARIABLES } from '../source-tree.ts'
import { unkeptIn } from '../unkept.ts'
import { OF_WINDOWS } from '../variables.ts'
import { folderOver } from '../wide.ts'
import { isUnread } from './certificates.ts'
import { bakedPart, sourcePart } from './code.ts'
import { ignoredFindings, rewrittenFindings } from './rewritten.ts'
import { BUILT, dataPart, mounted, namelessPart, volumePart } from './volume.ts'

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

function partOf(old: Old, one: Fated): Part {
  const { ok, note, missing } = about(old, 'volumes')
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
      // A volume kept what the first start had installed.
      const command = commandOf(old).join(' ')
      const isAtStart =
        PACKAGES.test(one.target) && inImage(old, one.target).length === 0 && starts(command, old.tree.sources)
      const again = `${one.target} has what its start installs: each new container does it again, and needs a registry`
      const finding = isAtStart && !isBuilt(old) ? note(again, INSTALL, { confidence: 'likely' }) : ok(found)
      return { lines: isInside ? { tmpfs: [one.target] } : {}, findings: [finding] }
    }
    case 'source':
      return joinParts([
        sourcePart(old, one, shown),
        unkeptPart(old, one, shown),
        { findings: writtenFindings(old, one) },
      ])
    case 'baked':
      return joinParts([bakedPart(old, one, shown), { findings: writtenFindings(old, one) }])
    case 'file':
      return filePart(old, one, shown)
    case 'data':
      return joinParts([dataPart(old, one, shown), { findings: exampleFindings(old, one) }])
    case 'volume':
      return one.source ? volumePart(old, one, one.source) : namelessPart(old, one)
    default: {
      const { fate: _, kept: __, lacked: ___, ...mount } = one
      return mounted(mount, {})
    }
  }
}

const PACKAGES = /\/(vendor|node_modules)$/
const INSTALL = 'let its Dockerfile install them (COPY the lists of packages, then RUN the same command)'
const isBuilt = ({ stage, tree }: Old) =>
  stage?.runs.some((run) => installs(run, tree.sources)) ||
  stage?.copies.some(({ from, to }) => from !== '' && PACKAGES.test(to))

const writtenFindings = (old: Old, one: Fated) => [...rewrittenFindings(old, one), ...ignoredFindings(old, one)]

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

const EXAMPLE = /[.-](example|sample|template|dist)$/
const CONFIGURATION = /^\/etc\/.*\.(conf|cnf|cfg|ini|toml|ya?ml)$/
const GIVE = 'nothing to do, unless it needs something there: give it that in its environment, or name it in secrets:'
const KEEP = 'commit it where it has no secret, and run this again: each version then has its own'

const ADD = 'add it yourself if the service needs it'

const BUILDS =
  'let a Dockerfile build it, and name that in build: of the Compose file; else build it before each deploy'

// The variable of Windows from which a mount has its folder.
function windowsIn({ project, service }: Old, target: string): string | undefined {
  const { raw = {}, unset = [] } = project
  const mounts = [raw[service]?.['volumes'] ?? []].flat().map((one) => JSON.stringify(one))
  const said = mounts.filter((one) => one.includes(target)).join()
  return unset.find((name) => OF_WINDOWS.test(name) && new RegExp(`\\$\\{?${name}\\b`).test(said))
}

function filePart(old: Old, { source = '', target, read_only: readOnly, kept }: Fated, shown: string): Part {
  const { tree, spec } = old
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
  const isScripts = SCRIPTS.test(target) && kept.length === 0
  const toKeep = 'for scripts that each host needs, commit them, and run this again; else nothing'
  if (isScripts && kind === 'missing')
    return { findings: [note(`${shown} does not exist: the database begins without scripts`, toKeep)] }
  const unused = `${shown} does not exist, and nothing that its web server reads names ${target}: the mount is left out`
  const later = `nothing to do; for HTTPS: ${GATE}`
  if (kind === 'missing' && isUnread(old, target)) return { findings: [note(unused, later, { confidence: 'likely' })] }
  if (kind === 'missing')
    return { findings: [missing(absent, isNamed ? blank : (copied ?? 'create it, then run this again'))] }
  const place = `${shown} at ${target}`
  const line = mountOf(old, source, target)
  const only = readOnly ? '' : ', read-only'
  const stays = (finding: Finding) => mounted(line, { findings: [finding] })
  const [context, over] = [contextOf(old), folderOver([contextOf(old), source])]
  // What a build copied there, the volume would hide.
  const volume = volumesOf(old).find((one) => one.target !== target && isWithin(target, one.target))
  const narrow = volume ? `mount no volume at ${volume.target}, but where the service writes below it, and ` : ''
  const copy = `${narrow}let its Dockerfile copy ${shown} to ${target}`
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
  const noVersion = `${place} is what a build makes, and git does not keep: it is in no version, and a rollback leaves it as it is`
  if (readOnly && kind === 'folder' && isWithin(source, tree.root) && BUILT.test(source))
    return stays(note(noVersion, BUILDS, { confidence: 'guess' }))
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
