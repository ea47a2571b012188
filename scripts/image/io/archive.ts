import { finished, type Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { createGzip } from 'node:zlib'
import tar from 'tar-stream'
import { log } from '../../cli/io/log.ts'
import { renderBytes } from '../../cli/table.ts'
import { patient } from '../../docker/io/engine.ts'
import { inOneOrder } from '../layers.ts'

/** The archive of `docker save`, compressed, without some layers. */
export async function saveImages(names: readonly string[], skip: ReadonlySet<string> = new Set()): Promise<Readable> {
  // Sorted, so that the same images make the same archive. docker-modem cuts off the last character, an &.
  const query = names
    .toSorted()
    .map((name) => `names=${encodeURIComponent(name)}&`)
    .join('')
  const saved = await new Promise<Readable>((resolve, reject) => {
    const request = { path: `/images/get?${query}`, method: 'GET', isStream: true, statusCodes: { 200: true } }
    patient.modem.dial(request, (error, stream) => (error ? reject(error) : resolve(stream as Readable)))
  })
  const extract = tar.extract()
  const pack = tar.pack()
  let sent = 0
  extract.on('entry', (header, content, next) => {
    const [, hex] = /^blobs\/sha256\/([0-9a-f]{64})$/.exec(header.name) ?? []
    if (hex && skip.has(`sha256:${hex}`)) return content.resume().once('end', next)
    sent += header.size ?? 0
    // Times, owners and the order of the images differ between two saves of the same images: make them the same.
    const same = { ...header, mtime: new Date(0), uid: 0, gid: 0, uname: '', gname: '' }
    if (!/^(index|manifest)\.json$/.test(header.name)) return content.pipe(pack.entry(same, next))
    return text(content)
      .then((list) => pack.entry({ ...same, size: 0 }, inOneOrder(list), next))
      .catch(next)
  })
  extract.once('finish', () => {
    log.note(`${renderBytes(sent)} before compression`)
    pack.finalize()
  })
  // Not zstd, of which engine 26 sometimes dies (docs/decisions/0011). The third level takes a fifth more time for 3 % less.
  const compressed = createGzip({ level: 1 })
  saved.pipe(extract)
  for (const stream of [saved, extract, pack])
    finished(stream as Readable, (error) => error && compressed.destroy(error as Error))
  return pack.pipe(compressed)
}
