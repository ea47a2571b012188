import { existsSync, globSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { parse as parseEnv } from 'dotenv'
import { Failure } from '../../cli/failure.ts'
import { variable } from '../../cli/io/environment.ts'
import { tryExec } from '../../cli/io/exec.ts'
import { isAtHome } from '../../cli/io/places.ts'
import { isPlainFile, readPlainFile } from '../../cli/io/plain-file.ts'
import { isOpen } from '../../cli/io/secret-file.ts'
import type { Config } from '../../config/io/read.ts'
import { DEFAULT_PROJECT, OWN_SETTINGS, SAMPLE } from '../../config/settings.ts'
import { readLock } from '../../image/io/images.ts'
import { withoutMark } from '../../image/proposed.ts'
import { filesIn } from '../app-code.ts'
import { PLACEHOLDERS } from '../build.ts'
import { withoutUnchanged } from '../env-lines.ts'
import { isOwnFile, OWN_COMPOSE } from '../names.ts'
import { askedIn } from '../own.ts'
import { nameOf } from '../plan.ts'
import { isWithin, mountsOf, type Project, type SourceTree } from '../source-tree.ts'
import { findAlone, findLive, findRan, readProject } from './compose.ts'
import { theirVariables } from './env-file.ts'
import { readBuilt, readImages } from './images.ts'

const SKIPPED =
  /(^|\/)(node_modules|\.git|\.dartagnan|\.?venv|__pycache__|vendor|site-packages|dist|build|target|coverage)(\/|$)/
// Sources, and what configures servers: that often has no extension at all.
const READ =
  /(\.(py|js|mjs|cjs|ts|jsx|tsx|go|rb|php|java|kt|scala|rs|cs|ex|exs|pl|conf|cfg|cnf|key|pem|template|tmpl|sql|toml|gradle|sh)|^(Dockerfile|Containerfile)\..+|\.([Dd]ockerfile|dockerignore)|^(requirements.*\.txt|(package|composer)\.json|go\.mod|pom\.xml|Caddyfile|Procfile|manage\.py)|^nginx[\w.-]*|^(application[\w-]*|bootstrap)\.(ya?ml|properties)|^appsettings[\w.]*\.json|^(services|vich_uploader|storage|database)\.ya?ml|^\.gitmodules|^\.gitignore|^\.htaccess|^\.?env[\w.-]*[._-]?(example|sample|template|tpl|base|dist|default)s?|^[A-Za-z][\w-]*)$/
// Some keep in a folder of such a name what builds and runs the application, and git keeps that.
const BUILT = /(^|\/)(build|dist|target)(?=\/)/g
const RUNS = /compose[\w.-]*\.ya?ml$|(^|\.)(Docker|Container)file(\.|$)|\.(conf|sh|sql|dockerignore)$|^\.env/i
const CONFIGURED = /^\/(etc|usr\/local)\/\w*(nginx|openresty|caddy|apache|httpd|haproxy)/
const SITES = /(^|\/)sites-(available|enabled)\//
const [MOST_FILES, MOST_BYTES, MOST_TRACKED] = [2000, 200_000, 20_000]

/** Reads the folder APP_DIR. Neither changes it nor runs its code. Throws a Failure if it cannot become a release. */
export async function observe(config: Config): Promise<SourceTree> {
  // What the user has said once need not be said again.
  const before = askedIn(readPlainFile(OWN_SETTINGS) ?? '')
  const asked = (name: string) => variable(name) || before[name]
  const dir = (isAtHome() ? config.APP_DIR : (asked('APP_DIR') ?? '.')).replace(/\/+$/, '')
  const refuse = (problem: string, first: string) =>
    new Failure(problem, { next: `${first}, then: make adopt APP_DIR=…` })
  const said = `APP_DIR=${JSON.stringify(dir)}`
  if (!existsSync(dir) || !statSync(dir).isDirectory())
    throw refuse(`${said} is not a folder of this checkout`, 'copy or clone the application into the checkout')
  if (dir === SAMPLE)
    throw refuse(
      `${SAMPLE} is the toolkit's sample, which already is a release (compose/app.yaml)`,
      'name another folder',
    )
  if (!/^[\w./-]+$/.test(dir))
    throw refuse(`${said} must contain only letters, digits, /, ., _ and -`, 'rename the folder')
  const isTheirs = (path: string) => !isOwnFile(basename(path), () => (isPlainFile(path) && readPlainFile(path)) || '')
  const tracked = (await listTracked()).filter(isTheirs)
  const filesBy = (pattern: string) =>
    globSync(pattern, { cwd: dir, withFileTypes: true, exclude: (entry) => SKIPPED.test(entry.name) }).flatMap(
      (entry) => (entry.isDirectory() ? [] : relative(dir, join(entry.parentPath, entry.name))),
    )
  const below = filesBy('**')
  // Files whose names begin with a dot are among those of git alone.
  const kept = filesIn(tracked, dir)
  const runs = kept.filter((file) => RUNS.test(basename(file)) && !SKIPPED.test(file.replaceAll(BUILT, '')))
  const likely = [...new Set([...below, ...kept.filter((file) => !SKIPPED.test(file)), ...runs])]
    .filter((file) => existsSync(join(dir, file)) && isTheirs(join(dir, file)))
    // Where there are too many, those near the top say more.
    .toSorted((one, other) => one.split('/').length - other.split('/').length)
    .slice(0, MOST_FILES)
  const compose = await readProject(dir, likely)
  const mounts = compose ? mountsOf(compose) : []
  // The configuration of a server may have any name.
  const placed = mounts.flatMap(({ source = '', target }) =>
    CONFIGURED.test(target) ? relative(resolve(dir), source) : [],
  )
  // What the Compose file names is source, whatever it is called: some keep Dockerfiles in a folder called build.
  const builds = Object.values(compose?.services ?? {}).flatMap(({ build }) =>
    build ? relative(resolve(dir), resolve(build.context, build.dockerfile ?? 'Dockerfile')) : [],
  )
  const named = [...builds, ...builds.map((file) => `${file}.dockerignore`), ...placed].filter(
    (file) => !file.startsWith('..') && isPlainFile(join(dir, file)),
  )
  const files = [...new Set([...likely, ...named])]
  const isSmall = (file: string) => isPlainFile(join(dir, file)) && statSync(join(dir, file)).size < MOST_BYTES
  const isRead = (file: string) =>
    READ.test(basename(file)) || SITES.test(file) || [...named, ...placed].some((path) => isWithin(file, path))
  const read = files.filter((file) => isRead(file) && isSmall(file))
  const sources = Object.fromEntries(read.map((file) => [file, withoutMark(readFileSync(join(dir, file), 'utf8'))]))
  const sourcesOf = mounts.flatMap(({ type, source }) => (type === 'bind' && source ? [source] : []))
  const configs = Object.values(compose?.configs ?? {}).flatMap(({ file }) => file ?? [])
  const lock = readLock()
  const up = await tryExec(['git', 'rev-parse', '--show-cdup'], { quiet: true })
  const env = parseEnv(withoutUnchanged(readPlainFile('.env') ?? ''))
  const composeFile = isAtHome() ? `compose/${nameOf(dir)}.yaml` : OWN_COMPOSE
  const service = /^# SERVICE=(\S+)$/m.exec(readPlainFile(composeFile) ?? '')?.[1]
  return {
    ...{ dir, root: process.cwd(), top: resolve(up.stdout.trim()), composeFile, tracked, sources, lock, compose },
    links: await listLinks(),
    files: existsSync(join(dir, '.git')) ? [...files, '.git'] : files,
    envFiles: filesBy('**/.env*').filter((file) => isPlainFile(join(dir, file))),
    envValues: Object.fromEntries(filesBy('**/.env').map((file) => [file, theirVariables(join(dir, file))])),
    images: await readImages({ compose, sources, lock }),
    built: await readBuilt(config.IMAGE_REPOSITORY, compose),
    binds: Object.fromEntries([...sourcesOf, ...configs].map((path) => [path, kindOf(path)])),
    bare: sourcesOf.filter(isBare),
    open: openIn([...sourcesOf, ...builtOf(compose)].filter((path) => isWithin(path, process.cwd()))),
    uncommitted: await listUncommitted(sourcesOf.filter((path) => isWithin(path, process.cwd()))),
    secretFiles: await readSecretFiles(compose),
    ran: await findRan(compose),
    live: await findLive(compose),
    alone: await findAlone(compose),
    given: env,
    service: config.options.service ?? service,
    port: Number(asked('APP_PORT') ?? (isAtHome() && env['APP_PORT'])) || undefined,
    project: !isAtHome() ? asked('PROJECT') : config.PROJECT === DEFAULT_PROJECT ? undefined : config.PROJECT,
  }
}

// Before a first commit, what would be committed.
async function listTracked(): Promise<string[]> {
  const list = async (...more: string[]) =>
    (await tryExec(['git', 'ls-files', '-z', ...more], { quiet: true })).stdout.split('\0').filter(Boolean)
  const tracked = await list()
  const all = tracked.length > 0 ? tracked : await list('--others', '--exclude-standard')
  // Some let git keep their packages as well, which are more than all else.
  return [false, true]
    .flatMap((isSkipped) => all.filter((file) => SKIPPED.test(file) === isSkipped))
    .slice(0, MOST_TRACKED)
}

async function listLinks(): Promise<string[]> {
  const { stdout } = await tryExec(['git', 'ls-files', '-z', '--stage'], { quiet: true })
  return stdout.split('\0').flatMap((entry) => (entry.startsWith('160000 ') ? entry.replace(/^.*?\t/s, '') : []))
}

// Those folders of which `git add` would take files.
async function listUncommitted(folders: readonly string[]): Promise<string[]> {
  if (folders.length === 0) return []
  const argv = [
    'git',
    'ls-files',
    '-z',
    '--others',
    '--exclude-standard',
    '--directory',
    '--no-empty-directory',
    '--',
    ...folders,
  ] as const
  const files = (await tryExec(argv, { quiet: true })).stdout
    .split('\0')
    .filter(Boolean)
    .map((file) => resolve(file))
  return folders.filter((folder) => files.some((file) => isWithin(file, folder) || isWithin(folder, file)))
}

async function readSecretFiles({ secrets = {} }: Partial<Project> = {}): Promise<SourceTree['secretFiles']> {
  const files = Object.values(secrets).flatMap(({ file }) => (file && existsSync(file) ? [file] : []))
  const states = files.map(async (file) => {
    const open = isOpen([file, dirname(file)].map((path) => statSync(path).mode))
    const ignored = await tryExec(['git', 'check-ignore', '--quiet', '--', file], { quiet: true })
    return [file, { open, inGit: ignored.exitCode === 1 }] as const
  })
  return Object.fromEntries(await Promise.all(states))
}

// One that cannot be read has files of another user.
function isBare(path: string): boolean {
  try {
    const all = readdirSync(path, { withFileTypes: true })
    return all.every((one) => (one.isDirectory() ? isBare(join(path, one.name)) : PLACEHOLDERS.test(one.name)))
  } catch {
    return false
  }
}

const builtOf = (compose: Project | undefined) =>
  Object.values(compose?.services ?? {}).flatMap(({ build }) => (build ? [build.context] : []))

// Where all of a checkout is open, as on some file systems of Windows, that says nothing.
function openIn(paths: readonly string[]): SourceTree['open'] {
  const isOpenTo = (path: string) => existsSync(path) && (statSync(path).mode & 0o002) !== 0
  if (isOpenTo('.')) return {}
  const tops = paths.filter((path) => kindOf(path) === 'folder')
  const outer = new Set(tops.filter((path) => !tops.some((one) => one !== path && isWithin(path, one))))
  const below = (top: string) =>
    globSync('**', { cwd: top, withFileTypes: true, exclude: ({ name }) => SKIPPED.test(name) }).flatMap((entry) =>
      entry.isSymbolicLink() ? [] : join(entry.parentPath, entry.name),
    )
  const open = [...outer].flatMap((top) => [top, ...below(top)]).filter(isOpenTo)
  return Object.fromEntries(open.map((path) => [path, statSync(path).isDirectory() ? 'folder' : 'file']))
}

function kindOf(path: string): 'file' | 'folder' | 'missing' {
  if (!existsSync(path)) return 'missing'
  return statSync(path).isDirectory() ? 'folder' : 'file'
}
