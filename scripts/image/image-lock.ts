import * as v from 'valibot'
import { parseJson } from '../cli/parse.ts'
import { reference } from '../docker/compose-schema.ts'

/** What an image name stands for on this engine: an upstream image by digest, a stand-in built here, or what another build of the release made. */
export type LockedImage = {
  readonly upstream: string
  readonly source: 'registry' | 'stand-in' | 'build'
  /** The reference that `FROM` and Compose get. */
  readonly reference: string
  /** The engine's id of the image. */
  readonly id: string
}
export type ImageLock = Readonly<Record<string, LockedImage>>

const text = v.string()
// A name becomes a part of a pattern, and of the name of a variable.
const LOCK = v.record(
  v.pipe(text, v.regex(/^[a-z0-9-]+$/)),
  v.looseObject({ upstream: text, source: v.picklist(['registry', 'stand-in']), reference, id: text }),
)

/** Parses the lock of images, the text of a file. Throws a Failure where it is no such lock. */
export const parseLock = (lock: string, file: string): ImageLock =>
  parseJson(LOCK, lock, { what: file, next: `rm ${file} && make setup   (resolves all images anew)` })

/** The upstream images by name, from the FROM lines of upstream.Dockerfile. */
export function parseUpstream(dockerfile: string): Record<string, string> {
  const lines = dockerfile.matchAll(/^FROM (\S+) AS (\S+)$/gm)
  return Object.fromEntries([...lines].map(([, reference = '', name = '']) => [name, reference]))
}

/** The lock as text: one image on each line, so that a change is one line and sh can read it too. */
export function renderLock(lock: ImageLock): string {
  const lines = Object.entries(lock)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, image]) => `  ${JSON.stringify(name)}: ${JSON.stringify(image)}`)
  return `{\n${lines.join(',\n')}\n}\n`
}
