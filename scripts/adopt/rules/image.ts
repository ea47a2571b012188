import { posix } from 'node:path'
import { hasStandIns, standInFor } from '../../image/stand-in.ts'
import { unbuilt } from '../alone.ts'
import { argsOf, dockerfileOf, isSameBuild } from '../build.ts'
import { copyFindings, lostCopies } from '../buildable.ts'
import { type File, isWithin, type Old, type Part, pathFromFile, type ServiceRule, shownPath } from '../draft.ts'
import { type Finding, listFindings, missing, note, ok, some } from '../finding.ts'
import { contextOf, type Fated, fatesOf } from '../mounts.ts'
import { SIGN } from '../names.ts'

const APP_LINES = { image: `\${APP_IMAGE:?}`, pull_policy: 'never' }

/** Which image a service runs: the application's, one that is built with it, or a ready one. */
export const imageRule: ServiceRule = (given) => {
  const old = withBuild(given)
  const { service, spec, isWeb, where } = old
  const more = extraFiles(old)
  if (spec.build && !isWithin(spec.build.context, old.tree.root))
    return { findings: [outsideFinding(old, spec.build.context)] }
  if (isWeb) return webPart(old, more)
  if (more.length === 0 && isAppImage(old))
    return {
      lines: APP_LINES,
      findings: [ok(service, 'it runs the image of app, and each deploy replaces both', { where: where(service) })],
    }
  if (spec.build || more.length > 0) {
    const { build, files } = buildOf(old, more)
    const said = ok(service, 'its image is built, tagged and rolled back with that of app', {
      where: where(service, spec.build ? 'build' : 'image'),
    })
    return {
      lines: { build },
      files,
      findings: [isAbsent(old) ? absentFinding(old) : said, ...argFindings(old), ...lostFindings(old)],
    }
  }
  return readyPart(old)
}

// A service may run what another one builds under that name.
function withBuild(old: Old): Old {
  const { spec, project } = old
  const builder = Object.values(project.services).find((one) => one.build && spec.image && one.image === spec.image)
  return spec.build || !builder?.build ? old : { ...old, spec: { ...spec, build: builder.build } }
}

// What the image lacks, and gets: files of the repository that the Compose file mounts.
const extraFiles = (old: Old): Fated[] => fatesOf(old).filter(({ fate }) => fate === 'baked')

function isAppImage({ spec, project, web }: Old): boolean {
  const app = project.services[web ?? ''] ?? {}
  return spec.build
    ? isSameBuild(spec.build, app.build)
    : spec.image !== undefined && !app.build && spec.image === app.image
}

function webPart(old: Old, more: readonly Fated[]): Part {
  const { spec } = old
  const { dockerfile = 'Dockerfile', target, args, dockerfile_inline: inline } = spec.build ?? {}
  const isPlain = spec.build && more.length === 0 && dockerfile === 'Dockerfile' && !target && !args && !inline
  if (isPlain) return {}
  const { build, files } = buildOf(old, more)
  const ready = ok('image', `${spec.image}: the release's image is made from it`, {
    where: old.where(old.service, 'image'),
  })
  return {
    lines: { build },
    files,
    findings: [...listFindings(!spec.build && ready, unused(old)), ...argFindings(old)],
  }
}

// The author's own code may be in the ready image: then a release of this commit holds that of another one.
function unused({ tree, project, spec, service, where }: Old): Finding | undefined {
  const files = unbuilt(tree, project)
  if (spec.build || files.length === 0 || Object.values(project.services).some((one) => one.build)) return undefined
  return note(
    'image',
    `no service builds ${some(files)}: the release runs ${spec.image}, and not the code of this repository`,
    `to release the code, write build: in place of image: for ${service} in ${project.file}, then run this again`,
    { where: where(service, 'image') },
  )
}

// The build of a service, as the proposed Compose file has it, and the Dockerfile for it where one is needed.
function buildOf(old: Old, more: readonly Fated[]): { build: object; files: File[] } {
  const { tree, spec, isWeb, service } = old
  const context = contextOf(old)
  const from = pathFromFile(tree, context)
  const { target, dockerfile, args } = spec.build ?? {}
  const given = args && Object.keys(args).length > 0 ? { args: argsOf({ context, args }) } : {}
  const own = spec.build && !spec.build.dockerfile_inline && (more.length === 0 || isAbsent(old))
  if (own)
    return {
      build: {
        context: from,
        ...(dockerfile ? { dockerfile: within(context, dockerfile) } : {}),
        ...(target ? { target } : {}),
        ...given,
      },
      files: [],
    }
  const name = `dartagnan.${isWeb ? 'app' : service}.Dockerfile`
  const copies = more.map(({ source = '', target: to }) => {
    const path = posix.relative(context, source) || '.'
    return `COPY ${words(path)} ${words(tree.binds[source] === 'folder' && !to.endsWith('/') ? `${to}/` : to)}`
  })
  const text = `${[SIGN, ...baseLines(old), ...copies].join('\n')}\n`
  const path = posix.join(posix.relative(tree.root, context), name)
  return { build: { context: from, dockerfile: name, ...given }, files: [{ path, text }] }
}

const within = (context: string, path: string) => (path.startsWith('/') ? posix.relative(context, path) : path)
// A blank would end the path: `?` stands for any one character.
const words = (path: string) => path.replaceAll(/\s/g, '?')

// The Dockerfile that the service has, with the stage that it runs at the end; else the ready image.
function baseLines({ tree, spec }: Old): string[] {
  const text = spec.build && dockerfileOf(tree, spec.build)
  if (text === undefined) return [`FROM ${spec.image}`]
  const stage = spec.build?.target
  const added = '# what the Compose file mounts from the repository'
  return [text.trimEnd(), ...(stage ? ['', added, `FROM ${stage}`] : [added])]
}

function argFindings({ service, spec, where }: Old): Finding[] {
  const secret = Object.keys(spec.build?.args ?? {}).filter((name) => /PASS|SECRET|TOKEN|KEY/i.test(name))
  return listFindings(
    secret.length > 0 &&
      note(
        service,
        `${secret.join(', ')}: a build argument stays in the history of the image`,
        'let the build take it by RUN --mount=type=secret, or the service from its environment',
        { where: where(service, 'build') },
      ),
  )
}

function readyPart({ tree: { images, lock }, service, spec, where }: Old): Part {
  const name = spec.image ?? ''
  const isLocal = spec['pull_policy'] === 'never'
  const at = { where: where(service, 'image') }
  const pull = isLocal ? `docker load, or docker build --tag ${name} …` : `docker pull ${name}   (or docker load)`
  const finding = images[name]?.isHere
    ? ok(service, `${name}, on this engine`, at)
    : isLocal
      ? missing(service, `${name} is not on this engine, and pull_policy is never`, pull, at)
      : standInFor(name, lock)
        ? ok(service, `${name}: a stand-in is built where no registry answers`, at)
        : hasStandIns(lock)
          ? missing(service, `${name} is not on this engine, and no registry answered`, pull, at)
          : note(service, `${name} is not on this engine`, pull, at)
  return { lines: { image: name, ...(isLocal ? { pull_policy: 'never' } : {}) }, findings: [finding] }
}

function lostFindings({ tree, service, spec }: Old): Finding[] {
  const text = spec.build && dockerfileOf(tree, spec.build)
  if (!spec.build || text === undefined) return []
  const path = posix.join(shownPath(tree, spec.build.context), spec.build.dockerfile ?? 'Dockerfile')
  return copyFindings(service, path, lostCopies(tree, spec.build.context, text))
}

const outsideFinding = ({ service, tree, where }: Old, context: string): Finding =>
  missing(
    service,
    `its build reads ${shownPath(tree, context)}, outside of this repository`,
    'bring that folder into the repository, and name it in the Compose file',
    { where: where(service, 'build') },
  )

// Only a folder that was read can lack a Dockerfile.
function isAbsent({ tree, spec }: Old): boolean {
  const isRead = spec.build !== undefined && isWithin(spec.build.context, posix.join(tree.root, tree.dir))
  return isRead && spec.build !== undefined && dockerfileOf(tree, spec.build) === undefined
}
const absentFinding = ({ service, tree, spec, where }: Old): Finding =>
  missing(
    service,
    `its build has no ${posix.join(shownPath(tree, spec.build?.context ?? ''), spec.build?.dockerfile ?? 'Dockerfile')}`,
    'write it, or correct build: in the Compose file',
    { where: where(service, 'build') },
  )
