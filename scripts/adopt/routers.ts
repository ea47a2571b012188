import { posix } from 'node:path'
import { groupPath } from './go-routes.ts'
import { depthOf, fileOf, type Guess, lineAt, type Sources } from './guess.ts'
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

/** The path below which an application in Python has the pages of a blueprint, or of a router, by its name; undefined where no line says it. */
export function blueprintPath(sources: Sources, file: string, name: string): string | undefined {
  const programs = Object.entries(sources).filter(([one]) => one.endsWith('.py'))
  const made = new RegExp(`^${name}\\s*(?::\\s*\\w+\\s*)?=\\s*(Blueprint|APIRouter)\\(([^)]*)\\)`, 'm')
  const all = programs.flatMap(([one, text]) => {
    const [, kind = '', args = ''] = made.exec(text) ?? []
    return kind ? [{ one, kind, args }] : []
  })
  const def = all.find(({ one }) => one === file) ?? (all.length === 1 ? all[0] : undefined)
  if (def === undefined) return undefined
  const qualified = `${posix.parse(def.one).name}.${name}`
  const isThis = (given: string) =>
    given === qualified || given.endsWith(`.${qualified}`) || (given === name && all.length === 1)
  const mounts = programs.flatMap(([, text]) =>
    Array.from(text.matchAll(REGISTERS), ([, on = '', given = '', args = '']) => ({ on, given, args })),
  )
  const [mount, ...more] = mounts.filter(({ given }) => isThis(given))
  // A prefix that is no text, or a router in a router, is not known.
  const prefixes = [mount?.args ?? '', def.args].map((args) =>
    /prefix\s*=/.test(args) ? (PREFIX.exec(args)?.[1] ?? null) : undefined,
  )
  if (!mount || more.length > 0 || !/^(app|application|server|api)$/.test(mount.on) || prefixes.includes(null))
    return undefined
  const [outer, inner] = prefixes
  return def.kind === 'Blueprint' ? (outer ?? inner ?? '/') : posix.join('/', outer ?? '', inner ?? '')
}
const REGISTERS = /\b(\w+)\.(?:register_blueprint|include_router)\(\s*([\w.]+)([^)]*)\)/g
const PREFIX = /prefix\s*=\s*["'](\/[\w./-]*)["']/

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

/** A route with the path below which its router is mounted; open, where nobody knows it. */
export function placed(sources: Sources, one: Guess<string>): Guess<string> & { readonly isOpen: boolean } {
  const file = fileOf(one)
  const isDjango = /\burlpatterns\b/.test(sources[file] ?? '')
  const isGo = file.endsWith('.go')
  if (!isDjango && !isGo && !isMounted(sources, one)) return { ...one, isOpen: false }
  const path = isGo ? groupPath(sources, one) : pathOf(sources, one, isDjango)
  // A slash at its end is a part of an address of Django and of Go.
  const value = posix.join(path ?? '/', one.value).replace(isDjango || isGo ? /(?!)/ : /(?<=.)\/$/, '')
  return { ...one, value, isOpen: path === undefined }
}

function pathOf(sources: Sources, one: Guess<string>, isDjango: boolean): string | undefined {
  const [file, name] = [fileOf(one), DECORATES.exec(lineAt(sources, one))?.[1]]
  if (isDjango) return includePath(sources, file)
  return name ? blueprintPath(sources, file, name) : mountPath(sources, file)
}
const DECORATES = /^\s*@(\w+)\.\w+\(/

// Express has routers in files of their own, which an application mounts below a path.
function isMounted(sources: Sources, one: Guess<string>): boolean {
  const file = fileOf(one)
  const text = sources[file] ?? ''
  // Laravel mounts the routes of this file below /api.
  if (file.endsWith('routes/api.php')) return true
  const name = file.endsWith('.py') && DECORATES.exec(lineAt(sources, one))?.[1]
  // What another file makes may be a router as well.
  if (name) {
    const made = new RegExp(`^${name}\\s*(?::\\s*\\w+\\s*)?=\\s*(\\w+)\\(`, 'm')
    const texts = [text, ...Object.values(sources)].flatMap((each) => made.exec(each)?.[1] ?? [])
    return /^(Blueprint|APIRouter)$/.test(texts[0] ?? '')
  }
  // A line that begins with a call goes on with what the one before it names.
  const isRouter = /^\s*\.\w+\(|\b(\w*[rR]outer|routes?)\s*\.\s*\w+\(/.test(lineAt(sources, one))
  return isRouter && /\.[cm]?[jt]s$/.test(file) && !/\b(express|fastify|Fastify|Koa|Hono)\(|\.listen\(/.test(text)
}

/** Tells the files of a program from those of CodeIgniter, which lie beside them in git. */
export function ownIn(files: readonly string[]): (file: string) => boolean {
  const tops = files.flatMap((file) => /^(.*\bsystem)\/(core\/)?CodeIgniter\.php$/.exec(file)?.[1] ?? [])
  return (file) => !tops.some((top) => isWithin(file, top))
}
