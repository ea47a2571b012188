import type { Stage } from '../image/dockerfile.ts'
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

/** Whether a file is a test, or runs in a browser: what it has is no page of a server. */
export const isElsewhere = (file: string, text = ''): boolean =>
  isTest(file) || (/\.[cm]?[jt]s$/.test(file) && (BROWSER.test(file) || BROWSERS.test(text)))
const BROWSER = /(^|\/)(static|assets|public|wwwroot|resources\/js)\//
const BROWSERS = /["'](vue-router|react-router-dom|@angular\/router)["']/
const isTest = (file: string) => /(^|\/)(tests?|spec|__tests__)\/|[._]test\.|\.spec\.|(^|\/)test_[^/]*$/.test(file)

// Ports of protocols that are not HTTP: mail, names, databases, queues, games.
const NOT_HTTP = [
  ...[21, 22, 23, 25, 53, 110, 143, 389, 465, 587, 636, 993, 995, 1194, 1433, 1521, 1883, 2181, 3306, 3389, 4190],
  ...[5432, 5672, 6379, 9042, 9092, 11_211, 25_565, 27_017, 51_820],
  // Mail and LDAP without privileges, and debuggers.
  ...[1025, 3890, 6360, 5005, 9222, 9229],
]
/** Whether a port is one of another protocol than HTTP. */
export const isOtherPort = (port: number): boolean => NOT_HTTP.includes(port)
/** Whether a debugger has a port: by the command that runs, or a comment behind it in a Compose file. */
export const isDebugPort = (port: number, line: string, text: string): boolean =>
  DEBUGGER.exec(line)?.[1] === String(port) ||
  new RegExp(`^[^#\\n]*:${port}["']?\\s*#\\s*(?:\\w+\\s+)?debug\\w*(?:\\s+port)?\\s*$`, 'im').test(text)
const DEBUGGER = /(?:\b(?:debugpy|ptvsd)\b.*?--(?:listen|port)[= ]|--inspect(?:-brk)?[= ])(?:[^\s:]*:)?(\d{4,5})\b/
/** Whether a port is one of HTTPS: the release speaks HTTP. */
export const isTls = (port: number): boolean => /443$/.test(String(port))

// Calls that listen on one port, whatever the environment says.
const FIXED = [/\.run\([^)]*\bport\s*=\s*(\d{2,5})\b/, /(?:ListenAndServe\(|\bAddr:)\s*["'`][^"'`]*:(\d{2,5})["'`]/]

// In other languages than JavaScript, such a number is how many connections may wait.
const LISTEN = /\blisten\(\s*(?:\w[\w.]*PORT\w*\s*(?:\|\||\?\?)\s*)?["'`]?(\d{2,5})\b/i

const FIXED_LISTEN = /\blisten\(\s*["'`]?(\d{2,5})\b/

/** Whether an image is that of a server of files: it runs no code of the folder. */
export const isWebServer = (image: string): boolean => /(^|\/)(nginx[^/:@]*|httpd|caddy|openresty)([:@]|$)/.test(image)

/** Whether what runs is such a server, with the command of its image or with its own. */
export const servesFiles = (image: string, command: readonly string[] = []): boolean =>
  isWebServer(image) && isWebServer(command[0] ?? 'nginx')

type Listening = { readonly sources: Sources; readonly stage: Stage | undefined; readonly command: readonly string[] }
/** Finds the port that the application listens on, in its command, its image or its code. */
export function guessPort({ sources, stage, command }: Listening): Guess<number> | undefined {
  const line = command.join(' ').replace(DEBUGGER, '')
  const [, said] =
    /(?:--port[= ]|(?:--bind|-b)[= ]?\S*?:|--http-?socket[= ]\S*?:|\b(?:0\.0\.0\.0|\[::\]):)(\d{2,5})\b/.exec(line) ??
    []
  if (said) return { value: Number(said), where: 'its command' }
  const exposed = (stage?.ports ?? []).filter((port) => !isOtherPort(port))
  const variable = ['FLASK_RUN_PORT', 'PORT', 'HTTP_PORT'].find((name) => /^\d+$/.test(stage?.environment[name] ?? ''))
  const named = Number(variable && stage?.environment[variable])
  if (variable && (exposed.length === 0 || exposed.includes(named))) return { value: named, where: `ENV ${variable}` }
  const scripts = keepFiles(sources, (file) => /\.[cm]?[jt]s$/.test(file))
  const isServer = stage !== undefined && isWebServer(stage.image)
  const fixed = isServer
    ? []
    : [...findAll(scripts, [FIXED_LISTEN]), ...findAll(sources, FIXED)].map(({ value }) => Number(value))
  const open = fixed.includes(exposed[0] ?? 0) ? [] : fixed.filter((port) => !isOtherPort(port)).slice(0, 2)
  const others = [...new Set([...exposed.slice(1), ...open])].filter((one) => !isTls(one))
  if (exposed[0]) return { value: exposed[0], where: 'EXPOSE', others }
  if (isServer) return { value: 80, where: `its base, ${stage.image}` }
  const [listens = findAll(scripts, [LISTEN])[0]] = findAll(sources, [
    /\bprocess\.env\.PORT\s*(?:\|\||\?\?)\s*["'`]?(\d{2,5})\b/,
    /\b(?:const|let|var)\s+port\s*=\s*["'`]?(\d{2,5})\b/i,
    ...FIXED,
    /^\s*bind\s*=\s*["'][^"']*:(\d{2,5})["']/,
    /(?:getenv|environ\.get)\(\s*["']PORT["']\s*,\s*["']?(\d{2,5})\b/,
  ])
  if (listens) return { value: Number(listens.value), where: listens.where }
  const spring = springPort(sources)
  if (spring) return spring
  const [, usual] = USUAL.find(([program]) => program.test(line)) ?? []
  if (usual) return { value: usual, where: 'the default of its command' }
  const [runs] = findAll(keepFlask(sources), [RUN])
  return runs && { value: 5000, where: runs.where }
}
const USUAL: readonly (readonly [RegExp, number])[] = [
  [/\bflask\b.*\brun\b/, 5000],
  [/\b(gunicorn|uvicorn|hypercorn|daphne|runserver|artisan serve)\b/, 8000],
  [/\b(rails s(erver)?|(next|nuxt) start)\b/, 3000],
]
/** The files that make an application of Flask, and a call there that runs it without a port. */
export const keepFlask = (sources: Sources) => keepFiles(sources, (file) => /\bFlask\(/.test(sources[file] ?? ''))
const RUN = /\bapp\.(run)\((?![^)]*\bport\b)[^)]*\)/

// What the settings of Spring or Quarkus say, where it has a web server.
function springPort(sources: Sources): Guess<number> | undefined {
  for (const { kind, packages, setting } of JAVA) {
    const web = Object.entries(sources).find(([file, text]) => BUILDS.test(file) && packages.test(text))
    if (!web) continue
    const said = springSetting(sources, setting)
    if (!said) return { value: 8080, where: `the default of ${kind} (${web[0]})` }
    return /^\d+$/.test(said.value) ? { value: Number(said.value), where: said.where } : undefined
  }
  return undefined
}
const JAVA = [
  { kind: 'Spring', packages: /spring-boot-starter-web(flux)?\b/, setting: 'server.port' },
  { kind: 'Quarkus', packages: /\bquarkus-(rest|resteasy|vertx-http)\b/, setting: 'quarkus.http.port' },
]
const BUILDS = /(^|\/)(pom\.xml|build\.gradle(\.kts)?)$/

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
