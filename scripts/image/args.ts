import type { Dockerfile } from 'dockerfile-ast'

/** The values that the build gives to ARGs, and those of the ARGs before FROM. */
export type ArgValues = Record<'given' | 'before', Readonly<Record<string, string>>>

/** The values of an ARG in a stage. Without one of its own, it has that of the ARG before FROM. */
export const argsOf = (words: readonly string[], { given, before }: ArgValues): Record<string, string> =>
  Object.fromEntries(
    words.flatMap((word) => {
      const [name = '', value] = Object.entries(variables([word]))[0] ?? []
      const known = given[name] ?? (word.includes('=') ? value : before[name])
      return known === undefined ? [] : [[name, known]]
    }),
  )

/** The variables of ENV: `ENV NAME value` sets one, `ENV NAME=value …` several. */
export function variables(words: readonly string[]): Record<string, string> {
  const [first = '', ...rest] = words
  if (!first.includes('=')) return { [first]: rest.join(' ') }
  return Object.fromEntries(
    words.map((word) => [word.split('=')[0] ?? '', word.slice(word.indexOf('=') + 1).replace(/^(["'])(.*)\1$/, '$2')]),
  )
}

/** The ARGs before FROM that have a value. */
export const initialArgs = (file: Dockerfile, given: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    file.getInitialARGs().flatMap((arg) => {
      const name = arg.getProperty()?.getName() ?? ''
      const value = given[name] ?? arg.getProperty()?.getValue()
      return value ? [[name, value]] : []
    }),
  )

/** Fills in FROM, which may use the ARGs before it; `whole` says that each has a value. */
export function fill(file: Dockerfile, text: string, given: Readonly<Record<string, string>>) {
  const values = initialArgs(file, given)
  let whole = true
  const filled = text.replace(/\$\{?(\w+)(?::?-([^}]*))?\}?/g, (_, name: string, other = '') => {
    const value = values[name] || other
    whole &&= value !== ''
    return value
  })
  return { text: filled, whole }
}

/** The build arguments that FROM needs, and that have neither a default nor a value. */
export function openArgs(text: string, given: Readonly<Record<string, string>>): string[] {
  const [head = ''] = text.split(/^\s*FROM\s/im)
  const open = [...head.matchAll(/^\s*ARG\s+(\w+)\s*$/gim)].map(([, name = '']) => name)
  const from = [...text.matchAll(/^\s*FROM\s+(.*)$/gim)].map(([line]) => line).join('\n')
  return open.filter((name) => !given[name] && new RegExp(`\\$(\\{${name}\\}|${name}\\b)`).test(from))
}
