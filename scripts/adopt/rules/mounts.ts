import { posix } from 'node:path'
import { about, commandOf, joinParts, type Old, type Part, type ServiceRule, shownPath } from '../draft.ts'
import { type Finding, listFindings, pathOf, some } from '../finding.ts'
import { dataVolumes, inImage, trackedIn } from '../in-image.ts'
import { installs, starts } from '../installs.ts'
import { type Fated, fatesOf, placesBelow, volumesOf } from '../mounts.ts'
import { isWithin, LISTS } from '../source-tree.ts'
import { unkeptIn } from '../unkept.ts'
import { bakedPart, sourcePart } from './code.ts'
import { filePart, mountOf } from './file-part.ts'
import { hostFilesOf } from './host-file.ts'
import { keptOutOf } from './kept-out.ts'
import { ignoredFindings, rewrittenFindings } from './rewritten.ts'
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
  const given = [...keptOutOf(old), ...hostFilesOf(old)].map(({ path }) => path)
  const all = unkeptIn(old, one).filter((file) => !LISTS.test(file) && !given.includes(file))
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
