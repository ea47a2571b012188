import { posix } from 'node:path'
import type { Sources } from './guess.ts'
import { mapValues } from './source-tree.ts'

const DEFINED = /^\s*(?:export\s+)?(?:(?:const|let|var)\s+)?([A-Za-z_]\w*)\s*(?::\s*\w+\s*)?=(?![=>])\s*(.+?);?\s*$/gm
const USED = /\b((?:join|resolve)\(\s*)([A-Za-z_]\w*)(?=\s*,)|()\b([A-Za-z_]\w*)(?=\s*\/\s*["'])/g
// The parts of a path: a text, those of a call, or what Python divides; a default where a variable may say otherwise.
const PARTS = [
  /^(["'`][\w./-]+["'`])[)\s]*$/,
  /^[\w.]*\b(?:join|resolve)\(((?:[^()]|\([^()]*\))+)\)$/,
  /^([\w.()]+(?:\s*\/\s*["'][\w.-]+["'])+)$/,
]
const READ =
  /^(?:process\.env[.[]["']?\w+["']?\]?\s*(?:\|\||\?\?)\s*|(?:os\.)?(?:environ\.get|getenv)\(\s*["']\w+["']\s*,\s*(?=["'][^"']+["']\s*\)))/

/** A call for a folder that is there for a while: what lies there is no data. */
export const TEMPORARY = /\b(?:mkdtemp(?:Sync)?|tmpdir|gettempdir|sys_get_temp_dir)\(/

/** Whether a name of a file stands for such a folder, and for nothing else. */
export function isTemporary(text: string, name: string): boolean {
  const all = [...text.matchAll(DEFINED)].filter(([, one]) => one === name)
  return all.length > 0 && all.every(([, , value = '']) => TEMPORARY.test(value))
}

/** The sources with the parts of a path in the place of a constant that it begins with: join(DATA, 'a.json') names the folder, too. */
export const withConstants = (sources: Sources): Sources =>
  mapValues(sources, (text) => {
    const parts = new Map<string, string | undefined>()
    for (const [, name = '', said = ''] of text.matchAll(DEFINED)) {
      const value = said.length > 300 ? '' : said.replace(READ, '')
      const known = PARTS.map((pattern) => pattern.exec(value)?.[1]).find(Boolean)
      const found = TEMPORARY.test(value) ? '"/tmp"' : known
      // Two other definitions: nobody knows which one is meant.
      parts.set(name, parts.has(name) && parts.get(name) !== found ? undefined : found)
    }
    const fill = (all: string) =>
      all.replace(USED, (use, call: string | undefined, joined: string, _: string, divided: string) => {
        const value = parts.get(joined ?? divided)
        return value === undefined ? use : `${call ?? ''}${value}`
      })
    return parts.size > 0 ? fill(fill(text)) : text
  })

const GIVEN = /\b__dirname\s*[:=]\s*__dirname\b/
/**
 * The sources with the way to the file that gives others its own folder (`{ __dirname: __dirname }`), where they take that: their own
 * folder is another one. A line with such a folder of nobody knows which file tells nothing.
 */
export function withDirnames(sources: Sources): Sources {
  const [given = '', ...more] = Object.keys(sources).filter((file) => GIVEN.test(sources[file] ?? ''))
  return mapValues(sources, (text, file) => {
    const way = posix.relative(posix.dirname(file), posix.dirname(given))
    const isKnown = given !== '' && more.length === 0 && /^(\.\.(\/|$))*$/.test(way)
    const known = isKnown
      ? text.replaceAll(/\b\w+\.__dirname(?=\s*,)/g, way ? `__dirname, '${way}'` : '__dirname')
      : text
    return known.replaceAll(/^.*\w\.__dirname\b.*$/gm, '')
  })
}
