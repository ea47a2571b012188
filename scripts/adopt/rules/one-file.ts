import { posix } from 'node:path'
import { FILES } from '../../release/kept-paths.ts'
import { about, type ServiceRule } from '../draft.ts'
import { some } from '../finding.ts'
import { fatesOf, type Mounting, STORE } from '../mounts.ts'
import { once } from '../once.ts'
import { serverOf } from '../server.ts'
import { isWithin } from '../source-tree.ts'
import { hasDatabase, isProgram, isServing, sharing, writtenBy } from './beside.ts'

const KEY = 'shared-files'

/**
 * Keeps a database in a single file beside mounted code for all services that had that code: the mount showed each of them the same
 * file. The release has it in one volume, behind a link in each.
 */
export const oneFileRule: ServiceRule = (old) => {
  const all = sharedFilesOf(old)
  if (all.length === 0) return undefined
  return {
    lines: { 'x-files': all.map(({ path }) => path), volumes: [`${KEY}:${FILES}`] },
    tops: { volumes: { [KEY]: {} } },
    findings: all.map(({ path, where, services }) => {
      const found = `${path} is one file of ${some(services)}, beside their code: the volume ${KEY} keeps it, and a link leads there (x-files)`
      return about(old, 'volumes').note(found, 'nothing to do', { where, confidence: 'likely' })
    }),
  }
}

type Shared = { readonly path: string; readonly where: string; readonly services: readonly string[] }
/** Such files of a service, by their places in its container, and all that have them; none where each has a server for its data. */
export const sharedFilesOf = once((old: Mounting): Shared[] => {
  const { tree, project, service } = old
  if (old.server || !isProgram(old) || isServing(old, service)) return []
  const { files, workdir } = writtenBy(old)
  return files.flatMap(({ value, where }) => {
    const path = posix.resolve(workdir, value)
    const mount = fatesOf(old).find(({ target }) => isWithin(path, target))
    if (!STORE.test(path) || mount?.type !== 'bind' || mount.read_only || !/^(baked|source)$/.test(mount.fate))
      return []
    const file = posix.relative(
      posix.join(tree.root, tree.dir),
      posix.join(mount.source ?? '', posix.relative(mount.target, path)),
    )
    const isHere = tree.files.includes(file)
    const services = sharing(old).filter(
      (name) =>
        !isServing(old, name) &&
        !serverOf(tree, project, name) &&
        project.services[name]?.volumes?.some(
          ({ source, target }) => source === mount.source && target === mount.target,
        ),
    )
    return services.length > 1 && (isHere || !hasDatabase(old)) ? [{ path, where, services }] : []
  })
})

/** As mounts, for what looks whether a mount holds a file. */
export const heldFiles = (old: Mounting) => sharedFilesOf(old).map(({ path }) => ({ type: 'declared', target: path }))
