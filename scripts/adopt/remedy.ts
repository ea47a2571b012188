import { posix } from 'node:path'
import { quote, shownPath } from './draft.ts'
import type { SourceTree } from './source-tree.ts'

/** The next step where a Compose file cannot be read. Compose stops at the first thing that it misses: this names all at once. */
export function remedyOf(problem: string, file: string, tree: SourceTree): string {
  const { files, compose } = tree
  const [, wanted] = /env file (\S+) not found/.exec(problem) ?? []
  const env = posix.join(posix.dirname(file), '.env')
  if (wanted) {
    const unset = compose?.unset ?? []
    const asks = unset.length > 0 ? `   (with a line for each of ${unset.join(', ')} in ${env})` : ''
    return `${createAll(tree, [...new Set([wanted, ...(compose?.absent ?? [])])])}${asks}`
  }
  const required = /required variable (\w+) is missing/.exec(problem)
  const wants = [...(compose?.text ?? '').matchAll(/\$\{(\w+):?\?/g)].map(([, name = '']) => name)
  // A variable without a value leaves half a name, or none.
  const isHalf = /empty|no port|should be/i.test(problem)
  const names = required ? [required[1] ?? '', ...wants] : isHalf ? (compose?.unset ?? []) : []
  const open = [...new Set(names)].filter((name) => !compose?.given?.[name])
  if (open.length > 0)
    return `write ${open.map((name) => `${name}=…`).join(' ')} to ${env}, a line each${exampleOf(files, '.env')}, then run this again`
  const override = files.find((one) => /override\.(ya?ml\.)?(example|sample|template|dist)\b/.test(posix.basename(one)))
  if (override && /undefined|neither an image nor a build/.test(problem)) {
    const name = posix.basename(override).replace(/\.(example|sample|template|dist)\b/, '')
    return `cp ${quote(posix.join(tree.dir, override))} ${quote(posix.join(posix.dirname(file), name))}, correct what it says, then run this again`
  }
  return `correct ${file} until this accepts it: docker compose -f ${file} config`
}

/** How to add a line to a file, which may end without one. */
export const append = (line: string, file: string): string => `printf '\\n%s\\n' ${quote(line)} >> ${quote(file)}`

/** How to create files that are missing. */
export const createAll = (tree: SourceTree, paths: readonly string[]) =>
  `create ${paths.map((path) => `${shownPath(tree, path)}${exampleOf(tree.files, shownPath(tree, path))}`).join(', ')}, then run this again`

/** Names the example of a file of variables; that in the same folder comes first, and `.env.example` before `.env.dusk.example`. */
export function exampleOf(files: readonly string[], wanted: string): string {
  const [folder, base] = [posix.dirname(wanted), posix.basename(wanted)]
  const examples = files.filter((one) => {
    const name = posix.basename(one)
    return (
      name !== base &&
      /(^|[._-])env\b.*[._-]?(example|sample|template|dist|default)s?$|(^|[._-])env(example|sample)$|^(example|sample|template|default)\.env$/.test(
        name,
      )
    )
  })
  const rank = (one: string) => Number(posix.dirname(one) === folder) * 2 + Number(posix.basename(one).startsWith(base))
  const [found] = examples.toSorted((one, other) => rank(other) - rank(one) || one.length - other.length)
  return found ? `   (${found} is an example)` : ''
}
