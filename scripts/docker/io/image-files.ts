import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import tar from 'tar-stream'
import { orUndefined, patient } from './engine.ts'

/** The files of a folder of an image: the digest of each, or where a link leads, by its path in the folder. A container with `labels` shows them. */
export async function listImageFiles(
  image: string,
  folder: string,
  labels: Readonly<Record<string, string>>,
): Promise<Record<string, string>> {
  return await withContainer(image, labels, async (container) => {
    const archive = await orUndefined(container.getArchive({ path: folder }))
    return archive ? await listArchive(archive as Readable) : {}
  })
}

/** The absolute paths of all files of an image. A container with `labels` shows them. */
export async function listImagePaths(image: string, labels: Readonly<Record<string, string>>): Promise<string[]> {
  return await withContainer(image, labels, async (container) => {
    const paths: string[] = []
    const extract = tar.extract()
    extract.on('entry', ({ name, type }, content, next) => {
      if (type !== 'directory') paths.push(`/${name}`)
      content.resume().once('end', next)
    })
    await pipeline((await container.export()) as Readable, extract)
    return paths
  })
}

/** Does `look` with a container of an image that never starts, over volumes as `name:path`; an image may name no command. */
export async function withContainer<T>(
  image: string,
  labels: Readonly<Record<string, string>>,
  look: (container: Awaited<ReturnType<typeof patient.createContainer>>) => Promise<T>,
  binds: readonly string[] = [],
): Promise<T> {
  const container = await patient.createContainer({
    ...{ Image: image, Cmd: ['none'], Labels: { ...labels } },
    HostConfig: { Binds: [...binds] },
  })
  try {
    return await look(container)
  } finally {
    await container.remove({ v: true, force: true })
  }
}

async function listArchive(archive: Readable): Promise<Record<string, string>> {
  const files: Record<string, string> = {}
  const extract = tar.extract()
  extract.on('entry', ({ name, type, linkname }, content, next) => {
    // The archive names the folder itself first.
    const path = name.replace(/^[^/]*\//, '')
    if (type !== 'file') {
      if (type === 'link' || type === 'symlink') files[path] = `→${linkname}`
      content.resume().once('end', next)
      return
    }
    const hash = createHash('sha256')
    content
      .on('data', (piece) => hash.update(piece as Buffer))
      .once('end', () => {
        files[path] = hash.digest('hex')
        next()
      })
  })
  await pipeline(archive, extract)
  return files
}
