import { posix } from 'node:path'
import { about, type Old } from '../draft.ts'
import type { Finding } from '../finding.ts'
import type { Fated } from '../mounts.ts'
import { CODE } from '../source-tree.ts'

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
