import { finished, type Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { createGzip } from 'node:zlib'
import tar from 'tar-stream'
import { inOneOrder, type Layers, layersThere } from '../../core/layers.ts'
import { renderBytes } from '../../core/table.ts'
import type { Config } from '../config.ts'
import { findImage, patient } from '../engine.ts'
import { log } from '../log.ts'
import { askThere, failureThere, tryAgain, tryThere } from './remote.ts'

/**
 * Sends images of this engine to the other one, by tag or id, without the layers that are there: over the same connection, since
 * no registry is in reach of both.
 */
export async function sendImages(config: Config, references: readonly string[]): Promise<void> {
  const all = await Promise.all(references.map(async (name) => ({ name, image: await findImage(name) })))
  const there = await listLayersThere(config)
  const missing = all.filter(({ name, image }) => image && !there.some((one) => one.id === image.Id && one.has(name)))
  if (missing.length === 0) return
  const layers = missing.map(({ image }) => image?.RootFS.Layers ?? [])
  const skip = layersThere(
    layers,
    there.map((one) => one.layers),
  )
  const names = missing.map(({ name }) => name)
  const count = new Set(layers.flat()).size
  log.step(`send ${names.join(', ')}`, `not on ${config.ENGINE}: ${count - skip.size} of ${count} layers are new there`)
  const load = (leave: ReadonlySet<string>) => tryAgain(config, ['load', '--quiet'], {}, () => saveImages(names, leave))
  const first = await load(skip)
  if (first.exitCode === 0) return
  // Another store of the engine may ask for each layer, though it has it.
  const whole = skip.size > 0 ? await load(new Set()) : await load(skip)
  if (whole.exitCode !== 0) throw failureThere(config, whole)
}

/** The archive of `docker save`, compressed, without some layers. */
export async function saveImages(names: readonly string[], skip: ReadonlySet<string> = new Set()): Promise<Readable> {
  // In one order, so that the same images make the same archive. docker-modem cuts the last character off.
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
    // Times, owners and the order of the images differ from one save to the next; what counts does not.
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
  // Not zstd: engine 26 dies of it now and then (docs/decisions/0011). Quickly: it is as long as the connection or the disk.
  const compressed = createGzip({ level: 3 })
  saved.pipe(extract)
  for (const stream of [saved, extract, pack])
    finished(stream as Readable, (error) => error && compressed.destroy(error as Error))
  return pack.pipe(compressed)
}

async function listLayersThere(config: Config) {
  const ids = (await askThere(config, ['image', 'ls', '--all', '--quiet', '--no-trunc'])).split('\n').filter(Boolean)
  if (ids.length === 0) return []
  const format = '{{json .Id}} {{json .RootFS.Layers}} {{json .RepoTags}}'
  const said = await tryThere(config, ['image', 'inspect', '--format', format, ...new Set(ids)])
  return said.stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [id, layers, tags] = line.split(' ').map((part) => JSON.parse(part) as unknown) as [
        string,
        Layers,
        string[],
      ]
      return { id, layers, has: (name: string) => name.startsWith('sha256:') || (tags ?? []).includes(name) }
    })
}
