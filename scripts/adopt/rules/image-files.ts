import { posix } from 'node:path'
import { factsOf, isSameBuild, PLACEHOLDERS, pathFrom, placedFiles } from '../build.ts'
import { about, type Old, quote, type ServiceRule, toWords } from '../draft.ts'
import { type Finding, listFindings, note, ok, some } from '../finding.ts'
import { allPlacedIn, contextOf, seenBy } from '../in-image.ts'
import { type Fated, placesBelow } from '../mounts.ts'
import { type ImageFacts, isScratch, isWithin, type Project, type SourceTree } from '../source-tree.ts'
import { MOVED } from './beside.ts'

// What the images themselves say, where they are on this engine: their files and their configuration, not the lines of a Dockerfile.

/** The image that a service runs: the one that was built for it, else the one that it names, or builds on. */
export const imageOf = (old: Imaging): ImageFacts | undefined =>
  builtFor(old) ?? old.tree.images[(old.spec.build ? old.stage?.image : old.spec.image) ?? '']

export type Imaging = Pick<Old, 'tree' | 'project' | 'service' | 'spec' | 'stage'> & Partial<Pick<Old, 'isWeb' | 'web'>>
const builtFor = ({ tree: { built = {} }, spec, service, isWeb, project, web = '' }: Imaging) => {
  if (!spec.build) return undefined
  const isApp = isWeb || isSameBuild(spec.build, project.services[web]?.build)
  return (isApp ? built[''] : undefined) ?? built[service] ?? (isApp ? built[web] : undefined)
}

/** The files of the image of a service below a path that its author calls no volume; undefined where nobody has looked. */
export function filesBelow(old: Old, path: string): string[] | undefined {
  const image = old.spec.build ? builtFor(old) : imageOf(old)
  if (image?.volumes.some((one) => isWithin(path, one))) return []
  return image?.files?.filter((file) => isWithin(file, path) && !PLACEHOLDERS.test(file))
}

/** Names the servers of data and the databases in the image of a service that no hook and no volume holds. */
export const imageFilesRule: ServiceRule = (old) => {
  const { spec, server } = old
  const image = imageOf(old)
  const say = about(old, spec.build ? 'build' : 'image').note
  const files = (spec.build ? builtFor(old) : image)?.files ?? []
  const programs = [...new Set(files.flatMap((file) => SERVER.exec(file)?.[1] ?? []))]
  const mounted = [...(spec.volumes ?? []).map(({ target }) => target), ...(image?.volumes ?? [])]
  const isHeld = (file: string) => isScratch(file) || mounted.some((path) => isWithin(file, path))
  const databases = files.filter((file) => DATABASE.test(file) && !isHeld(file))
  const lost = `${some(databases)} of its image lies in no volume: ${MOVED}`
  return {
    // As any other process than the first, the s6 supervision refuses to start.
    lines: firstWord(old) === '/init' ? { init: false } : {},
    findings: listFindings(
      !server &&
        programs.length > 0 &&
        say(
          `its image has ${programs.join(', ')}: where it runs there, a snapshot has its files as after a power cut`,
          'nothing to do where the service only talks to another server; else mount a volume at its data (docs/guides/databases.md)',
        ),
      databases.length > 0 && say(lost, 'where the service writes to it, mount a volume at its folder'),
    ),
  }
}
const firstWord = (old: Old) =>
  toWords(old.spec['entrypoint'])[0] ?? old.stage?.command?.words[0] ?? imageOf(old)?.entrypoint[0]
const SERVER =
  /\/s?bin\/(postgres|redis-server|valkey-server|mysqld|mariadbd|mongod|rabbitmq-server|clickhouse-server|influxd|etcd)$/
const DATABASE =
  /^(?!\/(usr|lib|proc|sys|var\/(lib\/(dpkg|apt|rpm)|db)|etc)\/|.*\/(node_modules|site-packages|tests?|gems|vendor)\/).*\.(sqlite3?|db|mdb)$/

/** Says which images nobody could look into, and what looks at data later. */
export function lookedFinding({ built = {}, images }: SourceTree, services: Project['services']): Finding {
  const open = Object.entries(services).flatMap(([name, { build, image = '' }]) =>
    (build ? (built[name] ?? built['']) : images[image])?.files ? [] : name,
  )
  const later =
    'what a service writes outside of its volumes, make deploy finds: it moves what looks like data into volumes, and shows the rest'
  const found = `not looked into, for they are not on this engine: ${some(open)}; ${later}`
  const mend =
    'nothing to do yet: after make build, run this again, and it reads their files instead of the lines of a Dockerfile'
  return open.length === 0 ? ok('images', `looked into; ${later}`) : note('images', found, mend)
}

// What a mount hid in an image. Without the mount, it shows.

/** Where servers read configuration, and write none. */
export const CONFIGURED = /^\/etc\/|initdb|\/conf(ig)?(\.d)?$/

/**
 * What a mount hid in the image, and COPY alone leaves there, as words for a shell in its folder: all of it; beside the code, what the
 * build has copied. What the build has made stays there: packages, mostly.
 */
export function othersIn(old: Old, one: Fated): string[] {
  const { source = '', target } = one
  if (old.tree.binds[source] !== 'folder') return []
  if (old.spec.build && !CONFIGURED.test(target)) return strangersIn(old, one)
  return imageOf(old)?.files?.every((file) => !isWithin(file, target)) ? [] : ['*', '.[!.]*']
}
/** The line that removes these. What a volume below the mount showed of a ready image stays, such as its packages. */
export function emptyLines(old: Old, one: Fated, to: string): string[] {
  const others = hasShell(old) ? othersIn(old, one) : []
  const below = (old.spec.volumes ?? []).flatMap(({ type, target }) =>
    type === 'volume' && isWithin(target, one.target) ? (posix.relative(one.target, target).split('/')[0] ?? '') : [],
  )
  const spared = [...new Set(below)].map(quote).join('|')
  if (others.length === 0) return []
  return others.includes('*') && spared
    ? [
        `RUN cd ${to} && for one in ${others.join(' ')}; do case "$one" in ${spared}) ;; *) rm -rf "./$one" ;; esac; done`,
      ]
    : [`RUN rm -rf ${others.map((name) => `${to}/${name}`).join(' ')}`]
}
// The shortest paths below a mount of what COPY brings there, and the mounted folder has not. Other mounts lie on top of both.
function strangersIn(old: Old, one: Fated): string[] {
  const { tree, spec } = old
  const ours = OURS.map((name) => posix.join(tree.dir, name))
  const build = { tree, context: contextOf(old), facts: factsOf(tree, spec) }
  // A line such as `echo … >/var/www/html/info.php` makes a page that the mount hid; so does Debian's package of a web server.
  const written = (old.stage?.runs ?? []).flatMap((run) => [
    ...[...run.matchAll(/>\s*(\/[\w./-]+)/g)].map(([, path = '']) => path),
    ...(DEBIANS.test(run) ? ['/var/www/html/index.html', '/var/www/html/index.nginx-debian.html'] : []),
  ])
  const brought = [...allPlacedIn(old, one.target), ...placedFiles(build, one.target, ours)]
  const places = [...brought.map(([, place]) => place), ...written.filter((path) => isWithin(path, one.target))]
  const others = (spec.volumes ?? []).flatMap(({ target }) => (isWithin(one.target, target) ? [] : target))
  const inside = pathFrom(tree, one.source ?? '')
  const mounted = [...seenBy(old), ...ours].filter((file) => inside(file) !== undefined)
  const own = new Set([...mounted.map(placesBelow(old, one)), ...others].flatMap(pathsTo))
  const found = places.flatMap((place) => {
    const isKnown = own.has(place) || others.some((target) => isWithin(place, target))
    return isKnown ? [] : (pathsTo(place).find((path) => isWithin(path, one.target) && !own.has(path)) ?? [])
  })
  const names = [...new Set(found)].map((path) => posix.relative(one.target, path))
  return names.map((name) => (posix.basename(name) === PROPOSED ? name : quote(name)))
}
const DEBIANS = /\bapt(-get)?\s[^;&|]*\s(apache2|libapache2-mod-php[\d.]*|nginx)(\s|$)/
// What the toolkit adds to a repository.
const PROPOSED = 'dartagnan.*'
const OURS = [PROPOSED, '.dartagnan', '.gitmodules', '.gitignore', 'Makefile']
// A path and all folders above it, the outermost first.
const pathsTo = (path: string): string[] =>
  path === posix.dirname(path) ? [path] : [...pathsTo(posix.dirname(path)), path]

/** Whether the image of a service can remove its own files. */
export const hasShell = (old: Imaging): boolean =>
  imageOf(old)?.files?.some((file) => SHELL.test(file)) ?? !BARE.test(old.stage?.image ?? old.spec.image ?? '')
const SHELL = /\/bin\/(sh|busybox)$/
// Images that have nothing but a program.
const BARE = /^scratch$|distroless|chainguard/
