import { posix } from 'node:path'
import type { Sources } from './guess.ts'

/** What a page does beside answering: it asks for a query, counts or stores the request, or changes data; and where. */
export type Harm = { readonly kind: 'asks' | 'counts' | 'writes'; readonly where: string }

type Place = { readonly file: string; readonly at: number }

const DECORATOR = /^\s*(@|#\[)/
const DEFINED =
  /^\s*(?:export\s+(?:default\s+)?)?(?:(?:pub\s+)?(?:async\s+)?(?:def|function\*?|func|fn|fun)\s+(?:\([^)]*\)\s*)?(\w+)|(?:(?:const|let|var)\s+|(?:module\.)?exports\.)(\w+)\s*=\s*(?:async\s*)?(?:function|\([^)]*\)\s*=>|\w+\s*=>)|(?:(?:public|private|protected|internal|static|async|final|override)\s+)+[\w<>[\], ?]*?\b(\w+)\s*\()/
// What follows a line at the same depth, and belongs to it all the same: what closes it, and text that was not indented.
const GOES_ON = /^\s*([)}\]{<]|end\b)(?!.*\b(else|elif)\b)/
/** A line that only speaks to readers. */
export const COMMENT = /^\s*(\/\/|\*|#(?!\[))/
// What only another method than GET comes to.
const SENT = /\bif\b.*(POST|PUT|PATCH|DELETE|validate_on_submit)|^\s*\.(post|put|patch|delete)\(\s*[\w(]/i
const ONLY_GET = /\bif\b.*\bmethod\b.*==.*GET/i

const HARMS: readonly (readonly [Harm['kind'], RegExp])[] = [
  [
    'writes',
    /\b(?:insert\s+(?:or\s+\w+\s+)?into|update\s+\S+\s+set|delete\s+from|replace\s+into)\b|\bsession\.(?:add|add_all|delete|merge)\(|\.(?:insert|update|delete|replace)_?(?:one|many)\(|\bfind_?(?:one|by_?id)_?and_?\w+\(|\bbulk_?(?:write|create|save)\(|(?<!\b(?:Object|axios|http))(?:\.|->|::)(?:save|saveAll|create|upsert|destroy|persist|findOrCreate|(?:get|update)_or_create|SaveChanges(?:Async)?)\(|\.(?:insert|update)\(\s*[{[]|\.delete\(\)|\b(?:append|write)File(?:Sync)?\(|file_put_contents\(|\bopen\([^)]*,\s*["'][wa]/i,
  ],
  [
    'counts',
    /(?:\.|->)(?:h?incr(?:by)?\w*|increment)\(|["'`]h?incr(?:by)?["'` ]|\b(?:r|\w*(?:redis|client|cache|rdb|kv|store))(?:\.|->)(?:m?set|set_?(?:ex|nx|async)|h[m]?set|[lr]push|[sz]add|x_?add|del|delete)\(|\b\w*(?:hits|visits|visitors?|views|counter)\w*['"\]]*\s*(?:\+=|\+\+)|(?:hits|visits|visitors?|counter)\w*\s*=\s*\S*(?:hits|visits|visitors?|counter)\w*\s*\+/i,
  ],
  [
    'asks',
    /\brequest\.(?:args|GET)\[|@RequestParam(?!\(.*(?:required\s*=\s*false|defaultValue))|^(?:async )?def \w+\(.*\w\s*:\s*(?:str|int|float)\s*[,)]/,
  ],
]
const READS = /["'`]\s*(?:select\s|create\s+table\b)/i
const QUERY = /\breq(?:uest)?\.(?:query|args|GET)\b|\.URL\.Query\(|\bsearchParams\b/
const REFUSES = /\b(?:400|422)\b|Bad_?Request/i

/** Gives what tells of the page at `file:line` what asking for it does: its handler, and what that calls, is read. */
export function readHandlers(sources: Sources): (where: string) => Harm | undefined {
  const texts = new Map(Object.entries(sources).map(([file, text]) => [file, linesOf(text)]))
  const defined = new Map<string, Place[]>()
  for (const [file, lines] of texts)
    for (const [at, line] of lines.entries()) {
      const name = line.length > 500 ? undefined : DEFINED.exec(line)?.slice(1).find(Boolean)
      if (name) defined.set(name, [...(defined.get(name) ?? []), { file, at }])
    }
  const reach = ({ file, at }: Place, seen = new Set<string>()): (Place & { line: string })[] => {
    const lines = texts.get(file) ?? []
    if (seen.has(`${file}:${at}`)) return []
    seen.add(`${file}:${at}`)
    const own = blockAt(lines, at).map((index) => ({ file, at: index, line: lines[index] ?? '' }))
    const words = new Set(own.flatMap(({ line }) => line.match(/[A-Za-z_]\w+/g) ?? []))
    const called = [...words].flatMap((word) => {
      const all = defined.get(word) ?? []
      const here = all.filter((one) => one.file === file)
      // In another file is what the route itself names, or an import.
      const isNamed = () => own[0]?.line.includes(word) || isImported(lines, word)
      if (here.length > 0 || all.length === 0 || !isNamed()) return here
      const beside = all.filter((one) => posix.dirname(one.file) === posix.dirname(file))
      return beside.length > 0 ? beside : all.length === 1 ? all : []
    })
    return [...own, ...called.flatMap((place) => reach(place, seen))]
  }
  return (where) => {
    const [file = '', line = '0'] = where.split(/:(?=\d+$)/)
    const all = reach({ file, at: Number(line) - 1 })
    // A commit of what only reads, or creates a table, changes nothing.
    const commits = all.some((one) => READS.test(one.line)) ? [] : [['writes', /\.commit\(/i] as const]
    for (const [kind, pattern] of [...HARMS.slice(0, 1), ...commits, ...HARMS.slice(1)]) {
      const found = all.find((one) => pattern.test(one.line))
      if (found) return { kind, where: `${found.file}:${found.at + 1}` }
    }
    const [asks] = all.some((one) => REFUSES.test(one.line)) ? all.filter((one) => QUERY.test(one.line)) : []
    return asks && { kind: 'asks', where: `${asks.file}:${asks.at + 1}` }
  }
}

// Python's long texts may begin at the margin, where a function would end.
const linesOf = (text: string) =>
  text.replace(/("""|''')[\s\S]*?\1/g, (long) => long.replaceAll('\n', `\n${' '.repeat(40)}`)).split('\n')
const isImported = (lines: readonly string[], word: string) =>
  lines.some((line) => /^(import|from|use)\b|\brequire\(/.test(line) && line.includes(word))
const indent = (line = '') => line.length - line.trimStart().length

// The lines of a route with what it decorates, or of a function, that a GET comes to.
function blockAt(lines: readonly string[], at: number): number[] {
  const isDecorator = DECORATOR.test(lines[at] ?? '')
  const named = lines.findIndex((line, index) => index >= at && index < at + 10 && DEFINED.test(line))
  const head = !isDecorator ? at : named < 0 ? at + 1 : named
  const endOf = (index: number, isPart: (line: string) => boolean = () => false) => {
    const end = lines.findIndex(
      (line, next) => next > index && line.trim() !== '' && indent(line) <= indent(lines[index]) && !isPart(line),
    )
    return end < 0 ? lines.length : end
  }
  let end = endOf(head, (line) => GOES_ON.test(line))
  const found = isDecorator ? [at] : []
  for (let index = head; index < end; index++) {
    const line = lines[index] ?? ''
    if (ONLY_GET.test(line)) end = Math.min(end, endOf(index))
    if (SENT.test(line)) index = endOf(index) - 1
    else if (!COMMENT.test(line)) found.push(index)
  }
  return found
}
