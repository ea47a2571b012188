import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import tar from 'tar-stream'
import { engine, orUndefined } from './engine.ts'

/** A container as the engine has it: what it may write to, and when it was made and started; undefined for one that is gone. */
export async function inspectWriter(id: string) {
  const info = await orUndefined(engine.getContainer(id).inspect())
  if (!info) return undefined
  const { ReadonlyRootfs, Tmpfs } = info.HostConfig
  const mounts = [...info.Mounts.map(({ Destination }) => Destination), ...Object.keys(Tmpfs ?? {})]
  // The engine names a volume so that nobody has named.
  const nameless = info.Mounts.filter(({ Type, Name = '' }) => Type === 'volume' && /^[0-9a-f]{64}$/.test(Name))
  return {
    mounts,
    readOnly: ReadonlyRootfs === true,
    nameless: nameless.map(({ Destination }) => Destination),
    times: { created: Date.parse(info.Created), started: Date.parse(info.State.StartedAt) },
  }
}

/** What a container has changed, by the engine's own comparison. */
export async function readChanges(id: string): Promise<{ Path: string; Kind: number }[]> {
  const said: unknown = await orUndefined(engine.getContainer(id).changes())
  // The engine says null where nothing has changed, and dockerode makes a buffer of that.
  return Array.isArray(said) ? said : []
}

/** When a file of a container was written, and its first bytes; undefined for anything but a file. */
export const readHead = (id: string, path: string): Promise<{ modified: number; head: string } | undefined> =>
  withFirstEntry(id, path, async ({ type, mtime }, content) => {
    if (type !== 'file') return undefined
    const piece = (await Promise.race([once(content, 'data'), once(content, 'end')]))[0] as Buffer | undefined
    return { modified: mtime?.getTime() ?? 0, head: piece?.subarray(0, 16).toString('latin1') ?? '' }
  })

/** The owner and the permissions of a folder of a container; undefined for anything but a folder. What it holds is not read. */
export const readFolder = (id: string, path: string): Promise<tar.Header | undefined> =>
  withFirstEntry(id, path, async (header) => (header.type === 'directory' ? header : undefined))

// The archive of a path begins with that itself.
async function withFirstEntry<T>(
  id: string,
  path: string,
  look: (header: tar.Header, content: Readable) => Promise<T | undefined>,
): Promise<T | undefined> {
  const archive = (await orUndefined(engine.getContainer(id).getArchive({ path }))) as IncomingMessage | undefined
  if (!archive) return undefined
  const extract = tar.extract()
  archive.pipe(extract)
  try {
    const [header, content] = (await once(extract, 'entry')) as [tar.Header, Readable]
    return await look(header, content)
  } finally {
    archive.destroy()
    extract.destroy()
  }
}
