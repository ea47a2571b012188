import { posix } from 'node:path'
import { placeIn } from '../image/copied-places.ts'
import type { DockerfileFacts } from '../image/dockerfile.ts'
import { keepFiles, type Sources } from './guess.ts'
import { mapValues } from './source-tree.ts'

/**
 * The sources with the paths of PHP as they are in the container: those that begin with the folder of a file (`__DIR__`), with that of
 * the pages, with a constant, or with a setting. A call on several lines stands on its first one. `others` has the web server's files, too.
 */
export function withPlaces(sources: Sources, facts: DockerfileFacts | undefined, others: Sources = sources): Sources {
  const own = keepFiles(sources, (file) => PHP.test(file))
  if (!facts || Object.keys(own).length === 0) return sources
  const root = facts.target?.environment['APACHE_DOCUMENT_ROOT'] ?? rootIn(others) ?? '/var/www/html'
  const join = (text: string) =>
    text.replaceAll(CALL, (call) => call.replaceAll(/\s*\n\s*/g, ' ') + call.replaceAll(/[^\n]/g, ''))
  const place = (line: string, file: string) =>
    line
      .replaceAll(/\bsprintf\(/g, '(')
      .replaceAll(REAL, '$1')
      .replaceAll(BARE, "$& . '/'")
      .replaceAll(FOLDER, (all, calls: string, of: string, levels: string | undefined, quote: string, rest: string) => {
        const inside = placeIn(facts, file)
        const ups = calls.split('dirname(').length - 1 + Number(levels ?? 1) - 1 + (of === '__DIR__' ? 1 : 0)
        return inside === undefined ? all : `${quote}${posix.join(inside, '../'.repeat(ups), `/${rest}`)}`
      })
      .replaceAll(TRIMMED, "$_SERVER['DOCUMENT_ROOT']")
      .replaceAll(PAGES, `$1${root}/`)
      .replaceAll(ALONE, `'${root}'`)
      .replaceAll(/\bgetcwd\(\)\s*\.\s*(["'])\//g, '$1./')
  const placed = mapValues(own, (text, file) => join(text).replaceAll(LINE, (line) => place(line, file)))
  const all = Object.values(placed).flatMap((text) => [...text.matchAll(CONSTANT)])
  const constants = new Map(all.map(([, one, other, said = '']) => [one ?? other, said] as const))
  const listed = Object.values(own).flatMap((text) => [...text.matchAll(LISTED)])
  const settingOf = (all: string, name: string) => {
    const values = new Set(listed.flatMap(([, key, value]) => (key === name ? value : [])))
    return values.size === 1 ? `'${[...values][0]}'` : all
  }
  const fill = (text: string) =>
    text.replaceAll(LINE, (line) =>
      line
        .replaceAll(USED, (used, before: string, name: string) =>
          constants.has(name) ? `${before}${constants.get(name)}` : used,
        )
        .replaceAll(SETTING, settingOf),
    )
  // A constant may begin with another one.
  return {
    ...sources,
    ...mapValues(placed, (text) =>
      withLocals(fill(fill(fill(text))))
        .replaceAll(PARTS, '')
        .replaceAll(BEHIND, '$1?/'),
    ),
  }
}
// A path behind a variable that a file sets to a folder, or before one.
function withLocals(text: string): string {
  const all = Map.groupBy(text.matchAll(LOCAL), ([, name = '']) => name)
  const add = (joined: string, name: string, to: (folder: string) => string) => {
    const [[, , , folder] = [], ...more] = all.get(name) ?? []
    return folder === undefined || more.length > 0 ? joined : to(folder)
  }
  return text
    .replaceAll(JOINED, (joined, name: string, quote: string) => add(joined, name, (folder) => `${quote}${folder}/`))
    .replaceAll(AFTER, (joined, quote: string, top: string, name: string) =>
      add(joined, name, (folder) => `${quote}${top}${folder}/${quote}`),
    )
}
const LOCAL = /(\$\w+)\s*=\s*(["'])(\/[\w./-]*?)\/?\2\s*;/g
const AFTER = /(["'])(\/[\w./-]*[\w-])\1\s*\.\s*(\$\w+)(?=\s*[;.,)])/g
const JOINED = /(\$\w+)\s*\.\s*(["'])\/(?=\w)/g
const PARTS = /(?<=[\w.-])\/?(["'])\s*\.\s*\1(?=\/\w)/g
// What follows a folder that nobody knows begins at no root.
const BEHIND = /((?:->\w+|\b[A-Z][A-Z_0-9]+|\))\s*\.\s*["'])\/(?=\w)/g
// Where nginx passes requests on to PHP, it says where the pages are.
function rootIn(all: Sources): string | undefined {
  const passing = Object.values(all).filter((text) => /\bfastcgi_pass\b/.test(text))
  const roots = new Set(passing.flatMap((text) => Array.from(text.matchAll(ROOT), ([, root = '']) => root)))
  return roots.size === 1 ? [...roots][0] : undefined
}
const ROOT = /^\s*root\s+["']?(\/[\w./-]*[\w-])\/?["']?\s*;/gm
const PHP = /\.(php|inc|phtml)$/
// One that includes a file is read as it stands.
const LINE = /^(?!.*\b(?:include|require)(?:_once)?\b).+$/gm
const CALL = /\bmove_uploaded_file\([^;{]*?[;{]/g
const REAL = /\brealpath\(\s*((?:dirname\(\s*)*__(?:DIR|FILE)__\s*(?:,\s*\d\s*)?\)*\s*\.\s*["'][\w./-]*["'])\s*\)/g
const FOLDER = /((?:dirname\(\s*)*)(__DIR__|__FILE__)\s*(?:,\s*(\d)\s*)?\)*\s*\.\s*(["'])([\w./-]*)/g
// One with nothing behind it is the value of a constant, or of a variable.
const BARE =
  /\bdefine\(\s*["']\w+["']\s*,\s*(?:dirname\(\s*)*__(?:DIR|FILE)__[\s,\d)]*(?=\)\s*;)|=\s*(?:dirname\(\s*)*__(?:DIR|FILE)__[\s,\d)]*(?=\s*;)/g
const PAGES = /\$_SERVER\[\s*["']DOCUMENT_ROOT["']\s*\]\s*\.\s*(["'])\/?/g
const TRIMMED = /\brtrim\(\s*\$_SERVER\[\s*["']DOCUMENT_ROOT["']\s*\]\s*(?:,\s*["'][^"']*["']\s*)?\)/g
const ALONE = /\$_SERVER\[\s*["']DOCUMENT_ROOT["']\s*\]/g
const CONSTANT =
  /(?:\bdefine\(\s*["'](\w+)["']\s*,\s*|\bconst\s+(?:\w+\s+)?([A-Z]\w*)\s*=\s*)((?:[A-Z_]+\s*\.\s*)?["'][\w./-]+["'])\s*[;)]/g
// A file of settings, and who asks for one.
const LISTED = /["'](\w+)["']\s*=>\s*["']([\w./-]+)["']/g
const SETTING = /\b[cC]onfig(?:::get)?\(\s*["'](?:\w+\.)*(\w+)["']\s*\)/g
// Where it begins a path.
const USED = /([,(.=]\s*)(?:\w+::)?\b([A-Z][A-Z_0-9]+)(?=\s*\.)/g
