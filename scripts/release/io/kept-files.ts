import { dirname } from 'node:path/posix'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import tar from 'tar-stream'
import { Failure, messageOf } from '../../cli/failure.ts'
import type { ComposeModel } from '../../docker/compose-model.ts'
import { listContainers, orUndefined, patient } from '../../docker/io/engine.ts'
import { withContainer } from '../../docker/io/image-files.ts'
import { readFolder } from '../../docker/io/written-files.ts'
import { helperLabels } from '../../docker/labels.ts'
import { FILES, foldersAbove, keptOf } from '../kept-paths.ts'

/** The paths of the single files that a release keeps of a service. */
export const linkedFiles = (compose: ComposeModel, service: string): string[] =>
  (keptOf(compose)[service] ?? []).filter(({ isFile }) => isFile).map(({ path }) => path)

/**
 * Puts links in the place of the single files that a release keeps, in the containers of `services` that were made and not started
 * yet. A volume without such a file begins with the image's. They belong to `project`, also in its sandbox.
 */
export async function linkKept(
  compose: ComposeModel,
  services: readonly string[],
  project: string = compose.name,
): Promise<void> {
  const linked = services.filter((service) => linkedFiles(compose, service).length > 0)
  if (linked.length === 0) return
  const made = (await listContainers(compose.name)).filter(
    ({ service, status }) => status === 'created' && linked.includes(service),
  )
  for (const { id, service, image } of made) {
    const paths = linkedFiles(compose, service)
    await withContainer(image, helperLabels(project), async ({ id: own }) => {
      const folders = foldersOf(paths)
      const ofImage = await headersOf(own, folders)
      // What the image lacks is as the container had it that wrote there.
      const lacked = await headersOf(
        id,
        folders.filter((folder) => !ofImage.has(folder)),
        FILES,
      )
      const others = folders.filter((folder) => !ofImage.has(folder) && !lacked.has(folder))
      await putFolders(id, FILES, new Map([...ofImage, ...others.map((folder) => [folder, {}] as const)]))
      await putFolders(id, '/', lacked)
      for (const path of paths) if (!(await hasPath(id, `${FILES}${path}`))) await copyFile(own, id, path)
    })
    await putLinks(id, paths).catch((error: unknown) => {
      throw new Failure(`${paths.join(', ')} of service "${service}" cannot be links: ${messageOf(error)}`, {
        next: 'name single files in x-files, and give a folder a volume',
        cause: error,
      })
    })
  }
}

/** Copies a folder of one container to the same place of another, with owners and permissions; nothing where it is not there. */
export async function copyFolder(from: string, to: string, path: string): Promise<void> {
  const archive = await archiveOf(from, path)
  if (archive) await patient.getContainer(to).putArchive(archive, { path: dirname(path) })
}

/** Copies a file of one container below FILES of another, where the folders above are; nothing where it is no file. */
export async function copyFile(from: string, to: string, path: string): Promise<void> {
  const archive = await archiveOf(from, path)
  if (!archive) return
  const extract = archive.pipe(tar.extract())
  for await (const entry of extract) {
    if (entry.header.type === 'file') {
      const pack = tar.pack()
      const putting = put(to, pack, FILES)
      await pipeline(entry, pack.entry({ ...entry.header, name: path.slice(1) }))
      pack.finalize()
      await putting
    } else entry.resume()
  }
}

/** Makes the folders above these files below FILES, as a container has them: a database makes more files beside its own. */
export const makeFolders = async (from: string, to: string, paths: readonly string[]): Promise<void> =>
  await putFolders(to, FILES, await headersOf(from, foldersOf(paths)))

const foldersOf = (paths: readonly string[]) => [...new Set(paths.flatMap(foldersAbove))].sort()

// The owners and permissions of folders of a container, or of those below another one, by their paths.
async function headersOf(id: string, folders: readonly string[], below = ''): Promise<ReadonlyMap<string, tar.Header>> {
  const found = new Map<string, tar.Header>()
  for (const folder of folders) {
    const header = await readFolder(id, `${below}${folder}`)
    if (header) found.set(folder, header)
  }
  return found
}

async function putFolders(to: string, path: string, folders: ReadonlyMap<string, Partial<tar.Header>>): Promise<void> {
  const pack = tar.pack()
  for (const [folder, { mode = 0o755, uid = 0, gid = 0 }] of folders)
    pack.entry({ name: folder.slice(1), type: 'directory', mode, uid, gid })
  pack.finalize()
  if (folders.size > 0) await put(to, pack, path)
}

async function putLinks(id: string, paths: readonly string[]): Promise<void> {
  const pack = tar.pack()
  for (const path of paths) pack.entry({ name: path.slice(1), type: 'symlink', linkname: `${FILES}${path}` })
  pack.finalize()
  await put(id, pack, '/')
}

// The stream of the package is one of Node's in all but its type.
const put = (id: string, pack: tar.Pack, path: string): Promise<unknown> =>
  patient.getContainer(id).putArchive(pack as unknown as NodeJS.ReadableStream, { path })

const hasPath = async (id: string, path: string): Promise<boolean> =>
  (await orUndefined(patient.getContainer(id).infoArchive({ path }))) !== undefined

const archiveOf = async (id: string, path: string): Promise<Readable | undefined> =>
  (await orUndefined(patient.getContainer(id).getArchive({ path }))) as Readable | undefined
