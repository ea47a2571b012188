import { posix } from 'node:path'
import { codeOf } from '../app.ts'
import { ASIDE } from '../compose-files.ts'
import { about, isWithin, joinParts, type Old, pathFromFile, quote, type ServiceRule, shownPath } from '../draft.ts'
import { keepFiles } from '../guess.ts'
import { fatesOf, OWN, placedIn, placesBelow } from '../mounts.ts'
import { CODE } from '../packages.ts'
import { append } from '../remedy.ts'

/**
 * Gives a service, as a secret, each file of variables outside of git that its code cannot do without, where its old container had it. Git
 * keeps no such file, so no image has it; and Compose hands on its values alone.
 */
export const envFileRule: ServiceRule = (old) => {
  const { tree, project } = old
  const code = keepFiles(codeOf(old, old.service), (file) => CODE.test(file) && !OWN.test(file) && !ASIDE.test(file))
  const parts = envFilesOf(old).map((path) => {
    const target = placeOf(old, path)
    const where = needOf(code, posix.basename(path))
    if (!target || !where) return undefined
    const name = `${path.replace(/^\W+/, '').replaceAll(/\W+/g, '-')}-file`
    const file = posix.join(posix.dirname(path), 'secrets', name)
    const spec = { file: pathFromFile(tree, posix.join(tree.root, file)) }
    const lines = { secrets: [{ source: name, target }] }
    const { ok, missing } = about(old)
    const claims = [posix.relative(posix.dirname(project.file), path)]
    const at = { where: posix.join(tree.dir, where), confidence: 'likely', claims } as const
    // Its worker may answer as another user than root.
    const [folder, from, to] = [posix.dirname(file), path, file].map(quote)
    const copy = `install -d -m 700 ${folder} && install -m 444 ${from} ${to} && ${append(`/${file}`, '.gitignore')}`
    const finding = tree.files.some((one) => posix.join(tree.dir, one) === file)
      ? ok(`${target} is the secret ${name}, from ${file}`, at)
      : missing(
          `its code needs the file ${path}, and no image has it: the proposed file gives it as a secret at ${target}`,
          `create that secret: ${copy}   (or let the code do without the file, take its values from the environment, and take the secret ${name} out of the proposed file)`,
          at,
        )
    return { lines, tops: { secrets: { [name]: spec } }, findings: [finding] }
  })
  return joinParts(parts)
}

// What env_file names, and the .env beside the Compose file, by their paths in the checkout.
function envFilesOf({ tree, project, service }: Old): string[] {
  const { given = {}, raw = {}, absent = [], file } = project
  const named = [raw[service]?.['env_file'] ?? []].flat() as (string | { readonly path: string })[]
  const beside = Object.keys(given).length > 0 ? ['.env'] : []
  const all = [...beside, ...named.map((one) => (typeof one === 'string' ? one : one.path))]
  // Compose gives whole paths. What lies outside of the checkout, no mount of it brings.
  const paths = all.map((one) => shownPath(tree, posix.resolve(tree.root, posix.dirname(file), one)))
  return [...new Set(paths)].filter(
    (one) => !one.startsWith('/') && !tree.tracked.includes(one) && !absent.includes(posix.join(tree.root, one)),
  )
}

// Where a container had the file: what is left out now, or a build of the whole folder, brought it there.
function placeOf(old: Old, path: string): string | undefined {
  const { tree, spec } = old
  const from = posix.join(tree.root, path)
  const brought = fatesOf(old).filter(({ type, source = '' }) => type === 'bind' && isWithin(from, source))
  if (brought.some(({ fate }) => fate !== 'source' && fate !== 'baked')) return undefined
  const [mount] = brought
  return mount ? placesBelow(old, mount)(path) : placedIn({ tree: { ...tree, tracked: [path] }, spec }, '/')[0]?.[1]
}

/** Finds the line of code, as `file:line`, that ends or fails without a file of that name; undefined where each goes on without it. */
export function needOf(code: Readonly<Record<string, string>>, name: string): string | undefined {
  const word = String.raw`(?<![\w.-])${name.replaceAll(/\W/g, '\\$&')}(?![\w-]|\.\w)`
  for (const [file, text] of Object.entries(code)) {
    const lines = text.split('\n').map((line) => (COMMENT.test(line) || line.length > 500 ? '' : line))
    const given = text.matchAll(new RegExp(String.raw`(\w+)\s*:?=(?!=)[^=;\n]*${word}`, 'g'))
    const variables = Array.from(given, ([, variable]) => String.raw`\b${variable}\b`)
    const named = new RegExp([word, ...variables].join('|'))
    const next = (at: number) => lines.slice(at, at + 4).join('\n')
    const asks = lines.flatMap((line, at) => (EXISTS.test(line) && named.test(next(at)) ? at : []))
    const refuses = asks.find((at) => ABSENT.test(next(at)) && REFUSES.test(next(at)))
    // Who looks first whether it is there goes on without it.
    const reads = lines.findIndex((line, at) => {
      if (/\btry\b/.test(lines.slice(Math.max(at - 3, 0), at + 1).join()) && !REFUSES.test(next(at))) return false
      return LOADS.test(line) || (GO.test(line) && REFUSES.test(next(at))) || (READS.test(line) && named.test(line))
    })
    const found = refuses ?? (asks.length > 0 ? -1 : reads)
    if (found >= 0) return `${file}:${found + 1}`
  }
  return undefined
}
const COMMENT = /^\s*(\/\/|\*|#)/
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
