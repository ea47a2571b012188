import { posix } from 'node:path'
import { placesOf } from '../image/copied-places.ts'
import type { DockerfileFacts } from '../image/dockerfile.ts'
import { withoutTools } from './by-hand.ts'
import { isTemporary } from './constants.ts'
import { withDotnetFolders } from './dotnet-sent.ts'
import { type Confidence, onceBy } from './finding.ts'
import { fileOf, type Guess, linesOf, type Sources, up } from './guess.ts'
import { isCopied } from './made-of.ts'
import { movedFolders } from './php-sent.ts'
import { placedBy, sentFolders } from './sent-paths.ts'
import { isWithin, type Service } from './source-tree.ts'

/** What tells where a program keeps data: its sources and files, how its image is built, and how it starts. */
export type Program = {
  readonly sources: Sources
  readonly files: readonly string[]
  readonly facts: DockerfileFacts | undefined
  readonly workdir: string
  readonly command: readonly string[]
}

/** A folder of uploads: a framework keeps them there (`likely`), or a line of the code says so (`guess`). */
export type Upload = Guess<string> & { readonly confidence: Confidence }

/** Finds the folders, in the container, in which an application keeps what its users send, as its framework or its code names them. */
export function findUploads({ sources, files, facts, workdir, command }: Program): Upload[] {
  const isLaravel = files.some((file) => posix.basename(file) === 'artisan')
  const known = [
    ...djangoFolders(sources),
    ...(isLaravel ? beside(files, 'bootstrap/app.php', 'storage/app') : []),
    ...beside(files, 'config/storage.yml', 'storage'),
    ...drupalFolders(sources),
    ...beside(files, 'wp-settings.php', 'wp-content/uploads'),
  ]
  const named = [
    ...known.map((one): Upload => ({ ...one, confidence: 'likely' })),
    ...[
      ...namedFolders(withDotnetFolders(sources)),
      ...movedFolders(sources),
      ...sentFolders(withoutTools(sources, command), homeOf(facts)),
    ].map((one): Upload => ({ ...one, confidence: 'guess' })),
  ].filter((one) => isCopied(facts, fileOf(one)))
  const placeOf = ({ value, where }: Upload) =>
    /^\.?\//.test(value)
      ? posix.resolve(workdir, value)
      : value.startsWith('../')
        ? posix.join((facts && topsOf(facts, fileOf({ where }))[0]) ?? workdir, value)
        : ((facts && placeBeside(facts, value, fileOf({ where }))) ?? posix.join(workdir, value))
  const real = [...named, ...wordpressFolders(files, facts)]
    .map((one) => ({ ...one, value: placeOf(one) }))
    .filter(({ value }) => !value.includes('$') && !isWithin(workdir.replace(/(.)\/$/, '$1'), value))
  const isInner = (path: string) => real.some(({ value }) => value !== path && isWithin(path, value))
  return onceBy(real, ({ value }) => value).filter(({ value }) => !isInner(value))
}

const homeOf = (facts: DockerfileFacts | undefined) => {
  const { user = '' } = facts?.target ?? {}
  return /^(root|0)?(:|$)/.test(user) ? '/root' : /^[a-z]\w*$/.test(user) ? `/home/${user}` : undefined
}

// Of several copies of a folder, the program uses the one that lies beside its code as in the repository.
function placeBeside(facts: DockerfileFacts, folder: string, file: string): string | undefined {
  const all = placesFor(facts, folder)
  return all.find((place) => topsOf(facts, file).some((top) => place === top + folder)) ?? all[0]
}
const placesFor = (facts: DockerfileFacts, path: string) => (facts.target ? placesOf(facts, facts.target, path) : [])
// What has the place of the repository around a file of it.
const topsOf = (facts: DockerfileFacts, file: string) =>
  placesFor(facts, file).flatMap((place) => (place.endsWith(`/${file}`) ? place.slice(0, -file.length) : []))

/** What a Dockerfile says, with what a service mounts over the image: that becomes a part of it. */
export function withMounts(facts: DockerfileFacts, { volumes = [] }: Service, context: string): DockerfileFacts {
  const mounted = volumes.flatMap(({ type, source = '', target: to }) =>
    type === 'bind' && isWithin(source, context)
      ? { from: '', sources: [posix.relative(context, source) || '.'], to }
      : [],
  )
  const target = facts.target && { ...facts.target, copies: [...mounted, ...facts.target.copies] }
  return { ...facts, target, stages: target ? [...facts.stages, target] : facts.stages }
}

// MEDIA_ROOT, relative to the folders that the settings compute from their own path; without it, where the server starts.
function djangoFolders(sources: Sources): Guess<string>[] {
  const lines = linesOf(sources)
  if (!lines.some(({ value }) => /^\s*MEDIA_ROOT\b/.test(value)))
    return lines.flatMap(({ value, where }) => {
      const [, folder] = /(?:File|Image)Field\(.*\bupload_to\s*=\s*["']([\w-]+)/.exec(value) ?? []
      return folder ? [{ value: posix.join(folderNamed(sources, '', ''), folder), where }] : []
    })
  // Settings for production have the last word.
  const production = lines.filter(
    (one) => OF_PRODUCTION.test(fileOf(one)) && /^\s*MEDIA_ROOT\s*=.*["'][/a-z]/.test(one.value),
  )
  return (production.length > 0 ? production : lines).flatMap(({ value, where }) => {
    const [, said = ''] = /^\s*MEDIA_ROOT\s*=\s*(.+)$/.exec(value) ?? []
    const parts = wordsIn(said).filter((one) => !/^[A-Z_]+$/.test(one))
    if (parts.length === 0) return []
    const [base = ''] = /\b[A-Z][A-Z_]{3,}\b(?!["'])/.exec(said) ?? []
    const above = parts[0]?.startsWith('/') ? '' : folderNamed(sources, base, fileOf({ where }))
    return [{ value: posix.join(above, ...parts).replace(/(.)\/$/, '$1'), where }]
  })
}
const OF_PRODUCTION = /(^|[/_.-])prod(uction)?[/_.-]/
/** The texts in quotes of a line that can be parts of a path. */
export const wordsIn = (line: string): string[] =>
  [...line.matchAll(/["'`]([\w./-]+)["'`]/g)].map(([, word = '']) => word)

function folderNamed(sources: Sources, name: string, file: string, depth = 0): string {
  const said = name === '' ? undefined : new RegExp(`^${name}\\b[^=\\n]*=\\s*(.+)$`, 'm').exec(sources[file] ?? '')?.[1]
  const [, minus] = /__file__\)*\s*-\s*(\d)/.exec(said ?? '') ?? []
  const [, parents] = /\.parents\[(\d)\]/.exec(said ?? '') ?? []
  const ups = [...(said ?? '').matchAll(/dirname\(|\.parent\b|\bpardir\b|["']\.\.["']/g)].length
  if (said?.includes('__file__')) return up(file, Number(minus ?? (parents === undefined ? ups : Number(parents) + 1)))
  const [base] = /\b[A-Z][A-Z_]{3,}\b/.exec(said ?? '') ?? []
  if (base && depth < 5) return up(folderNamed(sources, base, file, depth + 1), ups)
  return posix.dirname(Object.keys(sources).find((one) => posix.basename(one) === 'manage.py') ?? '.')
}

// Drupal's, below the web root that Composer is told.
const drupalFolders = (sources: Sources): Guess<string>[] =>
  Object.entries(sources).flatMap(([file, text]) => {
    const [, root, core] = (posix.basename(file) === 'composer.json' && WEB_ROOT.exec(text)) || []
    const top = root ?? core
    return top === undefined ? [] : [{ value: posix.join(up(file, 1), top, 'sites/default/files'), where: file }]
  })
const WEB_ROOT = /"web-root"\s*:\s*"([\w./-]+)"|"([\w./-]*)core"\s*:\s*\[\s*"(?:type:drupal-core|drupal\/core)"/

/** The image in which WordPress lies, whatever a Dockerfile adds to it. */
export const WORDPRESS = /^(docker\.io\/)?(library\/)?wordpress(:(?!cli)|@|$)/
const wordpressFolders = (files: readonly string[], facts: Program['facts']): Upload[] => {
  const where = files.find((file) => /(^|\/)wp-content\//.test(file)) ?? 'Dockerfile'
  const value = '/var/www/html/wp-content/uploads'
  return WORDPRESS.test(facts?.target?.image ?? '') ? [{ value, where, confidence: 'likely' }] : []
}

// The folder beside a file that tells of a framework.
const beside = (files: readonly string[], telling: string, folder: string) =>
  files.flatMap((file) =>
    file === telling || file.endsWith(`/${telling}`)
      ? [{ value: posix.join(file.slice(0, -telling.length), folder), where: file }]
      : [],
  )

// A folder that the code itself calls so: the other words of the line tell it from the path of a page.
const NAMED = [
  /\b(?:UPLOAD|MEDIA)\w*_(?:FOLDER|DIR|DIRECTORY|PATH|DEST)\b["'\]]*\s*[:=](?!=)[^"'`]*(?:["'`][A-Z_]+["'`]\s*,\s*)?["'`]((?!~|https?:)[\w./-]+)["'`]/,
  /\bdest(?:ination)?\s*:\s*["'`]((?!https?:)[\w./-]*uploads?[\w./-]*)["'`]/i,
  /\bcb\(\s*null\s*,\s*["'`]([\w./-]*uploads?[\w./-]*)["'`]/i,
  /["'`]file:((?:\.?\/)?[\w./-]*uploads?[\w./-]*)["'`]/i,
  // CodeIgniter's.
  /\bupload_path["'\]]*\s*=>?\s*["']((?!https?:)[\w./-]+)["']/,
]
// Symfony's, VichUploader's and EasyAdmin's, which count from the folder of composer.json.
const OF_SYMFONY = [
  /%kernel\.project_dir%\/((?:[\w-]+\/)*(?:uploads?|media)[\w/-]*)/,
  /\bupload_destination\b.*%kernel\.project_dir%\/([\w./-]+)/,
  /\w_directory\b.*%kernel\.project_dir%\/(public\/(?!build\b|bundles\b|assets\b)[\w./-]+)/,
  /\bsetUploadDir\(\s*["']\/?([\w./-]+)["']/,
]
// path.join(__dirname, "public", "uploads"), and what other languages have for it.
const JOINED = /\b(?:join|Combine|resolve|Paths\.get|Path\.of)\(([^()]*)\)/

const namedFolders = (sources: Sources): Guess<string>[] =>
  linesOf(sources).flatMap(({ value, where }) => {
    const ofSymfony = OF_SYMFONY.map((pattern) => pattern.exec(value)?.[1]).find(Boolean)
    if (!ofSymfony && !/upload|media/i.test(value)) return []
    const line = value.replaceAll(/\b(?:process\.cwd|os\.getcwd)\(\)/g, 'CWD')
    const parts = wordsIn(JOINED.exec(line)?.[1] ?? '')
    const isBelow = /\b(?:CWD|__dirname)\b/.test(line)
    const whole = /(^|\/)uploads?\/?$/i.test(parts.at(-1) ?? '') ? posix.join(...parts) : undefined
    const joined = isBelow ? whole?.replace(/^\//, '') : whole
    const said = ofSymfony ?? NAMED.map((pattern) => pattern.exec(value)?.[1]).find(Boolean) ?? joined
    const [, base = ''] = /\bjoin\(\s*(?!CWD)(\w+)\s*,/.exec(line) ?? []
    const file = fileOf({ where })
    // What Python divides begins with the folder before it.
    const [, divided] = /=\s*([A-Za-z_][\w.]*\s*\/\s*["'].*)/.exec(file.endsWith('.py') ? line : '') ?? []
    if (said && divided) return placedBy(sources, { value: `${divided} /`, where })
    if (isTemporary(sources[file] ?? '', base)) return []
    // In Python, dirname(dirname(__file__)) is one folder further up.
    const inside = ofSymfony
      ? composedIn(sources, posix.dirname(file))
      : /root_path|__file__|__dirname/.test(value)
        ? up(file, Math.max(value.split('dirname(').length - 1, 1))
        : base
          ? folderNamed(sources, base, file)
          : ''
    const found = said?.startsWith('/') || said === undefined ? said : posix.join(inside, said)
    const folder = posix.normalize(found ?? '.').replace(/(.)\/$/, '$1')
    const isFromStart = inside === '' && !folder.startsWith('/') && FROM_START.test(file)
    // An image has what lies above its code, too.
    if (/^[./]+$/.test(folder) || (folder.startsWith('..') && inside === '' && !isFromStart)) return []
    return [{ value: isFromStart ? `./${folder}` : folder, where }]
  })
// The nearest folder around another one that has a composer.json.
const composedIn = (sources: Sources, folder: string): string =>
  folder === '.' || posix.join(folder, 'composer.json') in sources ? folder : composedIn(sources, posix.dirname(folder))

// Programs of these count a path from the folder in which they start.
const FROM_START = /\.([cm]?[jt]s|py|go|java|kt|cs|rs|properties)$/
