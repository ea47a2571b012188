import { isWithin, joinParts, type Old, type Part, pathFromFile, type ServiceRule, shownPath } from '../draft.ts'
import { missing, note, ok } from '../finding.ts'
import { copyFrom, type Fated, fatesOf, keyFor } from '../mounts.ts'
import { mounted, volumePart } from './volumes.ts'

/** Data go into volumes of the project, files stay mounted or go into the image, and the source is left out. */
export const mountsRule: ServiceRule = (old) => joinParts(fatesOf(old).map((one) => partOf(old, one)))

// What the user has to do himself.
const open = ({ service, where }: Old, found: string, mend: string): Part => ({
  findings: [missing(service, found, mend, { where: where(service, 'volumes') })],
})

function partOf(old: Old, one: Fated): Part {
  const { service, where } = old
  const at = { where: where(service, 'volumes') }
  const shown = one.type === 'volume' ? (one.source ?? 'a volume') : shownPath(old.tree, one.source ?? '')
  switch (one.fate) {
    case 'host':
      return open(
        old,
        `${one.source} is left out: it gives access to this host`,
        'add it yourself if the service needs it',
      )
    case 'cache':
      return {
        findings: [
          ok(service, `${one.target} is a cache or what a build makes: no volume hides what the image has`, at),
        ],
      }
    case 'source':
      return {
        findings: [
          note(
            service,
            `the mount of ${shown} over ${one.target} is left out: it is code`,
            `${one.kept.length > 0 ? `the image contains ${one.kept.slice(0, 2).join(', ')}` : 'it belongs into the image'}; a mount would hide the next version. To work on it, use make dev`,
            { ...at, confidence: 'stated' },
          ),
        ],
      }
    case 'baked':
      return bakedPart(old, one, shown)
    case 'file':
      return filePart(old, one, shown)
    case 'data':
      return dataPart(old, one, shown)
    case 'volume':
      return one.source
        ? volumePart(old, one, one.source)
        : mounted(`${keyFor(old, one.target)}:${one.target}`, { tops: { volumes: { [keyFor(old, one.target)]: {} } } })
    default:
      return mounted({ type: one.type, source: one.source, target: one.target, read_only: one.read_only }, {})
  }
}

const bakedPart = ({ service, where }: Old, { target, hasMore, read_only: readOnly }: Fated, shown: string): Part => {
  const at = { where: where(service, 'volumes') }
  return {
    findings: [
      ok(service, `${shown} goes into the image, at ${target}: git keeps it, so it belongs to the version`, at),
      ...(hasMore && !readOnly
        ? [
            missing(
              service,
              `${shown} also has files that git does not keep: they are not in the image`,
              `where they are data, mount a volume at their folder below ${target}; else commit them`,
              at,
            ),
          ]
        : []),
    ],
  }
}

function filePart(old: Old, { source = '', target, read_only: readOnly, kept }: Fated, shown: string): Part {
  const { tree, spec, service, where } = old
  const line = {
    type: 'bind',
    source: pathFromFile(tree, source),
    target,
    read_only: true,
    bind: { create_host_path: false },
  }
  const at = { where: where(service, 'volumes') }
  if (tree.binds[source] === 'missing')
    return open(
      old,
      `${shown} does not exist: the mount at ${target} is left out`,
      tree.tracked.includes(shown.trim())
        ? 'the Compose file has a blank at the end of its name: take it away, then run this again'
        : 'create it, then run this again',
    )
  if (kept.length > 0 && spec.build && tree.binds[source] === 'folder')
    return mounted(
      line,
      open(
        old,
        `${shown} at ${target} is code outside of what its image is built from: each version would run the newest`,
        'let build.context hold it, and the Dockerfile copy it',
      ),
    )
  const finding =
    readOnly || kept.length > 0
      ? ok(service, `${shown} at ${target}, read-only`, at)
      : missing(
          service,
          `${shown} at ${target} is mounted read-only, and the Compose file lets the service write to it`,
          'where it is data, let the service write to a folder, and mount a volume there: a snapshot holds no single file',
          { ...at, confidence: 'guess' },
        )
  return mounted(line, { findings: [finding] })
}

// Where images keep their code.
const CODE = /^\/(var\/www(\/[\w-]+)?|usr\/src\/[\w-]+|usr\/local\/app|app|code|srv|workspace)$/
// What a build makes: git keeps none of it, so that no version would have it.
const BUILT = /(^|\/)(dist|build|out|target|_build|bin|obj)$/
const CONFIGURATION = /^\/etc\/|\/conf(ig|\.d)?$|\.d$/

function dataPart(old: Old, { source = '', target, read_only: readOnly }: Fated, shown: string): Part {
  const { tree, service, where } = old
  const key = old.folders.get(source) ?? keyFor(old, target)
  const mend = `the volume ${key} takes its place: copy the data into it (docs/guides/take-over.md)`
  const isAsked = CONFIGURATION.test(target)
  const problem =
    BUILT.test(source) && isWithin(source, tree.root)
      ? [
          'a build makes and git does not keep: no version would have it',
          'let a Dockerfile build it, and name that in build: of the Compose file',
        ]
      : CODE.test(target) && tree.binds[source] === 'folder'
        ? [
            'git does not keep: code, or data?',
            `for code, commit it and run this again; for data, mount a volume at ${target}`,
          ]
        : undefined
  if (problem) {
    const [why = '', remedy = ''] = problem
    const ground = { where: where(service, 'volumes'), confidence: 'guess' } as const
    return { findings: [missing(service, `${target} is the folder ${shown}, which ${why}`, remedy, ground)] }
  }
  return mounted(`${key}:${target}${readOnly ? ':ro' : ''}`, {
    tops: { volumes: { [key]: {} } },
    copies: tree.binds[source] === 'folder' ? [copyFrom(old, source, key)] : [],
    findings: [
      note(
        service,
        isAsked ? `${target} is the folder ${shown}: configuration, or data?` : `${target} is the folder ${shown}`,
        isAsked ? `data are assumed: ${mend}. Where it is configuration, commit it, and run this again` : mend,
        { where: where(service, 'volumes'), confidence: isAsked ? 'guess' : 'likely' },
      ),
    ],
  })
}
