import { posix } from 'node:path'
import { ANY } from '../config/health-path.ts'
import { CHECKED } from './checked.ts'
import { isRestOfGo, limitedByAll, writtenByRest } from './each-request.ts'
import { type Confidence, some } from './finding.ts'
import { fileOf, findAll, type Guess, keepFiles, lineAt, type Sources, springSetting } from './guess.ts'
import { readHandlers } from './handler.ts'
import { isGrouped, ownIn, placed } from './routers.ts'
import { mapValues } from './source-tree.ts'

/** The page that says whether the application is well, and how sure that is. */
export type Health = Guess<string> & {
  readonly confidence: Confidence
  /** Why there is no page that a check may ask; then any answer counts, or, where nothing is answered, the path is that of a page to add. */
  readonly lacks?: string | undefined
  /** Where each check leaves a session in a store. */
  readonly session?: string | undefined
  /** Where each request writes, and so each check. */
  readonly written?: string | undefined
  /** Where a client may ask only so often, for any page: the proxy, and with it its checks, is one client. */
  readonly limited?: ReturnType<typeof limitedByAll> | undefined
}

// The most telling names come first. `hello` is last: many tutorials have such a page, and it needs no other service.
const NAMES =
  'healthz|health|_health|healthcheck|health-check|health_check|livez|live|readyz|ready|ping|heartbeat|up|status|hello'.split(
    '|',
  )
// What a route is registered with: one of a group lies below another path.
const SERVES =
  '(?:app|application|api|router|route|routes|server|mux|engine|fastify|http|web|site|blueprint|bp|\\w|app_\\w+|\\w+_(?:app|bp|router)|this\\.app)'
// A route for GET with a plain path, in the languages whose sources are read.
const ROUTES = [
  new RegExp(
    `(?<![\\w$.]|\\b(?:await|return|yield) |[=>] )${SERVES}\\.(?:get|route|all|any|GET|Get|HandleFunc|Handle|handle\\w*|add_url_rule)\\(\\s*["'\`](?:GET )?(/[\\w./~-]*)["'\`]`,
  ),
  /^\s*\.route\(\s*"(\/[\w./~-]*)"/,
  /@\w*(?:Get|Request)Mapping\(\s*(?:(?:value|path)\s*=\s*)?\{?\s*"(\/?[\w./~-]*)"/,
  /#\[(?:get|route)\("(\/[\w./~-]*)"/,
  /^\s*(?:get|http\.HandleFunc|Route::get)\s*\(?\s*["'](\/[\w./~-]*)["']/,
  /^\s*get\s*\(?\s*["']([\w/-]+)["'].*rails\/health#show/,
  /\.Map(?:Get)?\(\s*"(\/[\w./~-]*)"/,
  /(?:pathname|url|path)\s*={2,3}\s*["'`](\/[\w./~-]*)["'`]/,
]
const DJANGO = /\b(?:re_)?(?:path|url)\(\s*r?["']\^?([\w./~-]*)\$?["'](?!.*\binclude\()/
const PAGE = /^(?:(?:public|static|src|web|www|html|app|dist|templates)\/){0,2}index\.html?$/
// A page that leads who is not logged in elsewhere.
const LEADS = /\/(admin|wp-admin|dashboard|accounts?|profile|logout)\/?$/
/** Where a health path comes from that the author's own check asks for. */
export const CHECK = 'its health check'
type Known = {
  readonly files: readonly string[]
  /** The texts of health checks. */
  readonly checks: readonly string[]
  /** The port of the application: a check of another port asks something else. */
  readonly port: number | undefined
  /** What the web server before it answers by itself. */
  readonly own?: Health | undefined
  /** Whether it serves files and nothing else. */
  readonly isFiles?: boolean
}

/** Finds the health path: that of a health check, else the route with the most telling name, else a home page that only answers, else any answer. */
export function guessHealth(given: Sources, { files, checks, port, own, isFiles }: Known): Health {
  const isOwn = ownIn(Object.keys(given))
  const sources = mapValues(keepFiles(given, isOwn), joinCalls)
  const limited = limitedByAll(sources)
  if (limited?.isSpared) return { ...anyAnswer('each page counts for the limit of its client'), limited }
  for (const text of checks) {
    const [all, plain, filled, path = '/'] = CHECKED.exec(text) ?? []
    const asked = plain ?? filled
    // Most programs follow such a page to the login, or take that for an answer. A deploy does not.
    if (all && !LEADS.test(path) && (asked === undefined || port === undefined || Number(asked) === port))
      return { value: path, where: CHECK, confidence: 'stated' }
  }
  if (own) return own
  const up = upOfLaravel(sources)
  if (up) return up
  const django = keepFiles(sources, (file) => file.endsWith('.py'))
  const routes = [...findAll(sources, ROUTES), ...findAll(django, [DJANGO])]
    .flatMap((one) => routeOf(sources, one))
    .map((one) => placed(sources, one))
  const harmOf = readHandlers(sources)
  const rated = routes.map((one) => ({ ...one, harm: harmOf(one.where, one.value === '/' ? 'home' : 'page') }))
  // Nor is a page sure whose whole path nobody knows, or that may ask for a login.
  const safe = rated.filter(({ harm, isOpen, value }) => harm === undefined && !isOpen && !isLocked(sources, value))
  const nameOf = ({ value }: Guess<string>) =>
    NAMES.indexOf(value.replace(/\/$/, '').split('/').at(-1)?.toLowerCase() ?? '')
  const [named] = safe.filter((one) => nameOf(one) >= 0).toSorted((a, b) => nameOf(a) - nameOf(b))
  if (named) return { ...named, confidence: 'stated' }
  // Where the actuator has a port of its own, the proxy does not reach it.
  const withText = (said: string) => Object.keys(sources).find((file) => sources[file]?.includes(said))
  const actuator = withText('spring-boot-starter-actuator')
  if (actuator && springSetting(sources, 'management.server.port') === undefined) {
    const base = springSetting(sources, 'management.endpoints.web.base-path')?.value ?? '/actuator'
    const value = `${prefixOf(sources)}${base}/health`
    const isOpen = !isLocked(sources, `${base}/health`)
    if (isOpen) return { value, where: `actuator, in ${actuator}`, confidence: 'likely' }
  }
  const quarkus = withText('quarkus-smallrye-health')
  if (quarkus) return { value: '/q/health', where: `quarkus-smallrye-health, in ${quarkus}`, confidence: 'likely' }
  const isHome = (one: { value: string; isOpen: boolean }) => one.value === '/' && !one.isOpen
  const home = safe.find(isHome)
  if (home) return { ...home, confidence: 'likely' }
  // A program that has pages of its own, or a framework for them, serves files where it says so.
  const isServed = findAll(sources, [FILES]).length > 0 || (rated.length === 0 && !findAll(sources, [FRAMEWORK]).length)
  // Frameworks of PHP keep a page in each folder that only refuses: nobody reaches those beside the folder of the program.
  const php = files.flatMap((file) => (posix.basename(file) === 'index.php' ? posix.dirname(file) : []))
  const isPage = (file: string) => PAGE.test(file) && (php.length === 0 || php.includes(posix.dirname(file)))
  const page = isServed && !rated.some(isHome) ? files.find(isPage) : undefined
  if (page) return { value: '/', where: page, confidence: 'likely' }
  const documented = keepFiles(sources, (file) => !sources[file]?.includes('docs_url'))
  const [api] = findAll(documented, [/(\bFastAPI\()/])
  if (api) return { value: '/docs', where: api.where, confidence: 'likely' }
  if (isFiles) return { value: '/', where: '', confidence: 'guess' }
  // What gets each path that has no page would count the checks, or needs what the database has not yet.
  const isHarmed = writtenByRest(sources) || rated.some((one) => one.harm && isRestOfGo(sources, one))
  const other = isHarmed && safe.find(({ value, where }) => value !== '/' && !harmOf(where, 'home'))
  if (other) return { ...other, confidence: 'guess' }
  const choices = rated.map(({ value, harm }) => `${value}${harm ? ` (${harm})` : ''}`)
  return anyAnswer(`no page is known to do nothing but answer${choices.length > 0 ? ` (${some(choices)})` : ''}`)
}
export const anyAnswer = (lacks: string): Health => ({ value: ANY, where: '', confidence: 'guess', lacks })
const FRAMEWORK = /\b(express|fastify|Fastify|Koa|Hono|Flask)\(/
// How a program says that it serves the files of a folder at /.
const FILES =
  /(\.use\(\s*express\.static\(|(?:mount|Handle)\(\s*["'`]\/["'`],.*(?:StaticFiles|FileServer)\(|static_url_path\s*=\s*["']["'])/

// The page of the framework's own, which passes none of the middleware for pages: no session, no cookies. What listens to it may ask a
// database; middleware for all requests may want a login.
function upOfLaravel(sources: Sources): Health | undefined {
  const files = keepFiles(sources, (file) => file.endsWith('bootstrap/app.php'))
  const [up] = findAll(files, [UP]).toSorted((one, other) => one.where.length - other.where.length)
  if (!up || Object.values(sources).some((text) => text.includes('DiagnosingHealth'))) return undefined
  const isBehind = /->\s*(append|prepend|use)\(/.test(files[fileOf(up)] ?? '')
  return { value: `/${up.value}`, where: up.where, confidence: isBehind ? 'guess' : 'stated' }
}
const UP = /^(?!\s*(?:\/\/|#|\*)).*\bhealth:\s*["']\/?([\w./-]+)["']/

// A class of Java has a path of its own, and what asks who is there is no page for a check.
function routeOf(sources: Sources, one: Guess<string>): Guess<string>[] {
  const { value, where } = one
  const [file, own] = [fileOf(one), lineAt(sources, one)]
  // Where a browser is, nothing is served.
  if (/\.[jt]sx$/.test(file) || isGuarded(own) || NO_GET.test(own) || isGrouped(sources, one)) return []
  if (value.startsWith('//')) return []
  const plain = value.startsWith('/') ? value : `/${value}`
  if (!/\.(java|kt)$/.test(file)) return [{ value: plain, where }]
  const [head = ''] = (sources[file] ?? '').split(/\b(?:class|interface)\s/)
  const [, prefix = ''] = /@RequestMapping\(\s*(?:(?:value|path)\s*=\s*)?\{?\s*"([^"]*)"/.exec(head) ?? []
  if (head.includes(value) && prefix === value) return []
  const path = `${prefixOf(sources)}${prefix && `/${prefix.replace(/^\/|\/$/g, '')}`}${plain}`
  return [{ value: path.replace(/(.)\/$/, '$1'), where }]
}
// Spring puts it before the path of each page.
const prefixOf = (sources: Sources) =>
  springSetting(sources, 'server.servlet.context-path')?.value.replace(/\/$/, '') ?? ''
// Spring Security asks for a login on each page that no rule leaves open.
function isLocked(sources: Sources, path: string): boolean {
  const all = Object.values(sources)
  const [, first = ''] = path.split('/')
  const leaves = [`/${first}`, 'anyRequest().permitAll']
  const isOpen = (text: string) => text.includes('permitAll') && leaves.some((one) => text.includes(one))
  return all.some((text) => text.includes('spring-boot-starter-security')) && !all.some(isOpen)
}
const NO_GET = /\bmethods\s*[=:]\s*[[({](?![^\])}]*GET)/i
// The last argument of a call answers itself, whatever it is called.
const isGuarded = (line: string) =>
  /auth|login_required|jwt|guard|protect|admin/i.test(line.replace(/,\s*\w+\.\w+\s*\)\s*;?\s*$/, ''))
// Many write a path, and who is asked before, in lines of their own: those come after the name of the call.
const joinCalls = (text: string) =>
  text.replace(
    /\([ \t]*\n\s*["'`]\/[^"'`\n]*["'`](?:,\s*\n\s*[\w.]+(?=,|\s*\)))*,?/g,
    (call) => call.replace(/\s*\n\s*/g, ' ') + call.replace(/[^\n]/g, ''),
  )
