import * as v from 'valibot'
import { log } from '../../cli/io/log.ts'
import { parseJsonLines } from '../../cli/parse.ts'
import { findImage } from '../../docker/io/engine.ts'
import { saveImages } from '../../image/io/archive.ts'
import { presentLayers } from '../../image/layers.ts'
import { askRemote, type EngineSettings, remoteFailure, remoteLine, tryAgain, tryRemote } from './client.ts'

/**
 * Sends images of this engine to the other one, by tag or id, without the layers that the other one has. They go over the engine's
 * connection: there may be no registry that both engines reach.
 */
export async function sendImages(config: EngineSettings, references: readonly string[]): Promise<void> {
  const all = await Promise.all(references.map(async (name) => ({ name, image: await findImage(name) })))
  const present = await listRemoteLayers(config)
  const missing = all.filter(({ name, image }) => image && !present.some((one) => one.id === image.Id && one.has(name)))
  if (missing.length === 0) return
  const layers = missing.map(({ image }) => image?.RootFS.Layers ?? [])
  const skip = presentLayers(
    layers,
    present.map((one) => one.layers),
  )
  const names = missing.map(({ name }) => name)
  const count = new Set(layers.flat()).size
  log.step(`send ${names.join(', ')}`, `not on ${config.ENGINE}: ${count - skip.size} of ${count} layers are new there`)
  const load = (leave: ReadonlySet<string>) => tryAgain(config, ['load', '--quiet'], {}, () => saveImages(names, leave))
  const first = await load(skip)
  if (first.exitCode === 0) return
  // An engine with another image store may demand every layer, although it has some.
  const whole = skip.size > 0 ? await load(new Set()) : await load(skip)
  if (whole.exitCode !== 0) throw remoteFailure(config, whole)
}

const texts = v.nullable(v.array(v.string()))
const IMAGE = v.object({ id: v.string(), layers: texts, tags: texts })
async function listRemoteLayers(config: EngineSettings) {
  const ids = (await askRemote(config, ['image', 'ls', '--all', '--quiet', '--no-trunc'])).split('\n').filter(Boolean)
  if (ids.length === 0) return []
  const format = '{"id":{{json .Id}},"layers":{{json .RootFS.Layers}},"tags":{{json .RepoTags}}}'
  const said = await tryRemote(config, ['image', 'inspect', '--format', format, ...new Set(ids)])
  const images = parseJsonLines(IMAGE, said.stdout, { what: config.ENGINE, next: remoteLine(config, 'version') })
  return images.map(({ id, layers, tags }) => ({
    id,
    layers: layers ?? [],
    has: (name: string) => name.startsWith('sha256:') || (tags ?? []).includes(name),
  }))
}
