import { posix } from 'node:path'
import { filesIn } from '../app-code.ts'
import { codeLines, findAll, keepFiles, type Sources } from '../guess.ts'
import { OWN } from '../lacked.ts'
import { endsWithoutDotenv } from '../php-packages.ts'
import { ASIDE, CODE, type SourceTree } from '../source-tree.ts'
import { takesDotenv } from '../variables.ts'

// Where a program cannot do without a file of variables.

/** The code of a program itself. */
export const programIn = (all: Sources) =>
  keepFiles(all, (file) => CODE.test(file) && !OWN.test(file) && !ASIDE.test(file))
/** Where a program ends without a file of variables: in its code, or in the runtime of Symfony, which that begins with. */
export function needIn({ tracked, dir }: SourceTree, all: Sources, path: string): string | undefined {
  const [code, folder, name] = [programIn(all), posix.dirname(path), posix.basename(path)]
  const list = all[posix.join(posix.relative(dir, folder), 'composer.json')] ?? ''
  const isEnd = name === '.env' && endsWithoutDotenv(list, filesIn(tracked, folder))
  return needOf(code, name) ?? (isEnd ? findAll(code, [/(autoload_runtime\.php)/])[0]?.where : undefined)
}

/**
 * Finds the call that reads .env by a reader of the program's own, which may go on without it, though not as before; undefined where a
 * library does, whose values the environment has, or where the program writes that file.
 */
export function ownReaderIn(all: Sources): string | undefined {
  const code = programIn(all)
  const isLibrary = Object.entries(all).some(([file, text]) => takesDotenv(file, text))
  const isWritten = Object.values(code).some((text) => WRITES_IT.test(text))
  return isLibrary || isWritten ? undefined : findAll(code, [OWN_READER])[0]?.where
}
const OWN_READER = /^(?!\s*(?:\/\/|#|\*)).*?\w(\()[^;]*["'`][^"'`\s]*(?<![\w.*])\.env["'`]/
const WRITES_IT =
  /\b(?:file_put_contents|writeFile\w*|fopen|open)\([^;\n]*\.env["'`](?=[^;\n]*,)(?!\s*,\s*["'](?:r|utf))/

/** Finds the line of code, as `file:line`, that ends or fails without a file of that name; undefined where each goes on without it. */
export function needOf(code: Sources, name: string): string | undefined {
  const word = wordOf(name)
  for (const [file, text] of Object.entries(code)) {
    if (OF_HOST.test(text)) continue
    const lines = codeLines(text)
    const given = text.matchAll(new RegExp(String.raw`(\w+)\s*:?=(?!=)[^=;\n]*${word}`, 'g'))
    const variables = Array.from(given, ([, variable]) => String.raw`\b${variable}\b`)
    const named = new RegExp([word, ...variables].join('|'))
    const next = (at: number) => lines.slice(at, at + 4).join('\n')
    const asks = lines.flatMap((line, at) => (EXISTS.test(line) && named.test(next(at)) ? at : []))
    const refuses = asks.find((at) => ABSENT.test(next(at)) && REFUSES.test(next(at)))
    // Who looks first whether it is there goes on without it.
    const reads = lines.findIndex((line, at) => {
      if (/\btry\b/.test(lines.slice(Math.max(at - 3, 0), at + 1).join()) && !REFUSES.test(next(at))) return false
      const loads = LOADS.test(line) || (GO.test(line) && REFUSES.test(next(at)))
      return (loads && name === '.env') || ((loads || READS.test(line)) && named.test(line))
    })
    const found = refuses ?? (asks.length > 0 ? -1 : reads)
    if (found >= 0) return `${file}:${found + 1}`
  }
  return undefined
}
// What calls the engine is for whoever sets the host up: no container has that.
const OF_HOST = /["'`]docker["'`]\s*,\s*["'`]|["'`]docker (run|exec|compose|ps|volume|inspect|pull|start|stop|rm)\b/
/** A file's name as a word of code. */
export const wordOf = (name: string) => String.raw`(?<![\w.-])${name.replaceAll(/\W/g, '\\$&')}(?![\w-]|\.\w)`
const ASKED = String.raw`\b(?:file_exists|is_file|is_readable|existsSync|accessSync|exists|isfile|is_file|exist\?|file\?|os\.Stat)\(`
const EXISTS = new RegExp(ASKED)
const ABSENT = new RegExp(`(?:!|\\bnot\\b|\\bunless\\b)[^&|;\\n]*${ASKED}|\\belse\\b|IsNotExist|err != nil`)
const REFUSES = /\b(?:die|exit|Exit|throw|raise|abort|panic|Fatal\w*)\b/
// What throws where the file is missing: in PHP, Java, Ruby, Node and Rust. Most other libraries go on.
const LOADS =
  /[dD]otenv[^;]*->(?:load|loadEnv|bootEnv|overload)\(|\bDotenv\.load(?:!|\(\))|\bprocess\.loadEnvFile\(|\bdotenvy?(?:::dotenv)?\(\)\s*(?:\.unwrap\(|\.expect\(|\?)/
const GO = /\bgodotenv\.(?:Load|Overload|Read)\(/
const READS =
  /\b(?:parse_ini_file|file|fopen|file_get_contents|readFileSync|readFile|File\.read\w*|open)\((?!.*,\s*["'][wa])/
