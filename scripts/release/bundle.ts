import { Failure } from '../cli/failure.ts'
import type { Evidence } from '../image/evidence.ts'
import { isVersion } from '../version/version.ts'

/** What a bundle holds, as its bundle.json says. */
export type Bundle = {
  readonly format: 1
  readonly project: string
  readonly version: string
  /** The id of the application's image, and its digest in the registry. */
  readonly image: string
  readonly digest: string | undefined
  /** The ids of the images in it, by name. */
  readonly images: Readonly<Record<string, string>>
  readonly evidence: Evidence | undefined
}

export const BUNDLE_FILE = 'bundle.json'
export const SUMS_FILE = 'SHA256SUMS'
export const SIGNATURE_FILE = `${SUMS_FILE}.sig`
export const IMAGES_FILE = 'images.tar.gz'
/** The file of an unpacked bundle that names the toolkit's image. */
export const TOOLKIT_FILE = '.toolkit'

/** Parses bundle.json. Throws a Failure where it is damaged or describes no bundle. */
export function parseBundle(text: string): Bundle {
  const next = 'make bundle, where the release was built, with this version of the toolkit'
  let value: Partial<Bundle> | null
  try {
    value = JSON.parse(text) as Partial<Bundle> | null
  } catch (cause) {
    throw new Failure(`${BUNDLE_FILE} is damaged`, { next, cause })
  }
  const isId = (id: unknown) => typeof id === 'string' && /^sha256:[0-9a-f]{64}$/.test(id)
  const named = Object.entries(value?.images ?? {})
  const good =
    value?.format === 1 &&
    isVersion(String(value.version)) &&
    isId(value.image) &&
    named.length > 0 &&
    named.every(([name, id]) => isId(id) && /^[a-z0-9][\w./:@-]*$/.test(name))
  if (!good) throw new Failure(`${BUNDLE_FILE} is of no bundle that this toolkit knows`, { next })
  return value as Bundle
}

/** The settings that a host which loads the bundle cannot know, as lines of an env file. */
export const shapeOf = (settings: Readonly<Record<string, unknown>>): string =>
  ['PROJECT', 'APP_DIR', 'APP_COMPOSE', 'APP_PORT', 'HEALTH_PATH', 'IMAGE_REPOSITORY']
    .map((name) => `${name}=${settings[name]}\n`)
    .join('')
