import { codeLines, definedIn, fileOf, type Guess, keepFiles, type Sources, springSetting } from './guess.ts'

// Where Java and Kotlin put what users send.

export const JAVA = /\.(java|kt)$/
const TAKES = /\b(MultipartFile|FilePart|MultipartConfig)\b/
const SAVED = [
  /\bFiles\.copy\(\s*[\w.]*(?:getInputStream\(\)|[iI]nputStream|\bin|\bstream)\s*,\s*(.+)/,
  /\.transferTo\(\s*(.+)/,
  /\bFiles\.write\(\s*(?=.*(?:getBytes\(\)|\bbytes\b))(.+)/,
  /\b\w*[pP]art\.write\(\s*(.+)/,
]

/** The path to which a line saves a file of a request, unless the same function deletes it again. */
export function savedByJava(sources: Sources, { value, where }: Guess<string>): string | undefined {
  const text = sources[fileOf({ where })] ?? ''
  const said = TAKES.test(text) ? SAVED.map((one) => one.exec(value)?.[1]).find(Boolean) : undefined
  const [, name] = /^(\w+)\s*[,)]/.exec(said ?? '') ?? []
  const after = codeLines(text).slice(Number(/\d+$/.exec(where)?.[0]))
  const end = after.findIndex((line) => definedIn(line) !== undefined)
  const own = (end < 0 ? after : after.slice(0, end)).join('\n')
  const isForAWhile = name && new RegExp(`\\b[dD]elete\\w*\\(\\s*${name}\\b|\\b${name}\\.delete`).test(own)
  return isForAWhile ? undefined : said
}

/** The sources with paths of Java as other languages write them, line by line; `home` is that of the user who runs it. */
export function withPlainJava(sources: Sources, home: string | undefined): Sources {
  const own = keepFiles(sources, (file) => JAVA.test(file))
  const taking = keepFiles(own, (file) => TAKES.test(own[file] ?? ''))
  if (Object.keys(taking).length === 0) return sources
  const known = (value: string | undefined) => {
    const path = value?.replace('$' + '{user.home}', home ?? '$').replace(/^file:/, '')
    return path && !path.includes('$') ? JSON.stringify(path) : 'unknown()'
  }
  // What Spring hands to a field or a parameter.
  const given = (all: string, said: string, name: string) => {
    const [, key = '', usual] = /^\\?\$\{([\w.-]+)(?::(.*))?\}$/.exec(said) ?? []
    const value = key ? (springSetting(sources, key)?.value ?? usual) : said
    return `${name} = ${known(value)}${all.replaceAll(/[^\n]/g, '')}`
  }
  // What it puts into an object, by the names of its class and its field.
  const held = Object.values(own).flatMap((text) => {
    const [, prefix] = /@ConfigurationProperties\(\s*(?:prefix\s*=\s*|value\s*=\s*)?"([\w.-]+)"/.exec(text) ?? []
    return prefix ? [{ prefix, text }] : []
  })
  const propertyOf = (all: string, field: string) => {
    const name = field[0]?.toLowerCase() + field.slice(1)
    const dashed = name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
    const values = held.flatMap(({ prefix, text }) => {
      const usual = new RegExp(`\\b${name}\\s*=\\s*"([^"]*)"`).exec(text)?.[1]
      const set = [dashed, name].flatMap((key) => springSetting(sources, `${prefix}.${key}`)?.value ?? [])
      return set[0] ?? usual ?? []
    })
    return values.length === 1 ? known(values[0]) : all
  }
  const plain = (text: string) =>
    text
      .replaceAll(VALUE, given)
      .replaceAll(/\b\w+\.get(\w*(?:Dir|Directory|Path|Location|Folder))\(\)/g, propertyOf)
      .replaceAll(/\bSystem\.getProperty\("user\.(home|dir)"\)/g, (_, of) => known(of === 'dir' ? '.' : home))
      .replaceAll(/\bFile\.separator(Char)?\b/g, '"/"')
      .replaceAll(/\b(?:Paths\.get|Path\.of|(?:new )?File)\(/g, 'join(')
      .replaceAll(/\.(?:toAbsolutePath|normalize|toFile|toPath|toString|getAbsolutePath)\(\)/g, '')
      .replaceAll(/\bthis\./g, '')
      .replaceAll(/(\w+|join\([^()]*\))\.resolve\(/g, 'join($1, ')
      .replaceAll(DEFINED, '$1$2$3')
  return { ...sources, ...Object.fromEntries(Object.entries(taking).map(([file, text]) => [file, plain(text)])) }
}
const VALUE =
  /^.*@Value\(\s*"([^"]*)"\s*\)\s*(?:(?:private|protected|public|final|static)\s+)*(?:String|Path|File)\s+(\w+).*$/gm
const DEFINED = /^(\s*)(?:(?:private|protected|public|static|final|val|var)\s+)*(?:[A-Z][\w<>.]*\s+)?(\w+)(\s*=(?!=))/gm
