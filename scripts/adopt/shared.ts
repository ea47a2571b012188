import { posix } from 'node:path'
import { trackedIn } from './in-image.ts'
import { serverOf } from './server.ts'
import { isWithin, type Mount, mapValues, type Project, type SourceTree } from './source-tree.ts'

/**
 * The tree with a mount of its own for each folder of data that a service sees in a wider one, and that another service mounts: the
 * release has no wider one, and what the one writes the other one reads, such as uploads that nginx serves.
 */
export function withSharedFolders(tree: SourceTree): SourceTree {
  const { compose } = tree
  if (!compose) return tree
  const shared = foldersOfData(tree, compose)
  const services = mapValues(compose.services, (spec, service) => {
    const own = spec.volumes ?? []
    const others = shared.flatMap(({ by, folder }) => (by === service ? [] : folder))
    const added = own.flatMap((mount) => others.flatMap((folder) => insideOf(mount, folder)))
    const missing = added.filter(({ target }) => !own.some((one) => one.target === target))
    return missing.length > 0 ? { ...spec, volumes: [...own, ...missing] } : spec
  })
  return { ...tree, compose: { ...compose, services } }
}

// Each with the service that mounts it. A database shares its files with nobody, and what git keeps is in the image.
const foldersOfData = (tree: SourceTree, project: Project): { by: string; folder: string }[] =>
  Object.entries(project.services).flatMap(([by, { volumes = [] }]) => {
    const folders = volumes.flatMap(({ type, source = '' }) => (type === 'bind' && SHARED.test(source) ? source : []))
    if (folders.length === 0 || serverOf(tree, project, by)) return []
    return folders.filter((folder) => trackedIn(tree, folder).length === 0).map((folder) => ({ by, folder }))
  })
const SHARED = /\/(media|uploads?|storage|data|logs?|static\w*|shared)$/i

const insideOf = ({ type, source = '', target, read_only }: Mount, folder: string): Mount[] =>
  type === 'bind' && folder !== source && isWithin(folder, source)
    ? [
        {
          type,
          source: folder,
          target: posix.join(target, posix.relative(source, folder)),
          ...(read_only ? { read_only } : {}),
        },
      ]
    : []
