import { posix } from 'node:path'
import type { Sources } from './guess.ts'

/**
 * Where a program of PHP writes for each request that no file is for, as `file:line`; undefined where it does not, or where no web
 * server leads these to it, by what stands in `all`.
 */
export function writtenByPhp(sources: Sources, all: Sources): string | undefined {
  const programs = Object.keys(sources).filter((file) => posix.basename(file) === 'index.php')
  const [first] = programs.toSorted((one, other) => one.length - other.length)
  const isLed = Object.values(all).some((text) => LED.test(text))
  return first && isLed ? writtenIn(sources, first, 0) : undefined
}
const LED = /^\s*RewriteRule\s.*\bindex\.php\b|^\s*FallbackResource\s.*index\.php|\btry_files\s[^;]*\/index\.php\b/m

// What runs in each case: no block of a condition, and of the functions those that are called there.
function writtenIn(sources: Sources, file: string, deep: number): string | undefined {
  const lines = withoutBlocks(sources[file] ?? '').split('\n')
  for (const [at, line] of lines.entries()) {
    if (CONDITION.test(line)) continue
    const [, inner = ''] = INCLUDE.exec(line) ?? []
    const next = posix.join(posix.dirname(file), inner)
    const found = inner && sources[next] && deep < 3 ? writtenIn(sources, next, deep + 1) : undefined
    if (found) return found
    const calls = [...line.matchAll(CALL)].flatMap(([, name = '']) => bodiesOf(sources, name))
    if ([line, ...calls].some((one) => WRITES.test(one))) return `${file}:${at + 1}`
  }
  return undefined
}
const CONDITION = /^\s*(?:\}?\s*else)?\s*(?:if|foreach|while|for|switch)\b|^\s*(?:\/\/|#|\*)/
const INCLUDE = /\b(?:include|require)(?:_once)?\b[^'"]*["'](?:\.?\/)?([\w./-]+\.(?:php|inc))["']/
const CALL = /(?<!\bfunction )\b(\w+)\(/g
const WRITES =
  /\b(?:INSERT\s+(?:IGNORE\s+)?INTO|REPLACE\s+INTO|UPDATE\s+[`\w.]+\s+SET|DELETE\s+FROM)\b|\b(?:file_put_contents|fwrite|fputs|fputcsv)\(/i

// The bodies of the functions of that name, without the blocks in them.
const bodiesOf = (sources: Sources, name: string): string[] =>
  Object.entries(sources).flatMap(([file, text]) => {
    const at = file.endsWith('.php') ? text.search(new RegExp(String.raw`\bfunction\s+${name}\s*\(`)) : -1
    const [, body = ''] = at < 0 ? [] : (/^[^{;]*\{([\s\S]*)/.exec(text.slice(at)) ?? [])
    return body ? [withoutBlocks(body).split(CLOSED)[0] ?? ''] : []
  })

// A text with a sign for the end of the block around it, and without what stands in blocks; the lines stay where they are.
const CLOSED = '\u0000'
function withoutBlocks(text: string): string {
  let depth = 0
  return [
    ...text
      .replaceAll(/\/\*[\s\S]*?\*\//g, (comment) => comment.replaceAll(/[^\n]/g, ' '))
      .replaceAll(/^(\s*)(?:if|foreach|while|for)\b.*:\s*(?:\?>.*)?$/gm, '$1{')
      .replaceAll(/\bend(?:if|foreach|while|for)\s*;/g, '}'),
  ]
    .map((sign) => {
      if (sign === '{') depth++
      if (sign === '}' && depth-- === 0) {
        depth = 0
        return CLOSED
      }
      return depth === 0 || sign === '\n' ? sign : ' '
    })
    .join('')
}
