import { posix } from 'node:path'
import { DOTNET, savedByDotnet, withPlainDotnet } from './dotnet-sent.ts'
import { GO, savedByGo, withPlainGo } from './go-sent.ts'
import { codeLines, fileOf, type Guess, keepFiles, keepFlask, linesOf, type Sources, up } from './guess.ts'
import { JAVA, savedByJava, withPlainJava } from './java-sent.ts'
import { JAVASCRIPT, savedByNode } from './node-sent.ts'
import { isScratch } from './source-tree.ts'

/**
 * The folders to which a program of Node, Python, Java, Go or .NET moves what users send; `./x` counts from where it starts, `x` from its
 * repository. `home` is that of the user who runs it.
 */
export function sentFolders(all: Sources, home?: string): Guess<string>[] {
  const sources = withPlainDotnet(withPlainGo(withPlainJava(all, home)))
  const saved = (line: Guess<string>) => {
    const file = fileOf(line)
    if (JAVASCRIPT.test(file)) return savedByNode(sources, line)
    if (GO.test(file)) return savedByGo(sources, line)
    if (DOTNET.test(file)) return savedByDotnet(sources, line)
    return JAVA.test(file) ? savedByJava(sources, line) : savedByPython(sources, line)
  }
  return linesOf(
    keepFiles(sources, (file) => [JAVASCRIPT, PYTHON, JAVA, GO, DOTNET].some((one) => one.test(file))),
  ).flatMap((line) => {
    const said = saved(line)
    return said ? placedBy(sources, { value: said, where: line.where }) : []
  })
}
/** The folder that an expression names, as above; none where nobody knows it, or it is there for a while. */
export function placedBy(sources: Sources, one: Guess<string>): Guess<string>[] {
  const folder = folderIn(sources, one)
  if (!folder || /^~?\.*$|^\.\.\/|(^|\/)(te?mp|cache)/i.test(folder) || isScratch(folder)) return []
  const place = folder.startsWith('~/') ? folder.slice(2) : folder.startsWith('/') ? folder : `./${folder}`
  return [{ value: place, where: one.where }]
}
const PYTHON = /\.py$/

// Where Python saves a file of a request, a picture that is made of one, or what it reads from one.
function savedByPython(sources: Sources, line: Guess<string>): string | undefined {
  const [, owner = '', saved] = /([\w.]+(?:\[["']\w+["']\])?)\.save\(\s*(?!\w+\s*=|[*)])(.+)/.exec(line.value) ?? []
  const path = saved ?? WRITTEN.map((one) => one.exec(line.value)?.[1]).find(Boolean)
  if (!path || !Object.values(sources).some((text) => TAKES.test(text))) return undefined
  const isSent = saved ? isFile(owner, definitionOf(sources, line, owner)?.value) : isWritten(sources, line)
  return isSent && !isForAWhile(sources, line, path) ? path : undefined
}
const TAKES = /\brequest\.files\b|\bFileStorage\b|\bUploadFile\b|\bFileField\b|\.FILES\b/
const isFile = (owner: string, defined: string | undefined) =>
  /\bfiles\b|\.data$/.test(owner) ||
  (defined === undefined
    ? /^(?!\w*(storage|fs)$)\w*(file|image|img|photo|pic|avatar|video|audio|upload|attachment|document)\w*$|^f$/i.test(
        owner,
      )
    : /\bfiles\b|\.FILES\b|\.data\b|\bImage\.open\(|\.(resize|convert|crop|rotate)\(/.test(defined))
const WRITTEN = [
  /\bopen\(\s*(.+?),\s*(?:mode\s*=\s*)?["'][wxa]b/,
  /([\w.]+)\.open\(\s*(?:mode\s*=\s*)?["'][wxa]b/,
  /(\S.*?)\.write_bytes\(/,
]
const READ = /\bcopyfileobj\(\s*[\w.]+\.file\b|\bawait\s+[\w.]+\.read\(|\b\w*(?:file|upload)\w*\.read\(|\.chunks\(/i
function isWritten(sources: Sources, line: Guess<string>): boolean {
  const next = [line.value, ...linesFrom(sources, line).slice(0, 4)].join('\n')
  const [, name] = /\bwrite(?:_bytes)?\(\s*(\w+)\s*\)/.exec(next) ?? []
  return READ.test(next) || (name !== undefined && READ.test(definitionOf(sources, line, name)?.value ?? ''))
}
// What the same function removes again, other than after an error.
function isForAWhile(sources: Sources, line: Guess<string>, path: string): boolean {
  const [, name] = /^(?:str\()?(\w+)\)*$/.exec(path) ?? []
  if (name === undefined) return false
  const after = linesFrom(sources, line)
  const end = after.findIndex((one) => /^\s*(async\s+)?def\s|^@/.test(one))
  const own = end < 0 ? after : after.slice(0, end)
  const removes = new RegExp(`\\b(?:remove|unlink)\\(\\s*(?:str\\()?${name}\\b|\\b${name}\\.unlink\\(`)
  return own.some(
    (one, at) => removes.test(one) && !own.slice(Math.max(at - 3, 0), at).some((other) => /\bexcept\b/.test(other)),
  )
}

const linesTo = (sources: Sources, { where }: Pick<Guess<string>, 'where'>) =>
  codeLines(sources[fileOf({ where })] ?? '').slice(0, Number(/\d+$/.exec(where)?.[0]) - 1)
const linesFrom = (sources: Sources, { where }: Pick<Guess<string>, 'where'>) =>
  codeLines(sources[fileOf({ where })] ?? '').slice(Number(/\d+$/.exec(where)?.[0]))

// What a name got last before a line, or a constant anywhere, if it gets that once.
function definitionOf(sources: Sources, at: Guess<string>, name: string): Guess<string> | undefined {
  const last = name.split('.').at(-1)?.replace(/\W.*/, '') ?? ''
  const given = new RegExp(
    `^\\s*(?:(?:export\\s+)?(?:(?:const|let|var|private|protected|public|static|readonly)\\s+)+|(?:this|self|cls)\\.|[\\w.]*\\bconfig\\[["'])?${last}(?:["']\\])?\\s*(?::[^=]+)?=(?!=)\\s*(.+?);?\\s*$`,
  )
  const inLines = (file: string, lines: readonly string[]) =>
    lines.flatMap((line, index) => {
      const [, value] = given.exec(line) ?? []
      const whole = value && /[(,]$/.test(value) ? value + lines.slice(index + 1, index + 4).join(' ') : value
      return whole ? [{ value: whole, where: `${file}:${index + 1}` }] : []
    })
  const own = fileOf(at)
  const before = inLines(own, linesTo(sources, at)).at(-1)
  if (before || !/^[A-Z][A-Z\d_]{2,}$/.test(last)) return before
  const all = Object.entries(sources).flatMap(([file, text]) =>
    PYTHON.test(file) === PYTHON.test(own)
      ? inLines(file, codeLines(text)).filter(({ where }) => where !== at.where)
      : [],
  )
  const near = all.filter((one) => fileOf(one) === own)
  const found = near.length > 0 ? near : all
  return new Set(found.map(({ value }) => value)).size === 1 ? found[0] : undefined
}

// The folder that an expression names, up to what only a request tells.
function folderIn(sources: Sources, one: Guess<string>): string | undefined {
  const [, opening = '', begin = '', next = ''] = BEGIN.exec(termOf(sources, one, 0)) ?? []
  const isFolder = next === '/' || (next === ',' && /(join|resolve|Path)\(\s*$/.test(opening))
  const known = begin.replace(/[%{].*$/, '')
  const whole =
    isFolder && known === begin ? begin : posix.dirname(`${known}${known !== begin || next === '+' ? 'x' : ''}`)
  // Above the repository an image has folders as well.
  const [, top = '', path = ''] = /^(~\/)?(.*)$/.exec(whole) ?? []
  return /^[\w./@ ~-]+$/.test(whole) ? top + posix.normalize(path).replace(/(.)\/$/, '$1') : undefined
}
const BEGIN =
  /^((?:(?:[\w.]*\b(?:join|resolve|abspath|realpath|normpath|normalize|Path|str))?\(|\s)*)‹([^›]*)›\s*([,/+]?)/

// An expression in which all that is known has become one ‹text›.
function termOf(sources: Sources, { value, where }: Guess<string>, depth: number): string {
  const file = fileOf({ where })
  const [flask = ''] = Object.keys(keepFlask(sources))
  const plain = value
    .replace(/\s(?:#|\/\/)\s.*$/, '')
    .replaceAll(TEXT, (_, kind: string, quote: string, inner: string) =>
      quote === '`' || /f/i.test(kind) ? `‹${inner.replaceAll(/\$?\{([^{}]*)\}/g, '› + $1 + ‹')}›` : `‹${inner}›`,
    )
    .replaceAll(/\b(?:process\.cwd|os\.getcwd|Path\.cwd)\(\)/g, '‹.›')
    .replaceAll(/\b__dirname\b|\bimport\.meta\.dirname\b/g, `‹~/${posix.dirname(file)}›`)
    .replaceAll(/\b__file__\b|\bimport\.meta\.url\b/g, `‹~/${file}›`)
    .replaceAll(/\b(?:current_app|app)\.root_path\b/g, flask ? `‹~/${posix.dirname(flask)}›` : '$&')
  const filled = plain.replaceAll(NAME, (all, _text, key?: string, got?: string, name?: string) => {
    const found = depth < 5 && (key ?? got ?? name) && definitionOf(sources, { value, where }, key ?? got ?? name ?? '')
    const term = found ? termOf(sources, found, depth + 1) : all
    return !found || /^‹[^›]*›$/.test(term) ? term : `(${term})`
  })
  return simplified(filled)
}
const TEXT = /(?<!\w)([rbuf]{0,2})(["'`])((?:(?!\2)[^\\\n])*)\2/gi
// A text; or a setting, or a name that is no function and no part of another one.
const NAME =
  /(‹[^›]*›)|\b(?:[\w.]*\.)?config(?:\[\s*‹(\w+)›\s*\]|\.get\(\s*‹(\w+)›[^)]*\))|(?<![\w$.])(?:(?:this|self|cls|settings|config|Config|app)\.)*([A-Za-z_$][\w$]*)(?![\w$]*\s*[(.[=])/g
const simplified = (term: string): string => {
  const next = RULES.reduce((all, [pattern, to]) => all.replaceAll(pattern, to), term)
  return next === term ? term : simplified(next)
}
const above = (path: string, times = 1) => `‹${up(path, times)}›`
type Rule = readonly [RegExp, (all: string, first: string, second: string) => string]
const RULES: readonly Rule[] = [
  [/(?:\w+\.)*dirname\(\s*‹([^›]*)›\s*\)/g, (_, path) => above(path)],
  [/‹([^›]*)›\.parents\[(\d)\]/g, (_, path, times) => above(path, Number(times) + 1)],
  [/‹([^›]*)›\.parent\b/g, (_, path) => above(path)],
  [/‹([^›]*)›\.(?:resolve|absolute|as_posix)\(\)/g, (_, path) => `‹${path}›`],
  [
    /(?<![\w)\]])(?:(?:[\w.]*\.)?(?:join|resolve|abspath|realpath|normpath|normalize|fileURLToPath|Path|str|fspath))?\(\s*‹([^›]*)›\s*\)/g,
    (_, path) => `‹${path}›`,
  ],
  [
    /\b(join|resolve|Path)\(\s*‹([^›]*)›\s*,\s*‹([^›]*)›/g,
    (all, call) =>
      all
        .replace(/‹([^›]*)›\s*,\s*‹([^›]*)›/, (_, one: string, two: string) => `‹${one}/${two}›`)
        .replace(/^\w+/, call),
  ],
  [/‹([^›]*)›\s*\/\s*‹([^›]*)›/g, (_, one, two) => `‹${one}/${two}›`],
  [/‹([^›]*)›\s*\+\s*‹([^›]*)›/g, (_, one, two) => `‹${one}${two}›`],
  // What begins as known, and goes on with what only a request tells.
  [/‹([^›]*)›\s*\+\s*\(‹([^›]*)›(?=\s*\+)/g, (_, one, two) => `(‹${one}${two}›`],
  [
    /\bnew URL\(\s*‹([^›]*)›\s*,\s*‹([^›]*)›\s*\)(?:\.pathname)?/g,
    (_, path, file) => `‹${posix.join(posix.dirname(file), path)}›`,
  ],
  // A default: withValues has put in what the environment says.
  [/\b(?:os\.)?(?:environ\.get|getenv)\(\s*‹\w+›\s*,\s*‹([^›]*)›\s*\)/g, (_, path) => `‹${path}›`],
  [
    /(?:\bprocess\.env\.\w+|\b(?:os\.)?(?:environ\.get|getenv)\(\s*‹\w+›\s*\))\s*(?:\|\||\?\?|or)\s*‹([^›]*)›/g,
    (_, path) => `‹${path}›`,
  ],
]
