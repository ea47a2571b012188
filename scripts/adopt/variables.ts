import { posix } from 'node:path'
import type { Variables } from '../config/settings.ts'
import { mapTexts } from '../docker/compose-variables.ts'
import { CODE, LISTS, type Project, type SourceTree } from './source-tree.ts'

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
  if (/^[A-Za-z0-9_./:@%,+-]*$/.test(value)) return value
  // In double quotes, a few signs mean something to Compose.
  return [["'", /['\n]/] as const, ['"', /["\n\\$`]/] as const].flatMap(([quote, means]) =>
    means.test(value) ? [] : quote + value + quote,
  )[0]
}

/** As envValue, for one of several lines, such as a key: dotenv and Compose read `\n` in double quotes as the end of a line. */
export const linesValue = (value: string): string | undefined =>
  /["\\$`\r]/.test(value) ? undefined : `"${value.replaceAll('\n', '\\n')}"`

/** Whether a variable of .env is Compose's own, or the Compose file or the environment of a service names it. */
export const isRead = ({ text, written = text, services }: Project, name: string): boolean =>
  name.startsWith('COMPOSE_') ||
  new RegExp(`\\$\\{?${name}\\b`).test(written) ||
  Object.values(services).some(({ environment = {} }) => name in environment)

/** The secrets that .env may get: where git keeps that file, only those that git has already. */
export const writable = (tree: SourceTree, secrets: Variables): Variables =>
  tracksDotenv(tree) ? Object.fromEntries(Object.entries(secrets).filter(([, value]) => isOfGit(tree, value))) : secrets
export const tracksDotenv = ({ tracked }: Pick<SourceTree, 'tracked'>): boolean => tracked.includes('.env')
/** Whether git has all words of a value already, where it keeps .env. */
export function isOfGit({ given, compose }: Pick<SourceTree, 'given' | 'compose'>, value: string): boolean {
  const { text = '', written = text, given: own = {} } = compose ?? {}
  const known = [written, ...Object.values({ ...given, ...own })].join(' ')
  return value.split(/[^A-Za-z\d]+/).every((word) => known.includes(word))
}

/**
 * Whether git keeps an .env of which Compose alone reads each variable: out of git, no image has it, and none lacks it. A program, or
 * what builds it, may read that file by itself.
 */
export function isForCompose({ tracked, given, compose, sources }: SourceTree): boolean {
  const isProgram = (file: string) => CODE.test(file) || LISTS.test(file) || /dockerfile/i.test(file)
  const reads = (file: string) =>
    takesDotenv(file, sources[file]) || (isProgram(file) && NAMES_IT.test(sources[file] ?? ''))
  const own = Object.keys({ ...given, ...compose?.given })
  const isTheirs = own.every((name) => compose && isRead(compose, name))
  return tracked.includes('.env') && isTheirs && ![...tracked, ...Object.keys(sources)].some(reads)
}
const NAMES_IT = /dotenv|django-environ|import\.meta\.env|["'`/\s]\.env(?![\w.-])/i

/** Whether code, or a list of its packages, has a library that takes what stands in an .env for the environment. */
export const takesDotenv = (file: string, text = ''): boolean =>
  posix.basename(file) === 'artisan' ||
  ((CODE.test(file) || LISTS.test(file)) && DOTENV.test(text) && DOTENV.test(text.replaceAll(COMMENT, '')))
// The name of decouple is a plain word as well.
const DOTENV = /\bdotenv\b|python[-_]decouple|^\s*(from|import) decouple\b|django-environ|env_file\s*=\s*["']\.env/im
const COMMENT = /^\s*(\/\/|#|\*).*$/gm

/**
 * A value of the Compose file as its author wrote it, with its variables by their names in .env: what Compose fills in
 * may be secret, and the proposed file is for git. `given` has the values of the project's own .env.
 */
export function withVariables(raw: unknown, given: Variables) {
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

/** Variables that Windows sets: elsewhere they have no value. */
export const OF_WINDOWS = /^(LOCALAPPDATA|APPDATA|PROGRAMDATA|USERPROFILE)$/i
