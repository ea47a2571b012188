import { posix } from 'node:path'
import type { Sources } from './guess.ts'

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
