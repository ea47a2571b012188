import { posix } from 'node:path'
import { keptPath } from '../../release/kept-paths.ts'
import { about, joinParts, type Old, type Part, type ServiceRule } from '../draft.ts'
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
export const hostFileRule: ServiceRule = (old) =>
  joinParts(
    hostFilesOf(old).map(({ path, place }) =>
      keptPart(old, posix.join(old.tree.root, path), place, `${path} of this host has data beside the code`),
    ),
  )

// A file of this host, with the command that copies it, unless it begins with the one of the image.
function keptPart(old: Old, from: string, place: string, data: string, begins?: string): Part {
  const { key } = keptPath(targetOf(old), place, true)
  const found = `${data}: the volume ${key} keeps ${place}, and a link leads there (x-files)`
  return {
    lines: { 'x-files': [place] },
    copies: begins === undefined ? [{ ...copyFrom(old, from, key), file: place }] : [],
    findings: [about(old, 'volumes').note(found, begins ?? COPY, { confidence: 'likely' })],
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
  const begins = 'it begins with what git keeps; to go on with that of this host, see docs/guides/take-over.md'
  return keptPart(old, source, target, `${shown} is data in a single file`, isIn ? begins : undefined)
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
