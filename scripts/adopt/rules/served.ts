import { posix } from 'node:path'
import { codeOf } from '../app-code.ts'
import type { Old } from '../draft.ts'
import { findAll, type Guess } from '../guess.ts'
import { type Fated, placesBelow } from '../mounts.ts'
import { isWithin } from '../source-tree.ts'

/** A folder that Python serves, and that has what the image lacks of a mount: without it most frameworks do not start. */
export function servedIn(old: Old, one: Fated): Guess<string> | undefined {
  if (one.lacked.length === 0) return undefined
  const [placeOf, workdir] = [placesBelow(old, one), old.spec.working_dir ?? old.stage?.workdir ?? '/']
  return findAll(codeOf(old, old.service), [SERVES]).find(({ value }) =>
    one.lacked.some((file) => isWithin(placeOf(file), posix.resolve(workdir, value))),
  )
}
const SERVES = /\b(?:(?:StaticFiles|Jinja2Templates)\((?:.*\b)?directory|static_folder)\s*=\s*["']([\w./-]+)["']/
