import { posix } from 'node:path'
import { about, type Old, type Part, type ServiceRule } from '../draft.ts'
import { placedIn } from '../in-image.ts'
import { type Fated, fatesOf, type Mounting, STORE } from '../mounts.ts'
import { isWithin, mountsOf } from '../source-tree.ts'
import { hasDatabase, isProgram, isServing, isTaken, keptMounts, sharing } from './beside.ts'
import { placeOf } from './env-file.ts'
import { targetOf } from './names.ts'
import { copyFrom } from './volume.ts'
import { writerOf } from './writer.ts'

const COPY = 'copy it into the volume before the first deploy, by the command below'

/** Keeps a database in a single file that lies on this host beside the code of a service, and that git does not keep: its data go on there. */
export const hostFileRule: ServiceRule = (old) => {
  const all = hostFilesOf(old)
  if (all.length === 0) return undefined
  const key = `${targetOf(old)}-files`
  return {
    lines: { 'x-files': all.map(({ place }) => place) },
    copies: all.map(({ path, place }) => ({ ...copyFrom(old, posix.join(old.tree.root, path), key), file: place })),
    findings: all.map(({ path, place }) =>
      about(old, 'volumes').note(
        `${path} of this host has data beside the code: the volume ${key} keeps ${place}, and a link leads there (x-files)`,
        COPY,
        { confidence: 'likely' },
      ),
    ),
  }
}

/**
 * Keeps a database in a single file that the Compose file mounts so, alone: no mount can hold its journal. It begins with that of the image,
 * or a command copies it. Undefined where other services mount it as well, or its user could not write to the copy.
 */
export function filedPart(
  old: Old,
  { source = '', target, read_only: readOnly }: Fated,
  shown: string,
): Part | undefined {
  const { tree, project } = old
  const isAlone = mountsOf(project).filter((one) => one.source === source).length === 1
  const around = fatesOf(old).filter((one) => one.fate === 'baked' || one.fate === 'source')
  const isIn =
    tree.tracked.includes(shown) &&
    (placedIn(old, target).length > 0 || around.some((one) => isWithin(target, one.target)))
  const isOff = readOnly || old.server !== undefined || tree.binds[source] !== 'file'
  if (isOff || !STORE.test(source) || !isAlone || (!isIn && writerOf(old))) return undefined
  const key = `${targetOf(old)}-files`
  const found = `${shown} at ${target} is data in a single file: the volume ${key} keeps it, and a link leads there (x-files)`
  const begins = isIn
    ? 'it begins with what git keeps; to go on with that of this host, see docs/guides/take-over.md'
    : COPY
  return {
    lines: { 'x-files': [target] },
    copies: isIn ? [] : [{ ...copyFrom(old, source, key), file: target }],
    findings: [about(old, 'volumes').note(found, begins, { confidence: 'likely' })],
  }
}

/** Such files of a service that runs as root, by their paths in the checkout, with their places in the container; none where a server has the data, or others have the code. */
export function hostFilesOf(old: Mounting): { path: string; place: string }[] {
  const { tree, service } = old
  const sharers = sharing(old).filter((name) => !isServing(old, name))
  // A folder that the command below makes is root's, and SQLite writes a journal there.
  if (old.server || writerOf(old) || sharers.length > 1) return []
  if (!isProgram(old) || isServing(old, service) || hasDatabase(old)) return []
  const tracked = new Set(tree.tracked)
  const mounts = keptMounts(old)
  const paths = tree.files.map((file) => posix.join(tree.dir, file))
  return paths.flatMap((path) => {
    const place = STORE.test(path) && !tracked.has(path) ? placeOf(old, path) : undefined
    return place && !isTaken(mounts, place) ? [{ path, place }] : []
  })
}
