import type { Confidence } from './finding.ts'
import { findAll, type Guess, type Sources } from './guess.ts'

/** The page that says whether the application is well, and how sure that is. */
export type Health = Guess<string> & { readonly confidence: Confidence; readonly counts?: string | undefined }

// The most telling names come first. `hello` is last: many tutorials have such a page, and it needs no other service.
const NAMES =
  'healthz|health|_health|healthcheck|health-check|health_check|livez|live|readyz|ready|ping|heartbeat|up|status|hello'.split(
    '|',
  )
// What a route is registered with: one of a group lies below another path.
const SERVES =
  '(?:app|application|api|router|route|routes|server|mux|engine|fastify|http|web|site|blueprint|bp|\\w|this\\.app)'
// A route for GET with a plain path, in the languages whose sources are read.
const ROUTES = [
  new RegExp(
    `(?<![\\w$.])${SERVES}\\.(?:get|route|all|any|GET|Get|HandleFunc|Handle|handle\\w*|add_url_rule)\\(\\s*["'\`](?:GET )?(/[\\w./~-]*)["'\`]`,
  ),
  /^\s*\.route\(\s*"(\/[\w./~-]*)"/,
  /@\w*(?:Get|Request)Mapping\(\s*(?:(?:value|path)\s*=\s*)?\{?\s*"(\/?[\w./~-]*)"/,
  /#\[(?:get|route)\("(\/[\w./~-]*)"/,
  /^\s*(?:get|http\.HandleFunc|Route::get)\s*\(?\s*["'](\/[\w./~-]*)["']/,
  /\.Map(?:Get)?\(\s*"(\/[\w./~-]*)"/,
  /\b(?:path|url)\(\s*["']\^?([\w./~-]*)\$?["']/,
  /(?:pathname|url|path)\s*={2,3}\s*["'`](\/[\w./~-]*)["'`]/,
]
const PAGE = /^(?:(?:public|static|src|web|www|html|app|dist|templates)\/){0,2}index\.(?:html?|php)$/
// A request of a health check to its own container: the port, the default of a variable for it, and the path.
export const CHECKED =
  /https?:\/\/(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\])(?::(?:(\d+)|\$\{?\w+(?::?-(\d+))?\}?))?(\/[\w./~-]*)?/
const COUNTS =
  /\b(?:incr|incrby|hincrby|increment|INCR)\b|\b\w*(?:hits|visits|visitors?|views|counter)\w*\s*(?:\+=|\+\+)|(?:hits|visits|visitors?|counter)\w*\s*=\s*\S*(?:hits|visits|visitors?|counter)\w*\s*\+/i

type Known = {
  readonly files: readonly string[]
  /** The texts of health checks. */
  readonly checks: readonly string[]
  /** The port of the application: a check of another port asks something else. */
  readonly port: number | undefined
}

/** Finds the health path: that of a health check, else the route with the most telling name, else any page. */
export function guessHealth(sources: Sources, { files, checks, port }: Known): Health {
  for (const text of checks) {
    const [all, plain, filled, path = '/'] = CHECKED.exec(text) ?? []
    const asked = plain ?? filled
    if (all && (asked === undefined || port === undefined || Number(asked) === port))
      return { value: path, where: 'its health check', confidence: 'stated' }
  }
  const routes = findAll(sources, ROUTES).flatMap((one) => routeOf(sources, one))
  const nameOf = ({ value }: Guess<string>) =>
    NAMES.indexOf(value.replace(/\/$/, '').split('/').at(-1)?.toLowerCase() ?? '')
  const [named] = routes.filter((one) => nameOf(one) >= 0).toSorted((a, b) => nameOf(a) - nameOf(b))
  if (named) return { ...named, confidence: isMounted(sources, named) ? 'guess' : 'stated' }
  if (Object.values(sources).some((text) => text.includes('spring-boot-starter-actuator')))
    return { value: '/actuator/health', where: 'spring-boot-starter-actuator', confidence: 'likely' }
  const home = routes.find((one) => one.value === '/' && !isMounted(sources, one))
  if (home) return { ...home, confidence: 'likely', counts: countsAt(sources, home.where) }
  const page = files.find((file) => PAGE.test(file))
  if (page) return { value: '/', where: page, confidence: 'likely' }
  const [api] = findAll(sources, [/(\bFastAPI\()(?!.*docs_url\s*=\s*None)/])
  if (api) return { value: '/docs', where: api.where, confidence: 'likely' }
  const [other] = routes.toSorted((a, b) => a.value.length - b.value.length)
  return other ? { ...other, confidence: 'guess' } : { value: '/', where: '', confidence: 'guess' }
}

// A class of Java has a path of its own, and what asks who is there is no page for a check.
function routeOf(sources: Sources, { value, where }: Guess<string>): Guess<string>[] {
  const [file = '', line = '0'] = where.split(/:(?=\d+$)/)
  const text = sources[file] ?? ''
  // Where a browser is, nothing is served.
  const own = text.split('\n')[Number(line) - 1] ?? ''
  if (/\.[jt]sx$/.test(file) || COMMENT.test(own) || GUARDED.test(own)) return []
  const plain = value.startsWith('/') ? value : `/${value}`
  if (!/\.(java|kt)$/.test(file)) return [{ value: plain, where }]
  const [head = ''] = text.split(/\b(?:class|interface)\s/)
  const [, prefix = ''] = /@RequestMapping\(\s*(?:(?:value|path)\s*=\s*)?\{?\s*"([^"]*)"/.exec(head) ?? []
  if (head.includes(value) && prefix === value) return []
  return [{ value: `${prefix && `/${prefix.replace(/^\/|\/$/g, '')}`}${plain}`.replace(/(.)\/$/, '$1'), where }]
}
const COMMENT = /^\s*(\/\/|\*|#(?!\[))/
const GUARDED = /auth|login_required|jwt|guard|protect|admin/i

// Express has routers in files of their own, which an application mounts below a path.
function isMounted(sources: Sources, { where }: Guess<string>): boolean {
  const [file = '', line = '0'] = where.split(/:(?=\d+$)/)
  const text = sources[file] ?? ''
  const isRouter = /\b(\w*[rR]outer|routes?)\s*\.\s*\w+\(/.test(text.split('\n')[Number(line) - 1] ?? '')
  return isRouter && /\.[cm]?[jt]s$/.test(file) && !/\b(express|fastify|Fastify|Koa|Hono)\(|\.listen\(/.test(text)
}

// Whether the lines after a route count its requests.
function countsAt(sources: Sources, where: string): string | undefined {
  const [file = '', line = '0'] = where.split(/:(?=\d+$)/)
  const lines = (sources[file] ?? '').split('\n')
  const at = lines.findIndex(
    (text, index) => index >= Number(line) - 1 && index < Number(line) + 12 && COUNTS.test(text),
  )
  return at < 0 ? undefined : `${file}:${at + 1}`
}
