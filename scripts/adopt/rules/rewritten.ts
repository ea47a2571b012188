import { posix } from 'node:path'
import { about, type Old, shownPath } from '../draft.ts'
import { type Finding, some } from '../finding.ts'
import { isTest } from '../guess.ts'
import { ignoredIn } from '../ignored.ts'
import { type Fated, placesBelow } from '../mounts.ts'
import { ASIDE, CODE, isWithin, LISTS } from '../source-tree.ts'
import { unkeptIn } from '../unkept.ts'
import { isServing, isTaken, keptMounts, MOVED, sharing, writtenBy } from './beside.ts'
import { apartIn } from './several.ts'

/**
 * Names the files that git keeps, that a mount without code let the service write, and that code which writes files names: each version
 * begins with git's. The mount of all the code is another matter.
 */
export function rewrittenFindings(old: Old, { type, read_only: readOnly, kept }: Fated): Finding[] {
  if (type !== 'bind' || readOnly || old.server || kept.some((file) => CODE.test(file))) return []
  const programs = Object.entries(old.tree.sources).filter(([file, text]) => CODE.test(file) && WRITES.test(text))
  return kept.flatMap((file) => {
    const name = new RegExp(String.raw`["'\x60/]${posix.basename(file).replaceAll(/\W/g, '\\$&')}["'\x60]`)
    const [by] = programs.find(([, text]) => name.test(text)) ?? []
    if (!by || !KEEPS.test(file)) return []
    const found = `${by} names ${file} and writes files: each version begins with what git keeps there`
    const mend =
      'nothing to do where it only reads that one; else let it write to a folder of its own, such as /data, and mount a volume there'
    return [about(old, 'volumes').note(found, mend, { where: by, confidence: 'guess' })]
  })
}
const KEEPS = /\.(json|csv|txt|ya?ml|ini|conf|cfg|toml|xml|tsv|jsonl)$/i
const WRITES =
  /\bopen\([^)\n]*,\s*["'][wa]b?\+?["']|\bwriteFile(?:Sync)?\(|\bfile_put_contents\(|\.write_text\(|\bos\.WriteFile\(|\bjson\.dump\(|\bFile\.write\(/

/**
 * Names the files that git ignores, and that mounted code names: the mount kept them on the host, and the image of a release has none.
 * Those that are there, or that a call writes, are named elsewhere.
 */
export function ignoredFindings(old: Old, one: Fated): Finding[] {
  const { tree } = old
  const { type, source = '', read_only: readOnly, kept } = one
  if (type !== 'bind' || readOnly || old.server || !kept.some((file) => CODE.test(file))) return []
  const programs = Object.entries(tree.sources).filter(
    ([file]) =>
      CODE.test(file) &&
      !(isTest(file) || ASIDE.test(file) || TOOLS.test(file)) &&
      isWithin(posix.join(tree.root, tree.dir, file), source),
  )
  const placeOf = placesBelow(old, one)
  const mounts = keptMounts(old)
  const known = [...unkeptIn(old, one), ...writtenBy(old).files.map(({ value }) => value)].map((file) =>
    posix.basename(file),
  )
  const named = ignoredIn(tree).flatMap((path) => {
    const name = posix.basename(path)
    const file = shownPath(tree, path)
    const isKept = tree.tracked.includes(file) || known.includes(name) || isTaken(mounts, placeOf(file))
    if (!isWithin(path, source) || isKept || !isData(name)) return []
    const text = new RegExp(String.raw`["'\x60](?:[^"'\x60:\n]*/)?${name.replaceAll(/\W/g, '\\$&')}["'\x60]`)
    const [by] = programs.find(([, code]) => text.test(code)) ?? []
    return by ? [{ name, by }] : []
  })
  const [first] = named
  if (!first) return []
  const all = [...new Set(named.map(({ name }) => name))]
  const { note, missing } = about(old, 'volumes')
  const sharers = sharing(old).filter((service) => !isServing(old, service))
  const each = all.some((name) => DATABASE.test(name)) ? apartIn(old.project, sharers) : undefined
  const found = `git ignores ${some(all)} in ${shownPath(tree, source)}, and its code names ${all.length > 1 ? 'them' : 'it'}: the image has none; ${each ?? MOVED}`
  const mend =
    'where the service writes such a file, let it do so in a folder of its own, such as /data, and mount a volume there; where it only reads it, name it in secrets:'
  return [(each ? missing : note)(found, mend, { where: first.by, confidence: 'guess' })]
}
const TOOLS = /(^|\/)(scripts?|tools?|docs?)\//
// A usual name of SQLite is found without such a line.
const isData = (name: string) => (KEEPS.test(name) && !LISTS.test(name) && !MADE.test(name)) || DATABASE.test(name)
const DATABASE = /(^|[-_])(database|db)$/i
// What tools make of the code.
const MADE = /^(manifest|openapi|swagger|schema|stats|coverage|tsconfig|nosetests|robots|sitemap)\b/i
