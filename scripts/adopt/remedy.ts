import { posix } from 'node:path'
import { parse } from 'dotenv'
import { OWNER, PROJECT_LABEL } from '../docker/labels.ts'
import { COMPOSE } from './compose-files.ts'
import { type Copy, quote, shownPath } from './draft.ts'
import { readsOf } from './reads.ts'
import { ENV_EXAMPLE, isWithin, LISTS, type SourceTree } from './source-tree.ts'

/** The next step where a Compose file cannot be read. Compose stops at the first thing that it misses: this names all at once. */
export function remedyOf(problem: string, file: string, tree: SourceTree): string {
  const { files, compose } = tree
  const [, wanted] = /env file (\S+) not found/.exec(problem) ?? []
  const env = posix.join(posix.dirname(file), '.env')
  const { unset = [], absent = [], others = [] } = compose ?? {}
  if (wanted) {
    const paths = [...new Set([wanted, ...absent])]
    // What an example has, its copy has as well.
    const examples = paths.map((path) => exampleOf(tree, shownPath(tree, path)) ?? '')
    const had = examples.flatMap((one) => Object.keys(parse(tree.sources[posix.relative(tree.dir, one)] ?? '')))
    const read = readsOf(tree.sources).flatMap(({ name, isOptional }) => (isOptional ? [] : name))
    const asked = [...new Set([...unset, ...read])].filter((name) => !had.includes(name))
    const asks = `   (with a line for each of ${asked.join(', ')}, which the Compose file (from ${env}) or the code reads)`
    return `${createAll(tree, paths)}${asked.length > 0 ? asks : ''}`
  }
  const required = /required variable (\w+) is missing/.exec(problem)
  const wants = [...(compose?.text ?? '').matchAll(/\$\{(\w+):?\?/g)].map(([, name = '']) => name)
  // A variable without a value leaves half a name, or none.
  const isHalf = /empty|no port|should be|failed to cast/i.test(problem)
  const names = required ? [required[1] ?? '', ...wants] : isHalf ? unset : []
  const open = [...new Set(names)].filter((name) => !compose?.given?.[name])
  if (open.length > 0) return fill(tree, open, env)
  const isPart = /undefined|neither an image nor a build/.test(problem)
  const isBeside = (one: string) => COMPOSE.includes(posix.basename(one)) && posix.dirname(one) === posix.dirname(file)
  const base = others.find(isBeside)
  if (isPart && base) return takes(tree, [base, file])
  const override = files.find((one) => /override\.(ya?ml\.)?(example|sample|template|dist)\b/.test(posix.basename(one)))
  if (override && isPart) {
    const name = posix.basename(override).replace(/\.(example|sample|template|dist)\b/, '')
    return `cp ${quote(posix.join(tree.dir, override))} ${quote(posix.join(posix.dirname(file), name))}, correct what it says, then run this again`
  }
  return `correct ${file} until this accepts it: docker compose -f ${file} config`
}

/** The line of .env by which Compose, and this, read other files. */
export const takes = ({ dir }: SourceTree, files: readonly string[]): string =>
  `${append(`COMPOSE_FILE=${files.map((file) => posix.relative(dir, file)).join(':')}`, posix.join(dir, '.env'))}, then run this again`

/** How to let Compose read files of several folders together: those of COMPOSE_FILE would take all their paths for ones of the first folder. */
export const includes = ({ dir }: SourceTree, files: readonly string[]): string =>
  `echo ${quote(`include: [${files.map((file) => posix.relative(dir, file)).join(', ')}]`)} > ${posix.join(dir, 'compose.yaml')}   (without those that do not), then run this again`

/** How to add a line to a file, which may end without one. */
export const append = (line: string, file: string): string => `printf '\\n%s\\n' ${quote(line)} >> ${quote(file)}`

/** How to give a file the name that is asked for, where one differs from that in capital letters alone; else `otherwise`. */
export function renameTo({ dir, files }: SourceTree, path: string, otherwise: string): string {
  const other = files
    .map((one) => posix.join(dir, one))
    .find((one) => one !== path && one.toLowerCase() === path.toLowerCase())
  if (!other) return otherwise
  // A whole folder that is called otherwise takes its other files along; git makes none.
  const [from, to] = [other.split('/'), path.split('/')]
  const count = from.findIndex((part, at) => part !== to[at]) + 1
  const isThere = files.some((one) => isWithin(posix.join(dir, one), to.slice(0, count).join('/')))
  const [old, wanted] = isThere ? [from, to] : [from.slice(0, count), to.slice(0, count)]
  return `git mv ${quote(old.join('/'))} ${quote(wanted.join('/'))}   (capital letters count), then run this again`
}

/** How to create files that are missing. */
export const createAll = (tree: SourceTree, paths: readonly string[]) =>
  `${paths
    .map((path) => {
      const shown = shownPath(tree, path)
      const example = exampleOf(tree, shown)
      return example ? `cp ${quote(example)} ${quote(shown)}` : `create ${shown}`
    })
    .join(', ')}, correct what they say, then run this again`

/** How to give variables a value in a file: in a copy of its example, where the file is not there. */
export function fill(tree: SourceTree, names: readonly string[], file: string): string {
  const example = Object.keys(tree.compose?.given ?? {}).length === 0 ? exampleOf(tree, file) : undefined
  return example
    ? `cp ${quote(example)} ${quote(file)}, and give ${names.join(', ')} a value there, then run this again`
    : `write ${names.map((name) => `${name}=…`).join(', ')} to ${file}, a line each, then run this again`
}

// The example of a file of variables; that in the same folder comes first, and `.env.example` before `.env.dusk.example`.
function exampleOf({ dir, files }: SourceTree, wanted: string): string | undefined {
  const [folder, base] = [posix.dirname(wanted), posix.basename(wanted)]
  const examples = files.flatMap((one) =>
    ENV_EXAMPLE.test(one) && posix.basename(one) !== base ? posix.join(dir, one) : [],
  )
  // That of another program is no example for this one.
  const hasProgram = (path: string) =>
    files.some((one) => posix.join(dir, posix.dirname(one)) === path && LISTS.test(one))
  const near = examples.filter(
    (one) => isWithin(posix.join('/', folder), posix.join('/', posix.dirname(one))) || !hasProgram(posix.dirname(one)),
  )
  const plain = (name: string) => name.replaceAll(/[._-]*(example|sample|template|tpl|base|dist|default)s?\b|^\./gi, '')
  const rank = (one: string) =>
    Number(posix.dirname(one) === folder) * 2 + Number(plain(posix.basename(one)) === plain(base))
  return near.toSorted((one, other) => rank(other) - rank(one) || one.length - other.length)[0]
}

/** The commands that copy existing data. They only read the old volume: until the user removes it, the old containers can start again. */
export function copyLines(project: string, { from, to, image, without = [], file }: Copy): string[] {
  const run = (line: string) => `docker run --rm --network none --user 0:0 --entrypoint ${line}`
  return [
    `docker volume create --label ${OWNER}=data --label ${PROJECT_LABEL}=${project} ${to}`,
    file === undefined
      ? run(`cp -v ${quote(from)}:/from:ro -v ${to}:/to ${quote(image)} -a /from/. /to/`)
      : run(
          `install -v ${quote(posix.dirname(from))}:/from:ro -v ${to}:/to ${quote(image)} -D -m 600 ${quote(`/from/${posix.basename(from)}`)} ${quote(`/to${file}`)}`,
        ),
    ...without.map((path) => run(`rm -v ${to}:/to ${quote(image)} -rf ${quote(`/to/${path}`)}`)),
  ]
}
