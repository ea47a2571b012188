import { posix } from 'node:path'
import { parseDockerfile } from '../../image/dockerfile.ts'
import { filesIn, inFolder, ownSources } from '../app-code.ts'
import { factsOf, stageOf, withBuilder } from '../build.ts'
import { withConstants, withDirnames } from '../constants.ts'
import { guessData, guessWrites, STORE } from '../data-paths.ts'
import { commandOf, environmentOf, type Old } from '../draft.ts'
import { type Finding, type Ground, missing, note, onceBy, some, verdictsOn } from '../finding.ts'
import { type Guess, isWebServer, keepFiles } from '../guess.ts'
import { contextOf, dataVolumes } from '../in-image.ts'
import { isCopied } from '../made-of.ts'
import { fatesOf, type Mounting } from '../mounts.ts'
import { once } from '../once.ts'
import { withPlaces } from '../php-paths.ts'
import { serverOf } from '../server.ts'
import {
  CODE,
  insideOf,
  isScratch,
  isWithin,
  type Mount,
  namesOf,
  type Service,
  type SourceTree,
} from '../source-tree.ts'
import { findUploads, type Upload, withMounts } from '../uploads.ts'
import { withValues } from '../values.ts'
import { isInFile, useOf } from './moved.ts'
import { apartIn } from './several.ts'

/** The folder of a file that the code writes, where that is called after data and is not the whole program's; undefined for another one. */
export function storeOf(workdir: string, file: string): string | undefined {
  const folder = posix.dirname(posix.resolve(workdir, file))
  return STORE.test(folder) && !isWithin(workdir, folder) ? folder : undefined
}
/** Whether a server has the data, and the code knows of one: frameworks name a file of SQLite as the default also then. */
export const hasDatabase = ({ tree, project, ...old }: Pick<Old, 'tree' | 'project' | 'spec' | 'stage'>): boolean =>
  !isInFile(old) &&
  databasesIn({ tree, project }).length > 0 &&
  Object.entries(tree.sources).some(([file, text]) => !CONFIG.test(file) && CLIENT.test(text))
/** The services that are such a server. */
export const databasesIn = ({ tree, project }: Pick<Old, 'tree' | 'project'>): string[] =>
  Object.keys(project.services).filter((name) =>
    /^(postgresql|mysql|mariadb)$/.test(serverOf(tree, project, name)?.kind ?? ''),
  )
const CONFIG = /compose[^/]*\.ya?ml$|\.md$/
const CLIENT =
  /postgres|psycopg|asyncpg|mysql|maria|\bpg\b|\bsequelize|\bprisma|\btypeorm|(?:DB|SQL|DATABASE)_[A-Z]|database_url|\benv\.db\(/i
/** The mounts of a service that hold what is written there, and what its image declares for data: one of code is left out. */
export function keptMounts(old: Mounting): readonly Mount[] {
  const mounts = fatesOf(old).filter(({ fate }) => fate === 'volume' || fate === 'data' || fate === 'other')
  return [...mounts, ...dataVolumes(old).map((target) => ({ type: 'declared', target }))]
}

/** Whether a mount holds a path, or lies below it: no volume need be added there. */
export const isTaken = (mounts: readonly Mount[], path: string): boolean =>
  mounts.some(({ target }) => isWithin(path, target) || isWithin(target, path))

type Held = Pick<Old, 'tree' | 'project' | 'spec' | 'stage'> & {
  readonly mounts: readonly Mount[]
  readonly workdir: string
}
/** What becomes of data that a container has outside of its volumes. */
export const MOVED = 'what a container writes there, the next deploy moves into a volume'

/** Names the files beside the code to which data are written, and that no mount holds. A database that reads its scripts there runs no code. */
export function besideFindings(check: string, beside: readonly Guess<string>[], held: Held): Finding[] {
  const { mounts, workdir, project } = held
  const isHeld = (path: string) => mounts.some(({ target }) => isWithin(path, target))
  // A service may be called as a file is.
  const hosts = Object.keys(project.services).flatMap((one) => namesOf(project, one))
  const open = beside.filter(({ value }) => !isHeld(posix.resolve(workdir, value)) && !hosts.includes(value))
  if (open.length === 0) return []
  const hasServer = hasDatabase(held)
  const isAsked = hasServer || mounts.some(({ type }) => type === 'volume')
  const which = hasServer ? "its database beside the code, or the server's?" : 'in a volume, or beside the code?'
  const all = sharing(held).filter((name) => !isServing(held, name) && !serverOf(held.tree, project, name))
  const one = all.length > 1 ? `one volume there in all that have this code (${some(all)})` : 'a volume there'
  const apart = `write it to a folder of its own, such as /data, and mount ${one}`
  const each = apartIn(project, all)
  const sure = each
    ? `make sure that it lies in one volume of all that have this code (${some(all)})`
    : `where it is beside the code: ${MOVED}; better, let it lie in one from the start`
  return onceBy(open, ({ value }) => value).map(({ value, where }) => {
    const { note, missing } = verdictsOn(check, { where, confidence: isAsked ? 'guess' : 'likely' })
    return isAsked
      ? note(`${value}: ${which}`, sure)
      : each
        ? missing(`${value} beside the code: ${each}`, apart)
        : note(`${value} beside the code: ${MOVED}`, apart)
  })
}

/** The services that have the code of one, and with it its files. */
export function sharing({ project, spec }: Pick<Held, 'project' | 'spec'>): string[] {
  const codeOf = (one: Service) => [
    withBuilder(project, one).build?.context ?? one.image,
    ...(one.volumes ?? []).flatMap(({ type, source }) => (type === 'bind' ? source : [])),
  ]
  const own = codeOf(spec)
  return Object.entries(project.services).flatMap(([name, one]) =>
    codeOf(one).some((code) => code && own.includes(code)) ? name : [],
  )
}
/** Whether a service only serves files, and writes none. */
export const isServing = ({ tree, project }: Pick<Held, 'tree' | 'project'>, service: string): boolean => {
  const spec = project.services[service] ?? {}
  return isWebServer(stageOf(tree, spec)?.image ?? spec.image ?? '')
}

/** Names a folder for data that has code of the image: the engine makes a volume of one that VOLUME names. */
export function mixedFinding(
  check: string,
  path: string,
  files: readonly string[],
  { isDeclared, each, ...at }: Ground & { readonly isDeclared: boolean; readonly each: string | undefined },
): Finding {
  const hides = `${path} has data beside ${files.find((file) => CODE.test(file)) ?? files[0]}: a volume would hide the next version of that`
  const mend = 'let the application write to a folder that has no files of git, and mount a volume there'
  if (isDeclared) return missing(check, hides, `${mend} (VOLUME names that folder alone)`, at)
  return each
    ? missing(check, `${hides}, and ${each}`, `${mend}, one in all of them`, at)
    : note(check, `${hides}; ${MOVED}, file by file`, mend, at)
}

const TAKES = /(?:File|Image)Field\(|\.FILES\b|default_storage|FileSystemStorage|ckeditor|tinymce|wagtail|filer/i

/** Whether a service runs code of the repository: that of a ready image is mounted. */
export const isProgram = (old: Mounting) =>
  old.spec.build
    ? old.stage !== undefined
    : fatesOf(old).some(({ fate, kept }) => fate === 'baked' && kept.some((file) => CODE.test(file)))

/** What tells where a service keeps data. */
export const programOf = once(({ tree, spec, stage }: Mounting) => {
  const context = contextOf({ tree, spec })
  const facts = factsOf(tree, spec) ?? parseDockerfile(`FROM ${spec.image}\n`, {}, undefined)
  const mounted = withMounts(facts, spec, context)
  const folder = insideOf(tree, context)
  const own = ownSources(inFolder(tree.sources, folder), posix.normalize(spec.build?.dockerfile ?? 'Dockerfile'))
  const copied = withDirnames(keepFiles(own, (file) => isCopied(mounted, file)))
  const sources = withPlaces(
    withValues(copied, Object.fromEntries(environmentOf({ spec, stage }))),
    mounted,
    tree.sources,
  )
  const workdir = spec.working_dir ?? facts.target?.workdir ?? '/'
  return { sources, files: filesIn(tree.files, folder), facts: mounted, workdir, command: commandOf({ spec, stage }) }
})

// Many rules ask for the same service, by objects of their own, and a large repository takes seconds to read.
const found = once((_: SourceTree['sources']) => new Map<Service, Upload[]>())
function foundFor({ tree, spec }: Mounting, program: ReturnType<typeof programOf>): Upload[] {
  const known = found(tree.sources)
  const named = { ...program, sources: withConstants(program.sources) }
  const all = known.get(spec) ?? findUploads(named).filter(({ value }) => !isScratch(value))
  known.set(spec, all)
  return all
}

/** The folders, in its container, of what users send to a service, that no mount holds. */
export const uploadsOf = once((old: Mounting): Upload[] => {
  if (!isProgram(old)) return []
  const program = programOf(old)
  const mounts = keptMounts(old)
  // Settings that it shares with the application name a folder also where nobody sends it a file.
  const takes = Object.values(program.sources).some((text) => TAKES.test(text))
  const place = insideOf(old.tree, contextOf(old))
  return foundFor(old, program).flatMap(({ value, where, ...one }) => {
    return isTaken(mounts, value) || !(takes || !/settings/.test(where))
      ? []
      : [{ ...one, value, where: posix.join(place, where) }]
  })
})

/** Whether users send files to that very folder of a service. */
export const isSentTo = (old: Mounting, folder: string): boolean => uploadsOf(old).some(({ value }) => value === folder)

/** The folders, in its container, that the code of a service calls after data, or names for them, where no server has these. */
export function storesOf(old: Mounting): string[] {
  if (!isProgram(old) || hasDatabase(old)) return []
  return [...writtenBy(old).folders, ...filledBy(old)].map(({ value }) => value)
}
/** The folders that are called after data, and in which the code of a service writes files; none where a server has these. */
export function filledBy(old: Mounting): Guess<string>[] {
  const { files, workdir } = writtenBy(old)
  return files.flatMap(({ value, where }) => {
    const folder = hasDatabase(old) ? undefined : storeOf(workdir, value)
    return folder === undefined ? [] : [{ value: folder, where }]
  })
}
/** Where the code of a service keeps data: the folders that it names, and the files. */
export const writtenBy = once((old: Mounting) => {
  const { sources, ...rest } = programOf(old)
  const program = { ...rest, sources: withConstants(sources) }
  const isUsed = useOf(old, { sources, hosts: databasesIn(old) })
  const { folders, beside } = guessData(program)
  const files = [...beside, ...guessWrites(program)].filter(isUsed)
  return { folders: folders.filter(isUsed), files, workdir: program.workdir }
})
