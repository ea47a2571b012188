import { posix } from 'node:path'
import type { SourceTree } from './source-tree.ts'

/** A value that the code itself states, and the place where it does. A guess never invents a value. */
export type Guess<T> = {
  readonly value: T
  readonly where: string
  /** Other values that it may be as well. */
  readonly others?: readonly T[]
}
export type Sources = SourceTree['sources']

/** The texts of some files. */
export const keepFiles = (texts: Sources, is: (file: string) => boolean): Sources =>
  Object.fromEntries(Object.entries(texts).filter(([file]) => is(file)))
/** The file of a place, such as `src/a.js:12`, and its line. */
export const fileOf = ({ where }: Pick<Guess<unknown>, 'where'>): string => where.replace(/:\d+$/, '')
export const lineAt = (sources: Sources, { where }: Pick<Guess<unknown>, 'where'>): string =>
  sources[fileOf({ where })]?.split('\n')[Number(/\d+$/.exec(where)?.[0]) - 1] ?? ''

/** A path, so many folders further up. */
export const up = (path: string, times: number): string =>
  posix.join(path, ...Array.from({ length: times }, () => '..'))

/** Whether a file only tests others. */
export const isTest = (file: string): boolean =>
  /(^|\/)(tests?|spec|__tests__|e2e|cypress|playwright)\/|[._]test\.|\.spec\.|(^|\/)test_[^/]*$/.test(file)

/** Whether a file is a test, or runs in a browser: what it has is no page of a server. */
export const isElsewhere = (file: string, text = ''): boolean =>
  isTest(file) || (/\.[cm]?[jt]s$/.test(file) && (BROWSER.test(file) || BROWSERS.test(text)))
const BROWSER = /(^|\/)(static|assets|public|wwwroot|resources\/js)\//
const BROWSERS = /["'](vue-router|react-router-dom|@angular\/router)["']/

/** Whether an image is that of a server of files: it runs no code of the folder. */
export const isWebServer = (image: string): boolean => /(^|\/)(nginx[^/:@]*|httpd|caddy|openresty)([:@]|$)/.test(image)

/** Whether what runs is such a server, with the command of its image or with its own. */
export const servesFiles = (image: string, command: readonly string[] = []): boolean =>
  isWebServer(image) && isWebServer(command[0] ?? 'nginx')

/** The files that make an application of Flask, and a call there that runs it without a port. */
export const keepFlask = (sources: Sources) => keepFiles(sources, (file) => /\bFlask\(/.test(sources[file] ?? ''))
/** A setting of Spring, from application.properties or the YAML beside it; of the default profile. */
export function springSetting(sources: Sources, name: string): Guess<string> | undefined {
  for (const [file, text] of Object.entries(sources)) {
    if (isTest(file) || !/(^|\/)(application|bootstrap)\.(properties|ya?ml)$/.test(file)) continue
    const lines = text.split('\n')
    const at = lines.findIndex((line, index) => {
      if (file.endsWith('.properties')) return line.replace(/\s*[=:].*$/, '').trim() === name
      return name.endsWith(keyOf(line)) && keysAt(lines, index).join('.') === name
    })
    const value = /[=:]\s*["']?([^"'#\s]+)/.exec(lines[at] ?? '')?.[1]
    if (value) return { value: /^\$\{\w+:([^}]*)\}$/.exec(value)?.[1] ?? value, where: `${file}:${at + 1}` }
  }
  return undefined
}

const keyOf = (line: string) => line.trim().replace(/:.*$/, '')
// The keys of YAML that lead to a line, with its own: each is less deep than all that follows it up to there.
function keysAt(lines: readonly string[], index: number): string[] {
  const all = lines.slice(0, index + 1).filter((line) => !/^\s*(#|$)/.test(line))
  return all.filter((line, at) => all.slice(at + 1).every((later) => depthOf(later) > depthOf(line))).map(keyOf)
}

/** A text of a shell, a Dockerfile or a configuration without the lines that only speak to readers. */
export const uncommented = (text: string): string => text.replaceAll(/^\s*#.*$/gm, '')
/** The scripts that a text, such as a Dockerfile, runs by their names. */
export const scriptsIn = (sources: Sources, text: string): Sources =>
  keepFiles(sources, (file) => /\.sh$|entrypoint/.test(file) && text.includes(posix.basename(file)))

/** The lines of all sources except tests and scripts of the shell. A line that continues another one starts with that one. */
export const linesOf = (sources: Sources): Guess<string>[] =>
  eachLine(sources, (line, before) =>
    /(\\|\(|\bor|\|\||\?\?|,)\s*$/.test(before) ? `${before.replace(/\\\s*$/, '')}${line.trimStart()}` : line,
  )

/** The first group of the first pattern that matches, for each line of the sources except tests. */
export const findAll = (sources: Sources, patterns: readonly RegExp[]): Guess<string>[] =>
  eachLine(sources, (line) => patterns.map((pattern) => pattern.exec(line)?.[1]).find(Boolean))

function eachLine(sources: Sources, read: (line: string, before: string) => string | undefined): Guess<string>[] {
  return Object.entries(sources).flatMap(([file, text]) => {
    const lines = isTest(file) || file.endsWith('.sh') ? [] : codeLines(codeIn(file, text))
    return lines.flatMap((line, index) => {
      const value = read(line, lines[index - 1] ?? '')
      return value === undefined || value.length > 500 ? [] : [{ value, where: `${file}:${index + 1}` }]
    })
  })
}

// Rust has its tests in the same files, at the end; a long text of Python that nothing takes only speaks to readers.
function codeIn(file: string, text: string): string {
  if (file.endsWith('.rs')) return text.replace(/#\[cfg\(test\)\][\s\S]*/, '')
  if (!file.endsWith('.py')) return text
  return text.replace(LONG, (long, taken?: string) => (taken ? long : long.replace(/[^\n]+/g, '')))
}
const LONG = /([([{,=+%\\]\s*|\S[ \t]*)?("""|''')[\s\S]*?\2/g

// What rules read of the lines of code, in whatever language it is.

/** How deep a line lies. */
export const depthOf = (line = ''): number => line.length - line.trimStart().length

/**
 * The lines of a file; empty where one only speaks to readers, or is longer than any that a person writes. Python's long texts may begin
 * at the margin, where a function would end.
 */
export const codeLines = (text: string): string[] =>
  text
    .replace(/("""|''')[\s\S]*?\1/g, (long) => long.replaceAll('\n', `\n${' '.repeat(40)}`))
    .split('\n')
    .map((line) => (line.length > 500 || COMMENT.test(line) ? '' : line))
const COMMENT = /^\s*(\/\/|\*|#(?!\[))/

/** The name of the function that begins in a line; undefined where none does. */
export const definedIn = (line: string): string | undefined => DEFINED.exec(line)?.slice(1).find(Boolean)
const DEFINED =
  /^\s*\(?(?:export\s+(?:default\s+)?|module\.exports\s*=\s*)?(?:(?:pub\s+)?(?:async\s+)?(?:def|function\*?|func|fn|fun)\s+(?:\([^)]*\)\s*)?(\w+)|(?:(?:const|let|var)\s+|(?:module\.)?exports\.)(\w+)\s*=\s*(?:async\s*)?(?:function|\((?:[^()]|\([^()]*\))*\)(?:\s*:[^=]*)?\s*=>|\w+\s*=>)|(?:(?:public|private|protected|internal|static|async|final|override)\s+)+[\w<>[\], ?]*?\b(\w+)\s*\()/

/** The lines of the function around one. */
export function functionAt(lines: readonly string[], at: number): string[] {
  const begin = lines.findLastIndex((line, index) => index <= at && definedIn(line) !== undefined)
  const end = lines.findIndex((line, index) => index > at && definedIn(line) !== undefined)
  return lines.slice(Math.max(begin, 0), end < 0 ? undefined : end)
}
