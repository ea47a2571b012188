import { existsSync, readFileSync } from 'node:fs'
import { BUNDLE_FILE, type Bundle, parseBundle } from '../bundle.ts'

/** The bundle that this folder was unpacked from; undefined in a checkout. Throws a Failure where it is damaged. */
export const readBundled = (): Bundle | undefined =>
  existsSync(BUNDLE_FILE) ? parseBundle(readFileSync(BUNDLE_FILE, 'utf8')) : undefined
