import { posix } from 'node:path'
import { codeLines, fileOf, type Guess, keepFiles, type Sources } from './guess.ts'

// The routers of Go (gin, Fiber, echo, chi, gorilla): a route of a group lies below the path of that.

/** The path below which a route of Go lies; undefined where nobody knows it, or where its group asks who is there. */
export function groupPath(sources: Sources, one: Guess<string>): string | undefined {
  const file = fileOf(one)
  const at = Number(/\d+$/.exec(one.where)?.[0]) - 1
  const name = /([\w.]+)\.\w+\(\s*["`]/.exec(linesIn(sources, file)[at] ?? '')?.[1]
  return name === undefined ? '/' : pathOf({ sources, file, at, depth: 0 }, name)
}

type Place = { readonly sources: Sources; readonly file: string; readonly at: number; readonly depth: number }
const linesIn = (sources: Sources, file: string) => codeLines(sources[file] ?? '')

// Goes up from a line to the one that makes the router of that name, past blocks that have ended.
function pathOf(place: Place, name: string): string | undefined {
  const { sources, file } = place
  if (place.depth > 8 || new RegExp(`${MOUNTS}\\s*${name}\\b`).test(sources[file] ?? '')) return undefined
  const makes = new RegExp(`(?<![\\w.])${name}\\s*:?=(?!=)\\s*(.+)`)
  const asks = new RegExp(`(?<![\\w.])${name}\\.Use\\((?!\\s*").*(${GUARDED.source})`, 'i')
  const takes = new RegExp(`\\bfunc\\b.*[(,]\\s*${name}\\s+(\\*?[\\w.]+)`)
  const lines = linesIn(sources, file)
  let ended = 0
  for (let index = place.at - 1; index >= 0; index -= 1) {
    const line = lines[index] ?? ''
    ended += line.split('}').length - line.split('{').length
    const isAround = ended < 0
    ended = Math.max(ended, 0)
    if (ended > 0) continue
    const here = { ...place, at: index, depth: place.depth + 1 }
    if (asks.test(line)) return undefined
    const [, type] = (isAround && takes.exec(line)) || []
    if (type) return TOP.test(type) ? '/' : takenPath(here, line, name)
    const made = makes.exec(line)?.[1]
    if (made) return valuePath(here, made) ?? (GROUP.test(made) || isMounted(here) ? undefined : '/')
  }
  // A member of an object may be a group as well as a router.
  return /\.(?!(app|router|engine|server|mux|echo|gin|e|r)$)\w+$/i.test(name) ? undefined : '/'
}
const MOUNTS = '\\b(?:Mount|Use|Route|Handle|StripPrefix)\\(\\s*"/\\w[^"\\n]*",'
const GUARDED = /auth|login|jwt|guard|protect|admin|verify/i
const TOP = /^\*?(fiber\.App|gin\.Engine|echo\.Echo|http\.ServeMux|chi\.Mux)$/
const GROUP = /\.(?:Group|PathPrefix|With)\(/

// The path of a router by its name, or by the group of another one that is made there.
function valuePath(place: Place, value: string): string | undefined {
  const [base = '', ...groups] = value.trim().split(GROUP)
  if (groups.length === 0) return /^[a-z]\w*$/.test(base) ? pathOf(place, base) : undefined
  const paths = groups.map((group) => /^\s*"([^"]*)"\s*[,)]/.exec(group)?.[1])
  const isOpen = paths.includes(undefined) || GUARDED.test(groups.join().replaceAll(/"[^"]*"/g, ''))
  const above = isOpen ? undefined : /^[\w.]+$/.test(base) ? pathOf(place, base) : '/'
  return above === undefined ? undefined : posix.join(above, ...paths.flatMap((path) => path ?? []))
}

// What a function that takes a router is called with: for a part of another one (`r.Route("/api", func(r chi.Router) {`), or by its name.
function takenPath(place: Place, line: string, name: string): string | undefined {
  const [, parent, path = ''] = /([\w.]+)\.(?:Route|Group)\(\s*(?:"([^"]*)"\s*,\s*)?func\b/.exec(line) ?? []
  if (parent) {
    const above = pathOf(place, parent)
    return above === undefined ? undefined : posix.join(above, path)
  }
  const [, called, parameters = ''] = FUNCTION.exec(line) ?? []
  if (!called) return undefined
  const index = parameters.split(',').findIndex((one) => one.trim().split(/\s/)[0] === name)
  const calls = new RegExp(`\\b${called}\\(((?:[^()]|\\([^()]*\\))*)\\)`)
  const found = Object.keys(keepFiles(place.sources, isGo)).flatMap((file) => {
    const lines = linesIn(place.sources, file)
    return lines.flatMap((one, at) => {
      if (!one.includes(`${called}(`) || /^func\b/.test(one)) return []
      const [, given = ''] = calls.exec(lines.slice(at, at + 12).join(' ')) ?? []
      return [valuePath({ ...place, file, at }, given.split(/,(?![^(]*\))/)[index] ?? '')]
    })
  })
  return new Set(found).size === 1 ? found[0] : undefined
}
const FUNCTION = /^func\s*(?:\([^)]*\)\s*)?(\w+)\(([^)]*)\)/
const isGo = (file: string) => /(?<!_test)\.go$/.test(file)

// Whether the function that a line is in makes a router for another one to mount.
function isMounted({ sources, file, at }: Place): boolean {
  const around = linesIn(sources, file)
    .slice(0, at)
    .findLast((line) => FUNCTION.test(line))
  const mounts = new RegExp(`${MOUNTS}.*\\b${FUNCTION.exec(around ?? '')?.[1] ?? '-'}\\(`)
  return Object.entries(sources).some(([other, text]) => isGo(other) && mounts.test(text))
}
