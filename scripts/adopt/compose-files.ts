import { posix } from 'node:path'
import { ASIDE } from './source-tree.ts'

// Which Compose files of a repository belong together.

/** The names that Compose looks for, in its order. */
export const COMPOSE = ['compose.yaml', 'compose.yml', 'docker-compose.yaml', 'docker-compose.yml']
/** Those that it then reads as well. */
export const OVERRIDE = COMPOSE.map((name) => name.replace('.y', '.override.y'))

// Other names that people give to it, to a stack of Swarm, or to what is for one purpose.
const OTHERS =
  /^(?!(example|sample)\b)(?:[\w.-]+[._-])?(compose[\w.-]*|(stack|swarm)([._-][\w.-]*)?)\.ya?ml$|^(production|prod|local)\.ya?ml$/i

// How far below the top a file lies; those of tests and examples are further away.
const depth = (file: string) => file.split('/').length + (ASIDE.test(file) ? 10 : 0)
// 1 for a file in a folder for development.
const isForDevelopment = (file: string) => Number(/(^|\/)\.?(dev|devel|development|local)\//.test(file))

/** Whether nothing says which of two files, in two folders, is the application's. */
export const areRivals = (one: string, other: string): boolean =>
  [one, other].every((file) => COMPOSE.includes(posix.basename(file))) &&
  posix.dirname(one) !== posix.dirname(other) &&
  depth(one) === depth(other) &&
  isForDevelopment(one) === isForDevelopment(other)

/** What the name of a file for production says, before its end. */
export const PRODUCTION = /(^|[._-])prod(uction)?[._-]/
/** And that of one for development. */
export const DEVELOPMENT = /(^|[._-])(dev|devel|development|local|tests?|ci|e2e|debug|staging|windows)[._-]/

/** Folders in which some keep what runs the application itself. */
export const HIDDEN = /^\.(local|docker|deploy|infra)\//

// Those of an editor, and what Visual Studio has made of others.
const MADE = /(^|\/)(\.devcontainer|obj)\/|\.g\.ya?ml$/

/** Finds the Compose file nearest to the top of a folder, and the others below it. */
export function findComposeFiles(files: readonly string[]): string[] {
  const order = (file: string) => (COMPOSE.indexOf(posix.basename(file)) + COMPOSE.length + 1) % (COMPOSE.length + 1)
  const purpose = (file: string) =>
    PRODUCTION.test(posix.basename(file)) ? 0 : DEVELOPMENT.test(posix.basename(file)) ? 2 : 1
  const isOverride = (file: string) => OVERRIDE.includes(posix.basename(file))
  const isOurs = (file: string) => !isOverride(file) && !MADE.test(file)
  const found = files.filter((file) => OTHERS.test(posix.basename(file)) && isOurs(file))
  // Beside an application, those of tests and examples run something else.
  const isApplication = files.some((file) => /(^|\/|\.)(Docker|Container)file(\.|$)/.test(file) && !ASIDE.test(file))
  if (isApplication && found.every((file) => ASIDE.test(file.replace(HIDDEN, '')))) return []
  return found.toSorted(
    (a, b) =>
      Number(!COMPOSE.includes(posix.basename(a))) - Number(!COMPOSE.includes(posix.basename(b))) ||
      depth(a) - depth(b) ||
      isForDevelopment(a) - isForDevelopment(b) ||
      order(a) - order(b) ||
      purpose(a) - purpose(b) ||
      a.localeCompare(b),
  )
}

/** The files that may say how Compose is run, the comments of its own files among them. */
export const TELLING = /(^|\/)([^/]*\.(md|rst|sh|mk|ya?ml)|README|Makefile|justfile|package\.json|\.env[\w.-]*)$/i

/**
 * The lists of Compose files that a text runs together (`-f a.yml -f b.yml`, `COMPOSE_FILE=a.yml:b.yml`): those with one for production
 * and none for development; with `any`, all but those for tests.
 */
export function togetherIn(text: string, any = false): string[][] {
  const isOf = (purpose: RegExp) => (file: string) => purpose.test(posix.basename(file))
  return text
    .replace(/\\\r?\n/g, ' ')
    .split('\n')
    .map((line) => {
      const [, joined = ''] = /\bCOMPOSE_FILE\s*[:?]?=\s*["']?([\w./:-]+)/.exec(line) ?? []
      const each = /compose/i.test(line) ? [...line.matchAll(/\s(?:-f|--file)[ =]["']?([\w./-]+)/g)] : []
      return [...joined.split(':').filter(Boolean), ...each.map(([, one = '']) => one)]
    })
    .filter(([, ...more]) =>
      any ? more.length > 0 && !more.some(isOf(TESTS)) : more.some(isOf(PRODUCTION)) && !more.some(isOf(DEVELOPMENT)),
    )
}
const TESTS = /(^|[._-])(tests?|ci|e2e)[._-]/
