import { posix } from 'node:path'
import { placeIn } from '../image/copied-places.ts'
import { withoutTools } from './by-hand.ts'
import { TEMPORARY } from './constants.ts'
import { onceBy } from './finding.ts'
import { fileOf, findAll, type Guess, keepFiles, lineAt, linesOf, type Sources, up } from './guess.ts'
import { OWN } from './lacked.ts'
import { isCopied } from './made-of.ts'
import { isScratch, LISTS, mapValues } from './source-tree.ts'
import { type Program, wordsIn } from './uploads.ts'
import { READS } from './values.ts'

/** A variable that can move the application's data away from its code, and the value that does so. */
export type DataPath = {
  readonly variable: string
  readonly value: string
  readonly where: string
  /** The folder that the code takes without it, as it is written there. */
  readonly usual?: string | undefined
}

/** The folder in the container that these variables then point to. */
export const DATA_FOLDER = '/data'

const ABOUT_DATA = /(DATA|DATABASE|DB|SQLITE|UPLOAD|UPLOADS|STORAGE|STORE|MEDIA)_?(DIR|PATH|FILE|FOLDER|ROOT)$/i
const FILE = /(?:^|[/"'`\s])([\w-]+\.(?:db|sqlite3?))(?=$|["'`\s)])/

/** Finds the variables whose default path lies beside the code, where no volume has the data. */
export function guessDataPaths(sources: Sources): DataPath[] {
  const found = linesOf(sources).flatMap(({ where, value: line }) => {
    const [, variable = '', rest = ''] = READS.exec(line) ?? []
    if (variable === '') return []
    const file = /sqlite:\/\/\/(?!\/)/.test(rest) && (FILE.exec(rest)?.[1] ?? 'data.db')
    const moved = file ? { value: `sqlite:///${DATA_FOLDER}/${file}` } : pathOf(variable, rest)
    return moved === undefined ? [] : [{ variable, where, ...moved }]
  })
  return onceBy(found, ({ variable }) => variable)
}

function pathOf(variable: string, rest: string): { value: string; usual?: string } | undefined {
  const [, given] =
    /^["')\]]*\s*(?:\|\||\?\?|\bor\b|,)\s*(?:[\w.]*join\([^"'`]*)?["'`]((?![/~])[\w./-]+)["'`]/.exec(rest) ?? []
  if (given === undefined || !(ABOUT_DATA.test(variable) || FILE.test(given))) return undefined
  return posix.extname(given) === ''
    ? { value: DATA_FOLDER, usual: given }
    : { value: `${DATA_FOLDER}/${posix.basename(given)}` }
}

// A path in parts, as one.
const joined = (text: string) =>
  text
    .replace(/\b(?:join|resolve)\(.*/g, (call) => call.replace(/(?<=\w)["'`]\s*,\s*["'`](?=\w)/g, '/'))
    .replace(/(?<=\w)(["'])\s*\/\s*\1(?=\w)/g, '/')

/** Finds folders that the code writes data to, and data files `beside` the code: a volume there would hide the code. */
export function guessData({ sources, facts, workdir }: Pick<Program, 'sources' | 'facts' | 'workdir'>): {
  folders: Guess<string>[]
  beside: Guess<string>[]
} {
  // Flask's folder for data, unless the application names the one in which it starts.
  const isFlat = Object.values(sources).some((text) => FLAT.test(text))
  const [instance] = isFlat ? [] : findAll(sources, [/(instance_path|instance_relative_config\s*=\s*True)/])
  const kept = Object.values(sources).some((text) => /sqlite|upload/i.test(text))
  // Composer runs its scripts where the program is made, and not where it serves.
  const programs = keepFiles(sources, (file) => !/(\.sql|(^|\/)composer\.json)$/.test(file))
  const code = mapValues(programs, (text) => joined(text.replace(APPS, (all) => all.replace(/[^\n]+/g, ''))))
  const isPython = (file: string) => /\.(py|ini|cfg)$/.test(file)
  // Python's addresses have a fourth slash before an absolute path; elsewhere the third one begins it.
  const others = keepFiles(code, (file) => !isPython(file))
  const rooted = findAll(others, [/sqlite:\/\/(\/(?!tmp\/)[\w./-]+)\/[\w.-]+/])
  const absolute = findAll(code, [
    /sqlite(?:\+\w+)?:\/\/\/(\/[\w./-]+)\/[\w.-]+/,
    /["'`](?:sqlite:(?!\/\/))?(\/(?!tmp\/|usr\/|etc\/|proc\/|dev\/)[\w./-]+)\/[\w.-]+\.(?:db|sqlite3?)["'`]/,
  ])
  const isBound = !isFlat && hasInstance(sources)
  const relative = findAll(keepFiles(code, isPython), [/sqlite(?:\+\w+)?:\/\/\/([\w.][\w./-]*)/]).map((one) => {
    const isOwn = fileOf(one).endsWith('.py') && !/\bcreate_engine\(/.test(lineAt(code, one))
    return isBound && isOwn ? { ...one, value: posix.join('instance', one.value) } : one
  })
  const beside = findAll(code, [
    /\bData Source=((?:\.\/)?[\w-][\w./-]*\.(?:db|sqlite3?))/i,
    /(?<!\b(?:require|import)\s?\(?)["'`](?:sqlite:)?(?:\.\.\/)*((?:\.\/)?(?:[\w-]+\/)*(?![Tt]humbs|cert\d|key\d)[\w-]+\.(?:db|sqlite3?))["'`]/,
  ]).map((one) => {
    const line = lineAt(code, one)
    const ups = '../'.repeat(line.match(/\.\.(?=["'`/])/g)?.length ?? 0)
    return { ...one, value: placeBeside(facts, line, fileOf(one), ups + one.value) ?? one.value }
  })
  const path = `${workdir.replace(/\/$/, '')}/instance`
  const own = instance && kept ? [{ value: path, where: instance.where }] : []
  const folders = onceBy([...own, ...absolute, ...rooted], ({ value }) => value)
  return { folders, beside: own.length > 0 ? [] : [...relative, ...beside].slice(0, 3) }
}

// The applications of Django, one of which may be called as a file is.
const APPS = /\b\w*APPS\s*(?::[^=\n]*)?\+?=\s*[[(][^\])]*[\])]/g

// From version 3 on, Flask-SQLAlchemy counts a path of SQLite from the folder `instance` beside the code.
const hasInstance = (sources: Sources) =>
  Object.values(sources).some((text) => /\bflask_sqlalchemy\b/.test(text)) &&
  !Object.values(sources).some((text) => OLD_FLASK.test(text))
const OLD_FLASK = /\bflask[-_.]sqlalchemy\b[^\n#]*?(?:(?:==|~=|<=|\^|=\s*["']~?)\s*[012]\b|<\s*3\b)/i
const FLAT = /\bFlask\([^#]*?\binstance_path\s*=\s*(?:os\.getcwd|Path\.cwd|pathlib\.Path\.cwd)\(/

/** How a folder is called that holds data and nothing else. */
export const STORE = /(^|\/)(instance|data|db|database|storage|store|uploads?)$/i
const ANY_NAME = /^(?!.*\.(db|sqlite3?)$)[\w.-]+$/
// Calls that write a file, or keep a store in one, and how such a file is called. Their first argument is the path, or its name.
const CALLS: readonly (readonly [RegExp, RegExp])[] = [
  [
    /\b(?:(?:write|append)File(?:Sync)?|WriteFile|os\.Create|os\.OpenFile(?=\(.*\bO_CREATE\b)|file_put_contents|createWriteStream|(?:write|output)J(?:son|SON)(?:Sync)?|JSONFile\w*|FileSync)(?:<.*?>)?\(\s*(.+)/,
    /^(?!(?:package|tsconfig|manifest|openapi|swagger|schema|api[-_]?docs?\w*)\b|(?:[\w-]*[_-])?logs?\.)[\w-]+\.(json|jsonl|ndjson|csv|txt|xml|ya?ml|dat)$/i,
  ],
  [/\bopen\(\s*(.+?),\s*(?:mode\s*=\s*)?["'][wax]/, /^[\w-]+\.(json|jsonl|csv|txt|xml|ya?ml|dat|pkl|pickle)$/i],
  // A usual name of a database is known without such a call.
  [/(?:\bsqlite3?\w*\.(?:Database|connect)\(|\bbackends\.sqlite3["'],\s*["']NAME["']:)\s*(.+)/i, ANY_NAME],
]
// By its name, a folder that is there for a while.
const FOR_A_WHILE = /^\W*(?:\w+(?:\.\w+)*\()?te?mp\w*\s*[,/]/i
const JOINS = /\b(?:join|resolve)\(|__dirname|__file__/

/** Finds the files in which the code keeps something and that no name tells of, by their paths in the container. */
export function guessWrites({ sources, facts, workdir, command }: Program): Guess<string>[] {
  const own = withoutTools(
    keepFiles(sources, (file) => !OWN.test(file) && isCopied(facts, file)),
    command,
  )
  const lines = linesOf(own)
  const said = CALLS.flatMap(([call, named]) =>
    lines.flatMap(({ value: line, where }) => {
      const [, value] = call.exec(line) ?? []
      if (value === undefined) return []
      const file = fileOf({ where })
      const [, name] = /^\$?([A-Za-z_]\w*)\s*(?:[,)]|$)/.exec(value) ?? []
      const [given] = name ? findAll({ [file]: own[file] ?? '' }, [definitionOf(name)]) : [{ value, where }]
      const path = given && pathIn(filled(given.value, own[file] ?? ''), named)
      if (!path || TEMPORARY.test(given.value) || FOR_A_WHILE.test(given.value)) return []
      const place = placeBeside(facts, given.value, file, path) ?? path
      return { value: posix.resolve(workdir, place), where: given.where }
    }),
  )
  // This program keeps what it is sent in the file that it serves.
  const [, served] = /\bjson-server\b.*?([\w./-]+\.json)\b/.exec(command.join(' ')) ?? []
  const all = [...said, ...(served ? [{ value: posix.resolve(workdir, served), where: 'its command' }] : [])]
  // A line that another one continues is read twice.
  return onceBy(all, ({ value }) => value).filter(({ value }) => !isScratch(value) && !LISTS.test(value))
}

// The place of a path that counts from the folder of its file; undefined for another one.
function placeBeside(facts: Program['facts'], line: string, file: string, path: string): string | undefined {
  if (!/__dirname|__file__|import\.meta/.test(line)) return undefined
  const ups = line.match(/dirname\(|\.parent\b/g)?.length ?? 1
  const inside = posix.join(up(file, ups), path)
  return facts ? (placeIn(facts, inside) ?? inside) : inside
}

const definitionOf = (name: string) =>
  new RegExp(`^\\s*(?:export\\s+)?(?:(?:const|let|var)\\s+)?\\$?${name}\\s*(?::\\s*\\w+\\s*)?=\\s*(.+)$`)

// What a function of the same file gives that takes nothing, and does nothing else.
const returned = (text: string, name: string) =>
  new RegExp(
    `(?:function ${name}\\(\\)\\s*\\{\\s*return|def ${name}\\(\\)[^:\\n]*:\\s*return|const ${name} = \\(\\) =>)\\s(.+)`,
  ).exec(text)?.[1]

// A text with the values of its file's constants and functions in their places, and EACH for what only a request tells.
const filled = (expression: string, text: string) =>
  expression
    .replaceAll(/(?<![\w.])(\w+)\(\)/g, (call, name: string) => returned(text, name) ?? call)
    .replace(/\$?\{([^{}"'`]*)\}/g, (_, name: string) => {
      const [, value = EACH] = /^\w+$/.test(name)
        ? (new RegExp(`^${name}\\s*=\\s*["']([\\w./-]+)["']`, 'm').exec(text) ?? [])
        : []
      return value
    })
const EACH = '_each_'

// The parts of a path, up to the name of the file.
function pathIn(expression: string, named: RegExp): string | undefined {
  // A key is no part of a path.
  const all = wordsIn(expression.replace(/(?<=[\w)\]])\[\s*["'`]\w+["'`]\s*\]|\.get\([^)]*\)/g, ''))
  // What only a request names is no single file: the folder tells whether it is more than one for a while.
  const isLoose = (word: string) => word.includes(EACH) && !STORE.test(posix.dirname(word))
  const words = all.map((word) => (isLoose(word) ? '' : word.replaceAll(EACH, 'N')))
  const last = words.findIndex((word) => named.test(posix.basename(word)))
  // A usual name of a database, in folders that may have any.
  if (last < 0 || (named === ANY_NAME && !named.test(posix.basename(words.at(-1) ?? '')))) return undefined
  return JOINS.test(expression) ? posix.join(...words.slice(0, last + 1)) : words[last]
}
