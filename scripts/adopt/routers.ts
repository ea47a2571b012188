import { posix } from 'node:path'
import { depthOf, fileOf, type Guess, type Sources } from './guess.ts'
import { isWithin } from './source-tree.ts'

const SCRIPT = /\.[cm]?[jt]s$/
const USE = /\.use\(\s*(?:["'`](\/[\w./-]*)["'`]\s*,)?\s*([^;\n]+)\)/g
// Who is asked for a login is no check.
const GUARDED = /auth|login|jwt|guard|protect|admin|verify/i

/** The path below which Django has the pages of a file of addresses; undefined where that has a part of any value. */
export function includePath(sources: Sources, file: string, depth = 0): string | undefined {
  const module = `.${file.replace(/\.py$/, '').replaceAll('/', '.')}`
  for (const [other, text] of Object.entries(sources))
    for (const [, path = '', name] of other === file || depth > 4 ? [] : text.matchAll(INCLUDE))
      if (module.endsWith(`.${name}`)) {
        const above = includePath(sources, other, depth + 1)
        return above === undefined || /[<(\\]/.test(path) ? undefined : posix.join(above, path)
      }
  return '/'
}
const INCLUDE = /\b(?:re_)?(?:path|url)\(\s*r?["']\^?([^"'\n]*)["']\s*,\s*include\(\s*[([]?\s*["']([\w.]+)["']/g

/** The path below which an application in JavaScript mounts the router of a file; undefined where no line says it. */
export function mountPath(sources: Sources, file: string, depth = 0): string | undefined {
  for (const [other, text] of Object.entries(sources)) {
    if (other === file || !SCRIPT.test(other)) continue
    for (const [, path = '', given = ''] of text.matchAll(USE)) {
      const from = /require\(\s*["']([^"']+)["']/.exec(given)?.[1] ?? importOf(text, /(\w+)\s*$/.exec(given)?.[1] ?? '')
      if (from === undefined || !isFile(posix.join(posix.dirname(other), from), file)) continue
      if (GUARDED.test(given.replace(/\w+\s*$/, ''))) return undefined
      const isTop = /\b(express|fastify|Fastify|Hono)\(|\.listen\(/.test(text)
      const above = isTop ? '' : depth < 4 ? mountPath(sources, other, depth + 1) : undefined
      if (above !== undefined) return posix.join('/', above, path)
    }
  }
  return undefined
}

const importOf = (text: string, name: string) =>
  name === ''
    ? undefined
    : (new RegExp(`import\\s[^;'"]*\\b${name}\\b[^;'"]*from\\s*["']([^"']+)["']`).exec(text)?.[1] ??
      new RegExp(`\\b${name}\\s*}?\\s*=\\s*require\\(\\s*["']([^"']+)["']`).exec(text)?.[1])

const isFile = (path: string, file: string) => {
  const [wanted, found] = [path.replace(SCRIPT, ''), file.replace(SCRIPT, '')]
  return found === wanted || found === `${wanted}/index`
}

/** Whether Laravel has a route in a group below another path, or behind a login. */
export function isGrouped(sources: Sources, one: Guess<string>): boolean {
  const lines = (sources[fileOf(one)] ?? '').split('\n').slice(0, Number(/\d+$/.exec(one.where)?.[0]))
  let depth = depthOf(lines.at(-1))
  if (!/\bRoute::/.test(lines.at(-1) ?? '')) return false
  for (let at = lines.length - 2; at >= 0; at -= 1) {
    const line = lines[at] ?? ''
    if (line.trim() === '' || depthOf(line) >= depth) continue
    depth = depthOf(line)
    const start = lines.findLastIndex((each, index) => index <= at && /\bRoute::/.test(each))
    const chain = lines.slice(Math.max(start, 0), at + 1).join(' ')
    if (/\bgroup\(/.test(line) && BELOW.test(chain)) return true
  }
  return false
}
const BELOW = /\b(prefix|domain|can)\b|auth/i

/** Tells the files of a program from those of CodeIgniter, which lie beside them in git. */
export function ownIn(files: readonly string[]): (file: string) => boolean {
  const tops = files.flatMap((file) => /^(.*\bsystem)\/(core\/)?CodeIgniter\.php$/.exec(file)?.[1] ?? [])
  return (file) => !tops.some((top) => isWithin(file, top))
}
