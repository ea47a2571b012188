import { posix } from 'node:path'
import { fileOf, findAll, type Guess, type Sources } from './guess.ts'

/** The folders, from where a program of Node starts or from its file, to which it moves what users send. */
export const movedByNode = (sources: Sources): Guess<string>[] =>
  findAll(sources, [MOVED]).flatMap(({ value, where }) => {
    const file = fileOf({ where })
    const folder = JAVASCRIPT.test(file) ? folderIn(sources[file] ?? '', file, value) : '.'
    return folder === '.' || folder.startsWith('..') ? [] : [{ value: folder, where }]
  })
const JAVASCRIPT = /\.[cm]?[jt]s$/
// By express-fileupload, sharp, and from memory.
const MOVED = /(?:\.mv|\.toFile|\bwriteFile(?:Sync)?(?=\(.*\b(?:buffer|file\.data)\b))\(\s*([^\n]+)/

// What an expression says of a path up to what only a request tells.
function folderIn(text: string, file: string, expression: string): string {
  const define = (all: string, name: string) =>
    new RegExp(String.raw`\b(?:const|let|var)\s+${name}\s*=\s*(.+?);?\s*$`, 'm').exec(text)?.[1] ?? all
  const joined = (said: string) =>
    said.replaceAll(/`([^`]*)`/g, (_, inner: string) => `'${inner.replaceAll(/\$\{([^}]*)\}/g, "' + $1 + '")}'`)
  const said = [1, 2, 3].reduce((one) => joined(one).replaceAll(NAME, define), expression)
  const [begin = ''] = said.split(UNKNOWN)
  // The last text may be the beginning of a name.
  const known = begin.replace(/(["'])((?:[\w.-]*\/)*)[\w.-]+\1\s*\+\s*$/, '$1$2$1')
  const parts = Array.from(known.matchAll(/["']([\w./-]*)["']?/g), ([, word = '']) => word)
  const whole = posix.join(/__dirname|import\.meta/.test(known) ? posix.dirname(file) : '', ...parts, 'x')
  return posix.dirname(whole.replace(/^\//, ''))
}
const NAME = /(?<![\w.$'"/-])([A-Za-z_$][\w$]*)(?![\w$]*\s*[('"/.-])/g
// A name that stands for nothing known here.
const UNKNOWN =
  /(?<![\w.$'"/-])(?!(?:path|join|resolve|process|cwd|__dirname|import|meta|url|dirname|fileURLToPath)\b)[A-Za-z_$][\w$]*/
