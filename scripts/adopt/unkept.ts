import { posix } from 'node:path'
import { PLACEHOLDERS, pathFrom } from './build.ts'
import type { Old } from './draft.ts'
import { CACHES, type Fated, placesBelow, volumesOf } from './mounts.ts'
import { isWithin, mountsOf } from './source-tree.ts'

/**
 * The files below a mounted folder that git does not keep, and that are no secrets of the Compose file: nor what lies in a volume of
 * its own, or is the data of another service.
 */
export function unkeptIn(old: Old, one: Fated): string[] {
  const { tree, project } = old
  const { source = '', target, kept } = one
  const placeOf = placesBelow(old, one)
  const volumes = volumesOf(old).filter((each) => each.target !== target && isWithin(each.target, target))
  const folders = mountsOf(project).flatMap(({ type, source: folder = '' }) =>
    type === 'bind' && folder !== source && isWithin(folder, source) ? folder : [],
  )
  const isHeld = (file: string) =>
    volumes.some((each) => isWithin(placeOf(file), each.target)) ||
    folders.some((folder) => isWithin(posix.join(tree.root, file), folder))
  const secrets = Object.values(project.secrets ?? {}).map(({ file = '' }) => posix.relative(tree.root, file))
  // Of an env_file, the environment has the values; .env may be read by the code as well.
  const files = (project.envFiles ?? []).filter((file) => posix.basename(file) !== '.env')
  const given = files.map((file) => posix.relative(tree.root, posix.resolve(tree.root, file)))
  const [inside, others] = [pathFrom(tree, source), new Set([...kept, ...secrets, ...given])]
  const isMade = (file: string) => CACHES.test(file) || PLACEHOLDERS.test(file) || OF_INIT.test(file)
  const all = tree.files.map((file) => posix.join(tree.dir, file))
  return all.filter((file) => inside(file) && !isMade(file) && !others.has(file) && !isHeld(file))
}

// What init writes, or has its user write, and git does not keep yet.
const OF_INIT = /(^|\/)(secrets\/[\w-]+-file|Makefile|\.gitmodules)$/
