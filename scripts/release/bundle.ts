import * as v from 'valibot'
import { keyLike, parseJson } from '../cli/parse.ts'
import { type Evidence, isEvidence } from '../image/evidence.ts'
import { isVersion } from '../version/version.ts'

/** What a bundle holds, as its bundle.json says. */
export type Bundle = {
  readonly format: 1
  readonly project: string
  readonly version: string
  /** The id of the application's image, and its digest in the registry. */
  readonly image: string
  readonly digest?: string | undefined
  /** The ids of the images of services that are built beside it, by the names of their builds. */
  readonly built?: Readonly<Record<string, string>> | undefined
  /** The ids of the images in it, by name. */
  readonly images: Readonly<Record<string, string>>
  readonly evidence?: Evidence | undefined
}

export const BUNDLE_FILE = 'bundle.json'
export const SUMS_FILE = 'SHA256SUMS'
export const SIGNATURE_FILE = `${SUMS_FILE}.sig`
export const IMAGES_FILE = 'images.tar.gz'
/** The file of an unpacked bundle that names the toolkit's image. */
export const TOOLKIT_FILE = '.toolkit'

const id = v.pipe(v.string(), v.regex(/^sha256:[0-9a-f]{64}$/))
const name = v.pipe(v.string(), v.regex(/^[a-z0-9][\w./:@-]*$/))
const buildName = keyLike(/^[a-z0-9-]{1,255}$/)
const BUNDLE = v.looseObject({
  ...{ format: v.literal(1), project: v.string(), image: id, digest: v.optional(id) },
  version: v.pipe(v.string(), v.check(isVersion)),
  built: v.optional(v.record(buildName, id)),
  images: v.pipe(v.record(name, id), v.minEntries(1)),
  evidence: v.optional(v.custom<Evidence>(isEvidence)),
})

/** Parses bundle.json. Throws a Failure where it is damaged or describes no bundle. */
export const parseBundle = (text: string): Bundle =>
  parseJson(BUNDLE, text, {
    what: BUNDLE_FILE,
    next: 'make bundle, where the release was built, with this version of the toolkit',
  })

/** The settings that a host which loads the bundle cannot know, as lines of an env file. */
export const shapeOf = (settings: Readonly<Record<string, unknown>>): string =>
  ['PROJECT', 'APP_DIR', 'APP_COMPOSE', 'APP_PORT', 'HEALTH_PATH', 'IMAGE_REPOSITORY']
    .map((name) => `${name}=${settings[name]}\n`)
    .join('')
