import { posix } from 'node:path'
import { isCapital } from '../../docker/image-name.ts'
import { seal, withOrigin } from '../../image/proposed.ts'
import { hasStandIns, standInFor } from '../../image/stand-in.ts'
import { isByHand } from '../alone.ts'
import { dockerfileOf, isSameBuild, sourceOf, withBuilder } from '../build.ts'
import { about, type File, joinParts, type Old, type Part, pathFromFile, type ServiceRule } from '../draft.ts'
import { type Finding, ok, pathOf } from '../finding.ts'
import { codeVolumes, contextOf } from '../in-image.ts'
import type { Fated } from '../mounts.ts'
import { OWN_COMPOSE } from '../names.ts'
import type { SourceTree } from '../source-tree.ts'
import { absentImage, baseFindings } from './base.ts'
import { broughtBy, broughtTo } from './brought.ts'
import { handedFindings, handedTo } from './handed.ts'
import { argsFor } from './image-args.ts'
import { emptyLines, imageOf } from './image-files.ts'
import { absentFinding, argFindings, isAbsent, lostFindings, originFindings } from './image-findings.ts'
import { targetOf } from './names.ts'
import { givenLines, ownLines } from './owner.ts'
import { hidingLines } from './web-root.ts'
import { ownerFor } from './writer.ts'

const APP_LINES = { image: `\${APP_IMAGE:?}`, pull_policy: 'never' }

/** Which image a service runs: the application's, one that is built with it, or a ready one. */
export const imageRule: ServiceRule = (given) => {
  const spec = withBuilder(given.project, given.spec)
  const old = spec === given.spec ? given : { ...given, spec }
  const { isWeb } = old
  // What the image lacks, and gets: files of the repository that the Compose file mounts.
  const more = broughtTo(old)
  const said = [...originFindings(old), ...handedFindings(old, more)]
  return joinParts([{ findings: said }, isWeb ? webPart(old, more) : besidePart(old, more)])
}

function besidePart(old: Old, more: readonly Fated[]): Part {
  const { spec } = old
  if (more.length === 0 && isAppImage(old)) return { lines: APP_LINES, findings: [appFinding(old)] }
  if (!spec.build && more.length === 0) return readyPart(old)
  const { claims, ...part } = buildOf(old, more)
  // Of the application's bases more is said.
  const lines = isAbsent(old) ? [] : baseLines(old, more)
  const bases = baseFindings(old.service, old.tree, lines.join('\n'), spec.build)
  const said = about(old, imageKey(old)).ok('its image is built, tagged and rolled back with that of app', { claims })
  return {
    ...part,
    findings: [
      absentFinding(old) ?? said,
      ...bases.filter(({ verdict }) => verdict === 'missing'),
      ...argFindings(old),
      ...lostFindings(old),
    ],
  }
}
// What becomes of the build is said of app.
const appFinding = (old: Old): Finding =>
  about(old).ok('it runs the image of app, and each deploy replaces both', {
    claims: [pathOf('services', old.service, 'build')],
  })
const imageKey = ({ spec }: Old) => (spec.build ? 'build' : 'image')

function isAppImage({ spec, project, web }: Pick<Old, 'spec' | 'project' | 'web'>): boolean {
  const app = project.services[web ?? ''] ?? {}
  return spec.build
    ? isSameBuild(spec.build, app.build)
    : spec.image !== undefined && !app.build && spec.image === app.image
}

/** The images of other services that a build takes, by the names of these in the release. */
export const imagesTaken = ({ project, web }: Pick<Old, 'project' | 'web'>, build: Old['spec']['build']) =>
  Object.fromEntries(
    Object.entries(build?.additional_contexts ?? {}).flatMap(([name, from]) => {
      const [, service = ''] = /^service:(.*)/.exec(from) ?? []
      const spec = project.services[service]
      const isWeb = spec && isAppImage({ spec, project, web })
      return spec?.build ? [[name, `service:${targetOf({ service, isWeb: isWeb === true })}`]] : []
    }),
  )

const isSame = (old: Old, more: readonly Fated[]) => more.length + codeVolumes(old).length + ownLines(old).length === 0
const OWN = ['target', 'args', 'dockerfile_inline', 'additional_contexts']
function webPart(old: Old, more: readonly Fated[]): Part {
  const { spec } = old
  const isUsual = spec.build && (spec.build.dockerfile ?? 'Dockerfile') === 'Dockerfile'
  const isPlain = isUsual && isSame(old, more) && !OWN.some((key) => spec.build?.[key])
  if (isPlain) return {}
  const { claims, ...part } = buildOf(old, more)
  const base = spec.build ? 'its Dockerfile' : spec.image
  const ground = { where: old.where(old.service, imageKey(old)), claims }
  const made = part.files
    .slice(0, 1)
    .map(({ path }) => ok('image', `${base}: the release's image is made from it, by ${path}`, ground))
  return { ...part, findings: [...made, ...argFindings(old)] }
}

// The build of a service, as the proposed Compose file has it, and the Dockerfile for it where one is needed.
function buildOf(old: Old, more: readonly Fated[]): Part & { readonly files: File[]; readonly claims: string[] } {
  const { tree, spec, service } = old
  const context = contextOf(old)
  const from = pathFromFile(tree, context)
  const { target, dockerfile, args, 'x-ignore': ignore } = spec.build ?? {}
  const { values, secrets } = argsFor(old)
  const handed = more.flatMap((one) => handedTo(old, one)).map(({ name }) => [name, `service:${name}`])
  const taken = { ...imagesTaken(old, spec.build), ...Object.fromEntries(handed) }
  const contexts = Object.keys(taken).length > 0 ? { additional_contexts: taken } : {}
  const given = { ...(args && Object.keys(args).length > 0 ? { args: values } : {}), ...contexts }
  const own = spec.build && !spec.build.dockerfile_inline && (isSame(old, more) || isAbsent(old))
  if (own) {
    const file = dockerfile?.startsWith('/') ? posix.relative(context, dockerfile) : dockerfile
    const build = { context: from, ...(file ? { dockerfile: file } : {}), ...(target ? { target } : {}), ...given }
    return { lines: { build }, files: [], secrets, claims: [] }
  }
  const name = `dartagnan.${targetOf(old)}.Dockerfile`
  const plain = `${[...baseLines(old, more), ...copyLines(old, more)].join('\n')}\n`
  const source = spec.build && sourceOf(tree, spec.build)
  const text = seal(source ? withOrigin(plain, { ...source, command: againIn(tree) }) : plain)
  const path = posix.join(posix.relative(tree.root, context), name)
  // It has the lines of the one before, up to the stage that was asked for.
  const replaced = spec.build ? ['dockerfile', 'target', 'dockerfile_inline'] : []
  const hiding = ignore === undefined ? [] : [{ path: `${path}.dockerignore`, text: seal(ignore) }]
  return {
    lines: { build: { context: from, dockerfile: name, ...given } },
    ...{ files: [{ path, text }, ...hiding], secrets },
    claims: replaced.map((key) => pathOf('services', service, 'build', key)),
  }
}

/** What proposes all of it anew. A project may have an `init` of its own, and the toolkit's own repository has several applications. */
export const againIn = ({ composeFile, dir }: SourceTree) =>
  composeFile === OWN_COMPOSE ? 'make dartagnan-init WRITE=1' : `make adopt APP_DIR=${dir} WRITE=1`

// What the image gets in the place of mounts: a folder further out comes first, for it would take those in it away.
function copyLines(old: Old, more: readonly Fated[]): string[] {
  const { tree, stage } = old
  const owned = (line: string) => {
    const owner = ownerFor(old, line.split(' ').at(-1) ?? '')
    return owner ? line.replace(/^COPY (?!--chown|--from)/, `COPY --chown=${owner} `) : line
  }
  const lines = more
    .toSorted((one, other) => one.target.length - other.target.length)
    .flatMap((one) => {
      const place = placeFor(old, one)
      if (tree.binds[one.source ?? ''] !== 'folder') return [`COPY ${place.from} ${place.to}`]
      // Its owner stays that of the image.
      const empty = one.fate === 'source' ? [] : emptyLines(old, one, place.to)
      const handed = handedTo(old, one).map(({ name, path, to }) => `COPY --from=${name} ${words(path)}/ ${words(to)}/`)
      return [...empty, ...broughtBy(old, one, place).lines, ...handed, ...hidingLines(old, one)]
    })
    .map(owned)
    .concat(givenLines(old))
  if (!lines.some((line) => line.startsWith('RUN'))) return lines
  const user = stage?.user || imageOf(old)?.user || 'root'
  const asRoot = /^(root|0)(:|$)/.test(user) ? lines : ['USER root', ...lines, `USER ${user}`]
  const isEmptied = lines.some((line) => /^RUN (rm|cd .* rm) -rf /.test(line))
  return isEmptied ? ['# a mount hides what the image has in its folder, and COPY does not', ...asRoot] : asRoot
}

const placeFor = (old: Old, { source = '', target }: Fated) => ({
  from: words(posix.relative(contextOf(old), source) || '.'),
  to: words(target),
})
// A blank would end the path: `?` stands for any one character.
const words = (path: string) => path.replaceAll(/\s/g, '?')

// The Dockerfile that the service has, with the stage that it runs at the end; else the ready image.
function baseLines(old: Old, more: readonly Fated[]): string[] {
  const { tree, spec } = old
  const without = codeVolumes(old)
  const isKept = (line: string) => {
    const [word = '', ...paths] = line.match(/[^\s"',[\]]+/g) ?? []
    return word.toUpperCase() !== 'VOLUME' || !paths.every((path) => without.includes(path))
  }
  const text = spec.build && dockerfileOf(tree, spec.build)?.split('\n').filter(isKept).join('\n')
  const stages = more.flatMap((one) => broughtBy(old, one, placeFor(old, one)).stage)
  if (text === undefined) return [...stages, `FROM ${spec.image}`]
  const stage = spec.build?.target
  const added = more.length > 0 ? ['# what the Compose file mounts from the repository'] : []
  // What stands ahead of the first stage holds for all.
  const first = Math.max(text.search(/^\s*FROM\s/im), 0)
  const all =
    text.slice(0, first) + stages.map((line) => `${line}\n`).join('') + text.slice(first).replace(/[\s\\]+$/, '')
  return [all, ...(stage ? ['', ...added, `FROM ${stage}`] : added)]
}

function readyPart({ tree, ...old }: Old): Part {
  const { image: name = '', pull_policy: policy } = old.spec
  const [isLocal, standIn] = [isByHand(tree, old.spec), standInFor(name, tree.lock)]
  const later = standIn ? 'a stand-in is built where no registry answers' : 'it is pulled when it is needed'
  const byHand = `let build: in the Compose file name its Dockerfile; or docker build --tag ${name} …`
  const isMissing = isLocal || isCapital(name) || (hasStandIns(tree.lock) && !standIn)
  const found = tree.images[name]?.isHere
    ? about(old, 'image').ok(`${name}, on this engine`)
    : isMissing
      ? absentImage(old.service, name, isLocal ? byHand : undefined, { where: old.where(old.service, 'image') })
      : about(old, 'image').ok(`${name}: ${later}`)
  return { lines: { image: name, ...(policy === 'never' ? { pull_policy: 'never' } : {}) }, findings: [found] }
}
