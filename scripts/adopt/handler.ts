import { posix } from 'node:path'
import { codeLines, definedIn, depthOf, isTest, type Sources } from './guess.ts'
import { once } from './once.ts'

type Asked = 'home' | 'page' | { readonly each: string }
type Place = { readonly file: string; readonly at: number }

const DECORATOR = /^\s*(@|#\[)/
// What follows a line at the same depth, and belongs to it all the same: what closes it, and text that was not indented.
const GOES_ON = /^\s*([)}\]{<]|end\b)(?!.*\b(else|elif)\b)/
// What another method than GET comes to, and what GET alone does.
const SENT =
  /\bif\b(?!.*!=).*(?:\b(?:POST|PUT|PATCH|DELETE)\b|Method(?:Post|Put|Patch|Delete)\b|validate_on_submit)|^\s*\.(?:post|put|patch|delete)\(\s*[\w(]/
const ONLY_GET = /\bif\b.*(?:==.*(?:\bGET\b|MethodGet\b)|!=.*(?:\bPOST\b|MethodPost\b))/

const WRITES =
  /\b(?:insert\s+(?:or\s+\w+\s+)?into|update\s+\S+\s+set|delete\s+from|replace\s+into|create\s+table(?!\s+if))\b|\bsession\.(?:add|add_all|delete|merge)\(|\.(?:insert|update|delete|replace)_?(?:one|many)\(|\bfind_?(?:one|by_?id)_?and_?\w+\(|\bbulk_?(?:write|create|save)\(|(?<!\b(?:Object|axios|http))(?:\.|->|::)(?:save|saveAll|create|upsert|destroy|persist|findOrCreate|(?:get|update)_or_create|SaveChanges(?:Async)?)\(|\.(?:insert|update)\(\s*[{[]|\.delete\(\)|\b(?:append|write)File(?:Sync)?\(|file_put_contents\(|\bopen\([^)]*,\s*["'][wa]/i
const COMMITS = /\.commit\(/i
const READS = /["'`]\s*(?:select\s|create\s+table\b)/i
// Rows of a table that nobody may have made yet: by SQL, or as libraries ask for them. The latter know a model by its capital letter.
const ROWS =
  /(?:["'`]|^)\s*select\s+(?!1\b|now\(|version\(|current_|@@|\{)|\.objects\.\w+\(|\bsession\.(?:query|scalars?)\(|\.query\([\w.]+\)\.(?:all|filter\w*|order_by|first|count|limit|offset)\(|\.query\.(?:all|filter\w*|order_by|get\w*|first|count|limit|paginate)\(|(?:\.|->)find_?(?:all|many|and_?count_?all|first|unique|one|by\w*)\(|\.find\(\s*[{)&]|ListView\b/i
const MODELS =
  /\bselect\(\s*[A-Z]|\b[A-Z]\w+\.query\b(?!\()|\b(?!Promise\b)[A-Z]\w+(?:\.|::)(?:all|where|latest|paginate)\(/
const COUNTS =
  /(?:\.|->)(?:h?incr(?:by)?\w*|increment)\(|["'`]h?incr(?:by)?["'` ]|\b(?:r|\w*(?:redis|client|cache|rdb|kv|store))(?:\.|->)(?:m?set|set_?(?:ex|nx|async)|h[m]?set|[lr]push|[sz]add|x_?add|del|delete)\(|\b(?:count|\w*(?:hits|visits|visitors?|views|counter)\w*)['"\]]*\s*(?:\+=|\+\+)|(?:\bcount|(?:hits|visits|visitors?|counter)\w*)\s*=\s*\S*(?:\bcount|hits|visits|visitors?|counter)\w*\s*\+/i
// Of these a database has no more after some hundred requests, unless they are closed.
const OPENS = /\bcreateConnection\(|\bnew (?:\w+\.)?Client\(|\bcreateClient\(/
const CLOSES = /\.(?:end|close|destroy|quit|release|disconnect)\(/
const OUTER = /^(?:let|var)\s+(\w+)/
const GROWS = /(?<![\w.])(\w+)\s*(?:\+=|\+\+)/
// How each language answers, and refuses. A page of PHP is no route, so that any answer below 500 counts.
const ANSWERS: readonly { readonly of: RegExp; readonly answers: RegExp; readonly refuses: RegExp }[] = [
  {
    of: /\.[cm]?[jt]sx?$/,
    answers: /\bres(?:ponse)?\.(?:send\w*|json|render|redirect|writeHead|status)\(/,
    refuses: /\b(?:sendStatus|status|writeHead)\(\s*[45]\d\d\b/,
  },
  {
    of: /\.py$/,
    answers: /^\s*(?:return|raise)\b|\babort\(/,
    refuses:
      /^\s*raise\b(?!.*(?:redirect|\b3\d\d\b))|\babort\(|\bHttpResponse(?:Forbidden|Not\w+|BadRequest|Gone|ServerError)\(|,\s*[45]\d\d\)?\s*$|\bstatus(?:_code)?\s*=\s*(?:\w+\.HTTP_)?[45]\d\d/i,
  },
  {
    of: /\.go$/,
    answers: /\b(?:w|rw|res|resp|writer)(?:[,)]|\.(?!Header\())/,
    refuses:
      /\bhttp\.(?:Error|NotFound)\(|\.WriteHeader\(\s*(?:[45]\d\d|http\.Status(?!OK|Created|Accepted|NoContent|Found|SeeOther|Moved|Temporary|Permanent))/,
  },
]
const RENDERS = /\bres(?:ponse)?\.render\(\s*["'`][^"'`.]+["'`]/
const ENGINE = /view.?engine|\.engine\(|\bviews\(|nunjucks|setBaseViewsDir/i
const CONDITION = /\b(?:if|else|elif|except|catch|case)\b/
const ASKS =
  /\brequest\.(?:args|GET)\[|@RequestParam(?!\(.*(?:required\s*=\s*false|defaultValue))|^(?:async )?def \w+\(.*\w\s*:\s*(?:str|int|float)\s*[,)]/
const QUERY = /\breq(?:uest)?\.(?:query|args|GET)\b|\.URL\.Query\(|\bsearchParams\b/
// What whoever is not logged in gets.
const LOGIN =
  /\b(?:sendStatus|status|writeHead|code|abort|WriteHeader)\(\s*(?:40[13]\b|http\.Status(?:Unauthorized|Forbidden))|\bstatus(?:_?code)?\s*=\s*(?:\w+\.HTTP_)?40[13]|\},?\s*40[13]\)?\s*$|\bhttp\.Error\(.*(?:40[13]|Unauthorized|Forbidden)|^\s*@(?:\w+\.)*(?:login|auth\w*|jwt|token|user_passes|permission)\w*_(?:required|test)\b/i
const REFUSES = /\b(?:400|422)\b|Bad_?Request/i

/**
 * Gives what tells of the page at `file:line` whether it does more than answer, and at which `file:line`: it asks for a query, counts or
 * keeps the request, opens a connection for good, or changes data; as home page, also where it shows rows of a database. Of what comes to
 * `each` request, only whether it counts or changes data, where it does not name that page. Its handler, and what that calls, is read.
 */
export const readHandlers = once((sources: Sources): ((where: string, as: Asked) => string | undefined) => {
  const programs = Object.entries(sources).filter(([file]) => !isTest(file))
  const files = new Map(programs.map(([file, text]) => [file, codeLines(text)]))
  const defined = new Map<string, Place[]>()
  for (const [file, lines] of files)
    for (const [at, line] of lines.entries()) {
      const name = definedIn(line) ?? TEXT.exec(line)?.[1]
      if (name) defined.set(name, [...(defined.get(name) ?? []), { file, at }])
    }
  const calledIn = (file: string, [first = '', ...more]: readonly string[]): Place[] => {
    const text = [first, ...more].join('\n')
    const imports = (files.get(file) ?? []).filter((one) => IMPORTS.test(one) || (file.endsWith('.go') && GO.test(one)))
    return [...new Set(text.match(/[A-Za-z_]\w+/g))].flatMap((word) => {
      const all = defined.get(word) ?? []
      const here = all.filter((one) => one.file === file)
      // In another file is what the route itself names, or an import; or it is called as that of a module which is imported.
      const isNamed = () => first.includes(word) || imports.some((one) => one.includes(word))
      if (here.length > 0 || all.length === 0) return here
      const modules = Array.from(text.matchAll(new RegExp(`(\\w+)\\.${word}\\b`, 'g')), ([, name = '']) => name)
      const named = imports.filter((one) => modules.some((name) => new RegExp(`\\b${name}\\b`).test(one)))
      const moduleOf = (path: string) =>
        path.endsWith('.go') ? posix.basename(posix.dirname(path)) : posix.parse(path).name
      const inModule = all.filter((one) => named.some((line) => line.includes(moduleOf(one.file))))
      if (inModule.length > 0 || !isNamed()) return inModule
      const beside = all.filter((one) => posix.dirname(one.file) === posix.dirname(file))
      return beside.length > 0 ? beside : all.filter(() => all.length === 1)
    })
  }
  // Without one, Express knows no view by a name without an ending, and answers 500.
  const hasEngine = [...files.values()].some((lines) => lines.some((line) => ENGINE.test(line)))
  // What a module keeps, and each request would change.
  const isOuter = (place: string, name: string) =>
    files.get(place.replace(/:\d+$/, ''))?.some((line) => OUTER.exec(line)?.[1] === name)
  // Whether a condition decides, in a line or around it: where it does not hold, FastAPI and Go answer 200 by themselves.
  const isAsked = (place: string) => {
    const [file = '', line] = place.split(/:(?=\d+$)/)
    const lines = files.get(file)?.slice(0, Number(line)) ?? []
    const own = lines.at(-1)
    const around = lines.findLast((one) => one.trim() !== '' && depthOf(one) < depthOf(own))
    return CONDITION.test(`${own}\n${around}`)
  }
  return (where, as) => {
    const [begin = '', line = '0'] = where.split(/:(?=\d+$)/)
    const todo = new Map([[where, { file: begin, at: Number(line) - 1 }]])
    const read = new Map<string, string>()
    // What is added meanwhile comes last; what a person has written ends long before.
    for (const { file, at } of todo.values()) {
      if (read.size > 1000) break
      const lines = files.get(file) ?? []
      const own = blockAt(lines, at).map((index) => [`${file}:${index + 1}`, lines[index] ?? ''] as const)
      for (const [place, text] of own) read.set(place, text)
      const texts = own.map(([, text]) => text)
      for (const one of calledIn(file, texts)) todo.set(`${one.file}:${one.at + 1}`, one)
    }
    const find = (pattern: RegExp) => [...read].find(([, text]) => pattern.test(text))?.[0]
    // A commit of what only reads, or creates a table, changes nothing.
    const commits = find(READS) ? undefined : find(COMMITS)
    const grows = [...read].find(([place, text]) => {
      const [, name] = GROWS.exec(text) ?? []
      return name !== undefined && isOuter(place, name)
    })?.[0]
    const writes = find(WRITES) ?? commits ?? find(COUNTS) ?? grows
    if (typeof as === 'object') return find(new RegExp(`["'\`]${as.each}["'\`]`)) ? undefined : writes
    if (writes !== undefined) return writes
    const own = ANSWERS.find(({ of }) => of.test(begin))
    const answers = [...read].filter(([, text]) => own?.answers.test(text))
    const isRefused = answers.every(([, text]) => own?.refuses.test(text) || (!hasEngine && RENDERS.test(text)))
    const refused = isRefused ? answers.find(([place]) => !isAsked(place))?.[0] : undefined
    const opens = find(CLOSES) ? refused : (find(OPENS) ?? refused)
    const asks = find(ASKS) ?? (find(REFUSES) && find(QUERY))
    return opens ?? find(LOGIN) ?? asks ?? (as === 'home' ? (find(ROWS) ?? find(MODELS)) : undefined)
  }
})

// Packages of Go are folders, named in lines of their own.
const GO = /^\s*(?:\w+\s+)?"[\w./-]+"\s*$/
// A text of a module, such as a query, of which a handler has the name.
const TEXT = /^(?:(?:export|const|let|var|final|static|string|String)\s+)*\$?(\w+)(?::\s*\w+)?\s*:?=\s*[fr]?["'`]/
const IMPORTS = /^(import|from|use)\b|\brequire\(/

// The lines of a route with what it decorates, or of a function, that a GET comes to.
function blockAt(lines: readonly string[], at: number): number[] {
  const isDecorator = DECORATOR.test(lines[at] ?? '')
  const named = lines.findIndex((line, index) => index >= at && index < at + 10 && definedIn(line))
  const head = !isDecorator ? at : named < 0 ? at + 1 : named
  const endOf = (index: number, isPart: (line: string) => boolean = () => false) => {
    const end = lines.findIndex(
      (line, next) => next > index && line.trim() !== '' && depthOf(line) <= depthOf(lines[index]) && !isPart(line),
    )
    return end < 0 ? lines.length : end
  }
  let end = endOf(head, (line) => GOES_ON.test(line))
  const found = isDecorator ? [...lines.keys()].slice(at, head) : []
  for (let index = head; index < end; index++) {
    const line = lines[index] ?? ''
    if (ONLY_GET.test(line)) end = Math.min(end, endOf(index))
    if (SENT.test(line)) index = endOf(index) - 1
    else found.push(index)
  }
  return found
}
