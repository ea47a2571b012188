import { Failure } from '../cli/failure.ts'
import type { Forced } from '../config/options.ts'
import { type ComposeModel, PROXY } from '../docker/compose-model.ts'

/** What the engine says of a path of a container: 0 changed, 1 added, 2 deleted. */
export type Change = { readonly Path: string; readonly Kind: number }

// Temporary files, caches, logs and what tells of processes; nobody misses these.
const PASSING = [
  /^\/(dev|proc|sys|run|tmp)\//,
  /^\/var\/(run|tmp|cache|log|lock|lib\/(dpkg|apt))\//,
  // What jobs of cron print comes as mail: Debian brings a server of mail with it.
  /^\/var\/(spool\/exim4\/|mail\/(root|mail|www-data)$)/,
  /(^|\/)(tmp|temp|\.?caches?|logs?|__pycache__|node_modules|\.npm|\.config|\.local|\.pki|\.next|debugbar|coverage|htmlcov|\.nyc_output|\.pytest_cache|sessions|framework\/views|tomcat\/work)\//,
  /\.(pyc|pid|sock|lock|swp|log)$|\/(package-lock|npm-shrinkwrap|pnpm-lock)\.(json|yaml)$|\/celerybeat-schedule[^/]*$/,
  /(^|\/)\.(\w+_history|wget-hsts|viminfo|lesshst|dockerenv)$/,
  // Programs and configuration: an entrypoint writes the latter anew each time.
  /^\/etc\/(?!letsencrypt\/)/,
  /^\/(usr\/)?(local\/)?s?bin\//,
  /^\/(usr\/)?(local\/)?(lib|lib32|lib64|include)\//,
  /^\/usr\/(local\/)?share\/(?!nginx\/)/,
]

/**
 * The paths that a container has written outside of its mounts, without those that nobody misses. A folder is not among
 * them where anything in it is.
 */
export function writtenPaths(changes: readonly Change[], mounts: readonly string[]): string[] {
  const written = changes.filter(({ Kind }) => Kind !== 2).map(({ Path }) => Path)
  const folders = new Set(changes.map(({ Path }) => Path.slice(0, Path.lastIndexOf('/'))))
  const isMounted = (path: string) => mounts.some((mount) => path === mount || path.startsWith(`${mount}/`))
  return written
    .filter((path) => !folders.has(path) && !isMounted(path) && !PASSING.some((pattern) => pattern.test(path)))
    .sort()
}

/** A file that a container has written: when, and how it begins. Times in milliseconds. */
export type Written = { readonly path: string; readonly modified: number; readonly head: string }
/** When a container was made, when it last started, and when it began to serve, where that is known. */
export type Times = { readonly created: number; readonly started: number; readonly served?: number | undefined }

/** How a database in a single file is called. */
export const DATABASE = /(?<!(?:^|\/)\.env[\w.-]*)\.(db|db3|sqlite|sqlite3|mdb|rdb|aof|ldb|realm)$/i
const STORE = /\/(uploads?|media|attachments|storage|letsencrypt)\//i
// SQLite, Redis, LMDB and dumps of PostgreSQL.
const MAGIC = /^(SQLite format 3\0|REDIS\d|PGDMP)/
// A program of Linux: what a start has compiled.
const PROGRAM = '\x7fELF'
// Folders and files by whose name people tell data, and what they send: no program needs them to start. YAML of such a name is mostly
// settings.
const KEPT =
  /\/(\.?(data|database|documents|backups?|exports)|pictures?|pics|photos?|fotos?|images?|imgs?|im[aá]gene?s|bilder|avatars?|galler(?:y|ies)|documentos|videos?|recordings|invoices)\/|\.(csv|tsv|jsonl|ndjson|xlsx?|ods|parquet|sql|dump)$|\/([\w-]+[_-])?(data|database|db|store|storage|users|accounts|posts|comments|messages|notes|tasks|todos|orders|products)\.(json|txt|dat|pkl)$/i
// Where a start that builds, migrates or collects puts what it makes of code, and such code and configuration themselves.
const BUILT = /\/(\w*static\w*|assets|bundles?|dist|build|target|obj|vendor|venv|migrations|\.(?!data\/)[\w-]+)\//i
const CODE = /\.(py|rb|php|[cm]?[jt]sx?|css|map|html?|xml|conf|cfg|ini|toml|env|lock)$/i
const MEDIA = /\.(png|jpe?g|gif|webp|svg|avif|bmp|ico|mp[34]|webm|ogg|wav|pdf|docx?|odt|zip|csv)$/i

/** Whether a file of an image is one that data begin with, and no code: by its name, or its folder's. */
export const isStored = (path: string): boolean =>
  !CODE.test(path) && [DATABASE, STORE, KEPT, MEDIA].some((pattern) => pattern.test(path))

// A first request compiles such files; a start writes others, such as its configuration, before it serves.
const COMPILED = /\.(py|rb|php|[cm]?[jt]sx?|css|map|html?|lock)$/i
// What an installer writes once somebody has answered it; a first request compiles no such file.
const CONFIGURED = /\/(configs?|conf|settings)\/[^/]+$|(config|settings)[\w.-]*\.(php|json|ya?ml|ini|py|js)$/i
// A start writes again what the one before has written. A request can follow it within seconds.
const START = 5000
const BUILD = 60_000
const startOf = (path: string): number => {
  if (BUILT.test(path)) return BUILD
  if (KEPT.test(path)) return 0
  return CODE.test(path) ? BUILD : START
}
// The engine cuts the time of a file to a second.
const CUT = 1000

/** Whether a file looks like data: a database, an upload, a table, or written later than a start writes such a file. */
export function looksLikeData({ path, modified, head }: Written, { created, started, served }: Times): boolean {
  // A build has folders that are called after the code of uploads.
  const isMade = BUILT.test(path) && CODE.test(path)
  if (DATABASE.test(path) || (STORE.test(path) && !isMade) || MAGIC.test(head)) return true
  const isProgram = head.startsWith(PROGRAM)
  const time = isProgram ? BUILD : startOf(path)
  const isCompiled = isProgram || BUILT.test(path) || (COMPILED.test(path) && !CONFIGURED.test(path))
  // A start ends when it serves, however long it takes: nobody has asked it for anything before, and what comes then is no start's.
  const endOf = (from: number) =>
    isCompiled || served === undefined || served < from ? from + time : time > 0 ? served - CUT : from
  const atStart = time > 0 && modified > started - CUT && modified < endOf(started)
  return modified >= endOf(created) && !atStart
}

/** What a service has written outside of its volumes, and what of that looks like data. */
export type Unsaved = {
  readonly service: string
  readonly container: string
  readonly written: readonly string[]
  readonly data: readonly string[]
  /** Where it has volumes without a name: these go with its container, too. */
  readonly nameless: readonly string[]
}

/** The mounts of a container without a name that are no caches. */
export const namelessData = (mounts: readonly string[]): string[] =>
  mounts.filter((mount) => !PASSING.some((pattern) => pattern.test(`${mount}/x`)))

/** Says what a service has written outside of its volumes: how many files, and the first of them. */
export const sayUnsaved = (service: string, paths: readonly string[]): string => {
  const more = paths.length > 3 ? `, and ${paths.length - 3} more` : ''
  const count = `${paths.length} ${paths.length === 1 ? 'file' : 'files'}`
  return `${service} has written ${count} outside of its volumes: ${paths.slice(0, 3).join(', ')}${more}`
}

/** Throws a Failure that names the data which would go with the containers of a release, by `target`. FORCE=unsaved-files skips it. */
export function requireSaved(unsaved: readonly Unsaved[], forced: Forced, target: 'deploy' | 'down' = 'deploy'): void {
  const [first, ...rest] = unsaved.filter(({ data }) => data.length > 0)
  if (first === undefined || forced.has('unsaved-files')) return
  const said = [first, ...rest].map(({ service, data }) => sayUnsaved(service, data)).join('; ')
  const all = [first, ...rest].flatMap(({ container, data }) => data.map((path) => `${container}:${path}`))
  throw new Failure(target === 'down' ? `make down would lose data: ${said}` : `this deploy would lose data: ${said}`, {
    next: `docker cp ${first.container}:${first.data[0]} .   (then let ${first.service} write to a volume: docs/guides/databases.md#data-outside-of-volumes); to lose them: make ${target} FORCE=unsaved-files`,
    // The message names the first three.
    ...(all.length > 3 ? { detail: all.slice(0, MOST_SHOWN).join('\n') } : {}),
  })
}
const MOST_SHOWN = 50

/**
 * Throws a Failure where a release mounts a volume that it has `made`, and that is empty, over one without a name. Compose hands
 * the latter on to the next container, but not then; nor would a rollback bring it back, for Compose hands the new volume on.
 * That loses nothing: it is how the version before goes on with what was written. FORCE=unsaved-files skips it.
 */
export function requireHandedOn(
  unsaved: readonly Unsaved[],
  { name, services, volumes }: ComposeModel,
  made: readonly string[],
  forced: Forced,
): void {
  const left = unsaved.flatMap(({ service, nameless }) =>
    (services[service]?.volumes ?? []).flatMap(({ type, source = '', target }) => {
      const [path, volume] = [target.replace(/(.)\/+$/, '$1'), volumes?.[source]?.name ?? `${name}_${source}`]
      const isLeft = type === 'volume' && made.includes(volume) && nameless.includes(path)
      return isLeft ? `${service} keeps ${path} in a volume without a name, and ${volume} there would be empty` : []
    }),
  )
  if (left.length === 0 || forced.has('unsaved-files')) return
  throw new Failure(`this deploy would leave data behind: ${left.join('; ')}`, {
    next: 'copy them first: docs/guides/databases.md#data-outside-of-volumes; to begin without them: make deploy FORCE=unsaved-files',
  })
}

// Sockets, devices and the host's own settings hold no data.
const NO_DATA = /\.sock$|^\/(dev|proc|sys|run|var\/run)(\/|$)|^\/etc\/(localtime|timezone|hosts|resolv\.conf|ssl\/)/

/** The folders of the host to which services may write, as `service: folder`, unless `x-snapshot: false` says that nobody minds. */
export const writableBinds = ({ services }: ComposeModel): string[] =>
  Object.entries(services).flatMap(([service, { volumes = [], 'x-snapshot': offer }]) => {
    if (service === PROXY || offer === false) return []
    const binds = volumes.filter(
      ({ type, source = '', read_only }) => type === 'bind' && !read_only && !NO_DATA.test(source),
    )
    return binds.map(({ source }) => `${service}: ${source}`)
  })
