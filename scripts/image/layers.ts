import * as v from 'valibot'
import { tryJson } from '../cli/parse.ts'

/** The layers of an image, lowest first, as the engine names them (RootFS.Layers). */
export type Layers = readonly string[]

/**
 * Finds the layers of the images to send that the other engine already has. An engine knows a layer by all those below
 * it. A layer is therefore left out only where every image to send has it on the same layers as the other engine.
 */
export function presentLayers(sending: readonly Layers[], there: readonly Layers[]): Set<string> {
  const chains = new Set(there.flatMap(chainsOf))
  const missing = sending.flatMap((layers) => layers.filter((_, index) => !chains.has(chainsOf(layers)[index] ?? '')))
  return new Set(sending.flat().filter((layer) => !missing.includes(layer)))
}

const INDEX = v.looseObject({ manifests: v.array(v.unknown()) })

const chainsOf = (layers: Layers): string[] => layers.map((_, index) => layers.slice(0, index + 1).join(' '))

/**
 * Sorts the images in the text of index.json or manifest.json of an image archive: the engine writes them in another
 * order at each save.
 */
export function inOneOrder(text: string): string {
  const value = tryJson(text)
  const sorted = (list: unknown[]) => list.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
  if (Array.isArray(value)) return JSON.stringify(sorted(value))
  return v.is(INDEX, value) ? JSON.stringify({ ...value, manifests: sorted(value.manifests) }) : text
}
