import { posix } from 'node:path'
import { PLACEHOLDERS, stageOf } from './build.ts'
import { onceBy } from './finding.ts'
import { trackedIn } from './in-image.ts'
import { fatesOf } from './mounts.ts'
import { storesOf, uploadsOf } from './rules/beside.ts'
import { serverOf } from './server.ts'
import { isWithin, type Mount, mapValues, type Project, type Service, type SourceTree } from './source-tree.ts'

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
    return missing.length > 0 && !serverOf(tree, compose, service)
      ? { ...spec, volumes: [...own, ...onceBy(missing, ({ target }) => target)] }
      : spec
  })
  const binds = Object.fromEntries(
    shared.map(({ folder }) => [folder, tree.binds[folder] ?? (isThere(tree, folder) ? 'folder' : 'missing')] as const),
  )
  return { ...tree, binds: { ...tree.binds, ...binds }, compose: { ...compose, services } }
}

// Each with the service that mounts it. A database shares its files with nobody, and what git keeps is in the image.
const foldersOfData = (tree: SourceTree, project: Project): { by?: string; folder: string }[] =>
  Object.entries(project.services).flatMap(([by, spec]) => {
    const binds = (spec.volumes ?? []).filter(({ type }) => type === 'bind')
    if (binds.length === 0 || serverOf(tree, project, by)) return []
    const folders = binds.flatMap((one) =>
      SHARED.test(one.source ?? '') || isSeen(tree, project, by, one) ? { by, folder: one.source ?? '' } : [],
    )
    const sent = sentTo(tree, project, by, spec).flatMap((folder) => ({ folder }))
    return [...folders, ...sent].filter(({ folder }) => trackedIn(tree, folder).length === 0)
  })
// Whether another service sees, in the same place, a folder that becomes a volume.
function isSeen(tree: SourceTree, project: Project, service: string, { source = '', target }: Mount): boolean {
  const spec = project.services[service] ?? {}
  const old = { tree, project, service, spec, folders: new Map(), stage: stageOf(tree, spec) }
  const isHere = Object.entries(project.services).some(
    ([name, { volumes = [] }]) =>
      name !== service && volumes.some((one) => insideOf(one, source).some((each) => each.target === target)),
  )
  return isHere && fatesOf(old).some((one) => one.target === target && one.fate === 'data')
}
// Where a program puts data in code that is mounted: what its users send where another service mounts that as well (PHP behind a web
// server), and all where the folder has some on this host already.
function sentTo(tree: SourceTree, project: Project, service: string, spec: Service): string[] {
  const others = Object.entries(project.services).filter(([name]) => name !== service)
  const binds = (spec.volumes ?? []).filter(({ type }) => type === 'bind')
  // A web server may mount the pages alone, or more than the program does.
  const isShared = (folder: string) =>
    others.some(
      ([name, { volumes = [] }]) =>
        volumes.some(({ type, source }) => type === 'bind' && isWithin(folder, source ?? '')) &&
        !serverOf(tree, project, name),
    )
  const old = { tree, project, service, spec, folders: new Map(), stage: stageOf(tree, spec) }
  const hostOf = (value: string) =>
    binds.flatMap(({ source = '', target }) => {
      const folder = posix.join(source, posix.relative(target, value))
      return isWithin(value, target) && value !== target ? { isShared: isShared(folder), folder } : []
    })
  const sent = uploadsOf(old).flatMap(({ value }) => hostOf(value))
  const written = [...sent, ...storesOf(old).flatMap(hostOf)].filter(({ folder }) => isThere(tree, folder))
  return [...sent.filter((one) => one.isShared), ...written].map(({ folder }) => folder)
}
/** Whether this host has files in a folder, other than those that only keep it. */
export const isThere = (tree: SourceTree, folder: string): boolean =>
  tree.files.some((file) => isWithin(posix.join(tree.root, tree.dir, file), folder) && !PLACEHOLDERS.test(file))
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
