import { posix } from 'node:path'
import { dockerfileOf } from '../build.ts'
import { commandOf, quote } from '../draft.ts'
import { findAll, keepFiles, type Sources, scriptsIn, uncommented } from '../guess.ts'
import { fatesOf, type Mounting, placesBelow } from '../mounts.ts'
import { isWithin } from '../source-tree.ts'

/**
 * The link by which a web server finds what Laravel's users send: `artisan storage:link` once made it in the mounted folder. Git ignores
 * it, so no image has it; each server of that folder needs its own.
 */
export function linkLines(old: Mounting): string[] {
  const { tree, spec } = old
  const mounts = fatesOf(old).filter(({ type, fate }) => type === 'bind' && /^(baked|source)$/.test(fate))
  const places = new Set(mounts.flatMap((one) => one.kept.map(placesBelow(old, one))))
  const tops = [...places].flatMap((place) => (posix.basename(place) === 'artisan' ? posix.dirname(place) : []))
  const isKept = (folder: string) => [...places].some((place) => isWithin(place, folder))
  const open = tops.filter((top) => places.has(`${top}/public/index.php`) && !isKept(`${top}/public/storage`))
  const said = uncommented([(spec.build && dockerfileOf(tree, spec.build)) ?? '', ...commandOf(old)].join('\n'))
  const isMade = [said, ...Object.values(scriptsIn(tree.sources, said))].some((text) => LINKS.test(text))
  if (open.length === 0 || isMade || !isAsked(tree.sources)) return []
  return open.map((top) => `RUN ln -sfn ../storage/app/public ${quote(`${top}/public/storage`)}`)
}
const LINKS = /\bstorage:link\b|\bln\s[^;&|\n]*\bpublic\/storage\b/

const isAsked = (sources: Sources) => findAll(keepFiles(sources, isPage), [ASKS]).length > 0
const isPage = (file: string) => /\.(php|vue|[jt]sx?)$/.test(file)
const ASKS = /(\basset\(\s*["']\/?storage\/|\bStorage::url\(|["'`]\/storage\/)/
