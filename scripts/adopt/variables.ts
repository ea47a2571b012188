import type { Variables } from '../config/settings.ts'
import type { SourceTree } from './source-tree.ts'

// What the toolkit itself calls so: an application's variable of that name gets another one.
const OURS = ['PORT', 'DIR', 'COMPOSE', 'IMAGE', 'MEMORY', 'DATABASE_MEMORY', 'INTERNAL', 'ROLLOUT', 'VARIABLES']

/** The name in .env of a variable of the Compose file. */
export function envName(name: string): string {
  const own = name
    .replace(/^APP_/, '')
    .toUpperCase()
    .replace(/[^A-Z0-9_]/g, '_')
  return `APP_${OURS.includes(own) ? 'OWN_' : ''}${own}`
}

/** A line of .env for a value. Undefined for one that such a file cannot hold. */
export const envValue = (value: string): string | undefined => {
  if (/['\n]/.test(value)) return undefined
  return /^[A-Za-z0-9_./:@%,+-]*$/.test(value) ? value : `'${value}'`
}

/** The secrets that .env may get: where git keeps that file, only those that git has already. */
export function writable({ tracked, given, compose }: SourceTree, secrets: Variables): Variables {
  const { text = '', written = text, given: own = {} } = compose ?? {}
  const known = [written, ...Object.values({ ...given, ...own })].join(' ')
  const isKnown = (value: string) => value.split(/[^\w.-]+/).every((word) => known.includes(word))
  return tracked.includes('.env')
    ? Object.fromEntries(Object.entries(secrets).filter(([, value]) => isKnown(value)))
    : secrets
}

/** Whether a text has a variable that Compose fills in. */
export const hasVariables = (text: string): boolean => /\$\{?\w/.test(text.replaceAll('$$', ''))

/** A value with its variables filled in, as Compose does it. */
export const fillIn = (value: unknown, variables: Variables): unknown =>
  mapTexts(value, (text) =>
    text.replace(
      /\$\$|\$\{(\w+)(?::?([-?+])([^}]*))?\}|\$(\w+)/g,
      (all, braced: string = '', sign: string = '', other: string = '', bare: string = '') => {
        const name = braced || bare
        const given = variables[name]
        if (name === '') return all
        if (given === undefined) return sign === '-' ? other : ''
        // A line of .env may be quoted, and Compose writes a literal $ as $$.
        return sign === '+' ? other : given.replace(/^'(.*)'$/s, '$1').replaceAll('$', () => '$$')
      },
    ),
  )

// Replaces each text in a value of a document, however deep.
const mapTexts = (value: unknown, replace: (text: string) => string): unknown =>
  JSON.parse(JSON.stringify(value), (_, one) => (typeof one === 'string' ? replace(one) : one))

type Renamed = { readonly value: unknown; readonly secrets: Variables }

/**
 * A value of the Compose file as its author wrote it, with its variables by their names in .env: what Compose fills in
 * may be secret, and the proposed file is for git. `given` has the values of the project's own .env.
 */
export function withVariables(raw: unknown, given: Variables): Renamed {
  const secrets: Record<string, string> = {}
  const rename = (text: string) =>
    text.replace(/\$\$|\$\{(\w+)|\$(\w+)/g, (all, braced: string = '', bare: string = '') => {
      const name = braced || bare
      if (name === '') return all
      const value = envValue(given[name] ?? '')
      if (given[name] !== undefined && value !== undefined) secrets[envName(name)] = value
      return braced ? `\${${envName(name)}` : `\${${envName(name)}:-}`
    })
  return { value: mapTexts(raw, rename), secrets }
}
