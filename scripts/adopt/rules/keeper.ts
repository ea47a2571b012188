import { posix } from 'node:path'
import { placeIn } from '../../image/copied-places.ts'
import { recognizeServer } from '../../release/snapshot-presets.ts'
import { filesIn } from '../app-code.ts'
import { about, environmentOf, type Old, type Part } from '../draft.ts'
import { type Finding, listFindings, some } from '../finding.ts'
import { contextOf, dataVolumes, inImage } from '../in-image.ts'
import { CACHES, CODE_FOLDERS, FILE, fatesOf, placesBelow, STORE, volumesOf } from '../mounts.ts'
import { isJob } from '../server.ts'
import { CODE, insideOf, isScratch, isWithin, mountsOf, namesOf } from '../source-tree.ts'
import { isProgram, isServing, MOVED, programOf, sharing, writtenBy } from './beside.ts'
import { isFolder } from './data.ts'
import { hookless, hooklessPart } from './hookless.ts'
import { ANY_DATABASE, useOf } from './moved.ts'
import { placeFor } from './sent.ts'
import { apartIn } from './several.ts'
import { refusedData } from './volume.ts'

/** Says how a snapshot holds what a service keeps in volumes without being a server that has a hook. */
export function keeper(old: Old): Part {
  const { service, spec, stage } = old
  const { ok, note } = about(old, 'volumes')
  const volumes = volumesOf(old).filter((one) => one.fate === 'volume' || !refusedData(old, one))
  const all = [...volumes.map(({ target }) => target), ...dataVolumes(old)]
  const paths = [...new Set(all)].filter((path) => !isScratch(path))
  const loose = looseFiles(old)
  if (paths.length === 0) return { findings: loose }
  const { found, lines } = hooklessPart(old, paths)
  // Its command hides what it runs, and its name may say it.
  const image = spec.build ? stage?.image : spec.image
  const called = isJob(old, service) ? undefined : recognizeServer({ image })
  const kept = called
    ? note(`${hookless(paths)}, and its image is called ${called}`, `where it serves: x-snapshot: ${called} on it`)
    : ok(found)
  return { lines: called ? undefined : lines, findings: [...loose, kept] }
}

// The files of SQLite, and the folders of a service beside the application, that variables name and no volume holds.
function looseFiles(old: Old): Finding[] {
  const { spec, stage } = old
  const { note, missing } = about(old, 'environment')
  const fates = fatesOf(old)
  const held = fates.filter(({ fate }) => fate !== 'source' && fate !== 'baked')
  const folders = [...held.map(({ target }) => target), ...dataVolumes(old)]
  const base = spec.working_dir ?? stage?.workdir ?? '/'
  const isHeld = (path: string) => isScratch(path) || folders.some((one) => isWithin(path, one))
  // What runs once, such as a migration, is told of a folder that only another service with its code fills.
  const fillers = isJob(old, old.service) ? sharing(old) : []
  const theirs = fillers.flatMap((name) => old.project.services[name]?.volumes ?? []).map(({ target }) => target)
  const isTheirs = (path: string) => theirs.some((one) => isWithin(path, one))
  // What git keeps comes with each version.
  const baked = fates.flatMap((one) => (one.fate === 'baked' ? one.kept.map(placesBelow(old, one)) : []))
  const isOfGit = (path: string) => inImage(old, path).length > 0 || baked.some((file) => isWithin(file, path))
  const all = environmentOf(old)
  const isUsed = useOf(old)
  // Its third slash begins an absolute path, but for Python.
  const isPython = Object.keys(isProgram(old) ? programOf(old).sources : {}).some((file) => file.endsWith('.py'))
  const isRooted = (text: string) => /^sqlite:\/\/\/(?!\/)/.test(text) && !isPython
  const written = isProgram(old) ? writtenBy(old) : undefined
  const told = written?.files.map(({ value }) => posix.resolve(written.workdir, value)) ?? []
  const services = Object.keys(old.project.services).flatMap((one) => namesOf(old.project, one))
  const files = all.flatMap(([key, text]) => {
    const named =
      DATABASES.map((one) => one.exec(text)?.[1]).find(Boolean) ??
      (!old.isWeb && isFolder(key, text) && !isTheirs(text) ? text : undefined)
    const inSchema = named === undefined ? [] : prismaPlaces(old, text, named)
    const path = inSchema[0] ?? posix.resolve(base, named ?? '')
    const places = [path, ...inSchema, ...(named && isRooted(text) ? [posix.join('/', named)] : [])]
    // The name of a service may end as that of a file.
    if (services.includes(text)) return []
    // What the code itself tells of the folder that Flask counts from is said there.
    if (named && /^sqlite/.test(text) && told.includes(posix.resolve(base, 'instance', named))) return []
    const isSettings = /CONFIG/.test(key) && isOfGit(path)
    // Without its Dockerfile, nobody knows from where a path counts.
    const isUnknown = named && !/^\//.test(named) && spec.build && !stage && !spec.working_dir
    const isUnused = ANY_DATABASE.test(key) && !isUsed({ value: path, where: '' })
    return !named || isUnknown || isUnused || /^\/(usr|etc)\//.test(path) || isSettings || places.some(isHeld)
      ? []
      : [{ key, path }]
  })
  // FTP_USER_HOME is of the service ftp, which has its folder in a volume.
  const isOfOther = (key: string, path: string) =>
    Object.entries(old.project.services).some(([name, { volumes = [] }]) => {
      const isNamed = key.toLowerCase().startsWith(`${name.toLowerCase().split(/[-_]/)[0]}_`)
      return isNamed && name !== old.service && volumes.some(({ target }) => isWithin(path, target))
    })
  // What Compose mounts is in no container by that path.
  const sources = mountsOf(old.project).flatMap(({ source }) => source ?? [])
  const isOfHost = (key: string, path: string) => OF_HOST.test(key) || sources.some((one) => isWithin(path, one))
  const searched = all.flatMap(([key, text]) => (key === 'PATH' ? text.split(':') : []))
  // Whatever else lies there: what the image has is code, and names of files say that they are read.
  const others = all.flatMap(([key, text]) => {
    const [, path = ''] = INSIDE.exec(text) ?? []
    const isOfPrograms =
      SEARCHED.test(key) ||
      HOME.test(`${key}=${path}`) ||
      CACHES.test(path) ||
      searched.some((one) => isWithin(one, path))
    if (isOfPrograms) return []
    const isKnown =
      path === '' ||
      isOfOther(key, path) ||
      DATABASES.some((one) => one.test(text)) ||
      files.some((one) => one.key === key) ||
      isWithin(base, path) ||
      isTheirs(path) ||
      isHeld(path) ||
      isOfHost(key, path) ||
      // Another stage has built it.
      stage?.copies.some(({ from, to }) => from !== '' && to === path)
    return isKnown || FILE.test(path) || CODE.test(path) || isOfGit(path) ? [] : `${key}=${path}`
  })
  // What several are told alike is one file.
  const sharers = (key: string, path: string) =>
    Object.entries(old.project.services).flatMap(([name, other]) => {
      const text = other.environment?.[key]
      const isTold = text !== undefined && text === spec.environment?.[key]
      // A web server sends what the host mounts there.
      const isSent = isFolder(key, path) && isServing(old, name) && placeFor(spec, other, path) !== undefined
      return isTold || isSent ? name : []
    })
  const apart = (all: readonly string[]) =>
    `where it has data, mount ${all.length > 1 ? `one volume in ${some(all)}` : 'a volume'} at a folder of its own, and let it name a path there`
  // Its author may have given a folder to who fills it alone.
  const isIn = (name: string, path: string) =>
    old.project.services[name]?.volumes?.some(({ target }) => isWithin(path, target) && !CODE_FOLDERS.test(target))
  const reads = 'nothing to do, unless the service reads or writes there: then mount the same volume in it'
  const mend = `where the service writes there: ${MOVED}; better, mount one from the start`
  return listFindings(
    ...files.map(({ key, path }) => {
      const [found, all] = [`${key} names ${path}, which lies in no volume`, sharers(key, path)]
      const keepers = STORE.test(path) ? [] : all.filter((name) => isIn(name, path))
      if (keepers.length > 0)
        return note(`${key} names ${path}, which is a volume in ${some(keepers)} alone`, reads, GUESS)
      const each = apartIn(old.project, all, path)
      return each
        ? missing(`${found}: ${each}`, apart(all), { confidence: 'likely' })
        : note(`${found}: ${MOVED}`, apart(all), { confidence: 'likely' })
    }),
    others.length > 0 && note(`${some(others)}: in no volume`, mend, GUESS),
  )
}
const GUESS = { confidence: 'guess' } as const
const OF_HOST = /(^|_)(HOST|REMOTE)_?(PATH|DIR|FOLDER)$/
const HOME = /^HOME=\/(home\/|root$)/
// Where programs look for others.
const SEARCHED =
  /^((PYTHON|NODE_|CLASS|LD_LIBRARY_|GEM_)PATH|(POETRY|PNPM|CARGO|RUSTUP|JAVA|COMPOSER)_HOME|(VENV|PYSETUP)_PATH|VIRTUAL_ENV|NVM_DIR)$/
// Prisma counts a path from the folder of its schema. Where no Dockerfile tells where that lies, a mount may end as the path does.
function prismaPlaces(old: Old, text: string, named: string): string[] {
  if (!/^file:(?!\/)/.test(text)) return []
  const folder = insideOf(old.tree, contextOf(old))
  const { facts } = programOf(old)
  return filesIn(old.tree.files, folder).flatMap((file) => {
    if (posix.basename(file) !== 'schema.prisma' || /(^|\/)(node_modules|generated)\//.test(file)) return []
    const place = placeIn(facts, file)
    if (place) return posix.resolve(posix.dirname(place), named)
    const inside = posix.join('/', posix.dirname(file), named)
    return (old.spec.volumes ?? []).flatMap(({ target }) =>
      posix.join('/', target).endsWith(posix.dirname(inside)) ? posix.join(target, posix.basename(inside)) : [],
    )
  })
}
const DATABASES = [
  /^(?:(?:jdbc:)?sqlite3?(?:\+\w+)?:(?:\/\/\/)?|file:(?:\/\/)?)?([\w./-]+\.(?:db3?|sqlite3?))(?:\?.*)?$/i,
  // Databases of Java that lie in a file.
  /^jdbc:(?:h2|hsqldb|derby):(?:file:|directory:)?(?!mem\b|tcp\b|ssl\b|zip\b)([\w./-]+)/i,
]
// Where applications lie in a container, and keep data.
const INSIDE =
  /^(?:[\w+]+:(?:\/\/)?)?(\/(?:app|code|data|home|mnt|opt|root|srv|storage|usr\/src|var|work\w*)\/[\w./-]+)$/
