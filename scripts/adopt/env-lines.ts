import { parse } from 'dotenv'
import { composeNames, settingNames, type Variables } from '../config/settings.ts'
import { sumOf, withoutOrigins } from '../image/proposed.ts'
import { SECRETS_SIGN } from './names.ts'

// The .env of a repository has lines of the application, and a block of secrets that init has found. Only the first are what
// its Compose file reads. The block has a sum, as a proposed file has: what nobody has changed since, the next run replaces.

const LINES = '(?:APP_[A-Z0-9_]+=.*(?:\n|$))*'
// Older versions wrote the sum in brackets, which PHP's parser of such files refuses.
const BLOCK = new RegExp(`^${SECRETS_SIGN}(?: \\[?(\\w+)\\]?\n(${LINES})\n?|\n${LINES})`, 'gm')

/** The text of .env without the secrets that init has written. */
export const withoutSecrets = (text: string): string => withoutOrigins(text).replace(BLOCK, '')

const isUnchanged = ([, sum, lines = '']: readonly (string | undefined)[]) => sum === sumOf(lines)
/** The same, with those that somebody has changed since. */
export const withoutUnchanged = (text: string): string =>
  withoutOrigins(text).replace(BLOCK, (...match) => (isUnchanged(match) ? '' : match[0]))

/** Whether .env gives a variable another value than a line that is proposed for it. */
export const differs = (given: Variables, name: string, value: string): boolean =>
  given[name] !== undefined && given[name] !== parse(`${name}=${value}`)[name]

/**
 * The text of .env with what is proposed for it, and the lines that say which files the secrets are from. What its user has written or
 * changed there stays.
 */
export function withValues(text: string, settings: Variables, secrets: Variables, origins: readonly string[] = []) {
  const rest = withoutUnchanged(text)
  const there = parse(rest)
  const linesOf = (values: Variables) =>
    Object.entries(values).flatMap(([name, value]) => (name in there ? [] : `${name}=${value}\n`))
  // A Compose file that somebody has changed may need what is no longer proposed.
  const before = [...text.matchAll(BLOCK)].filter(isUnchanged).flatMap(([, , lines = '']) => lines.match(/.+\n/g) ?? [])
  const kept = before.filter((line) => !(line.replace(/=.*\n/, '') in secrets))
  const lines = [...kept, ...linesOf(secrets)].join('')
  const end = rest === '' || rest.endsWith('\n') ? '' : '\n'
  const from = origins.map((line) => `${line}\n`).join('')
  return `${rest}${end}${linesOf(settings).join('')}${from}${lines && `${SECRETS_SIGN} ${sumOf(lines)}\n${lines}\n`}`
}

/**
 * The variables in a text, with those before them in their places (`MAIL="${NAME}"`), as Compose, and the libraries of PHP and Python,
 * read them; single quotes keep what they hold.
 */
export function parseFilled(text: string): Variables {
  const values: Record<string, string> = {}
  for (const [name, value] of Object.entries(parse(text))) {
    const isQuoted = new RegExp(`^\\s*(?:export\\s+)?${name}\\s*[=:]\\s*'`, 'm').test(text)
    const fill = (all: string, one: string) => (all.startsWith('\\') ? all : (values[one] ?? all))
    values[name] = isQuoted ? value : value.replaceAll(/\\?\$\{(\w+)\}/g, fill)
  }
  return values
}

/**
 * The variables in the text of .env that are the application's: not the secrets that init has written, nor, once there is the text of
 * dartagnan.env, the settings that this does not leave to the application.
 */
export function theirsOf(text: string, settings: string | undefined): Variables {
  const theirs = (parse(settings ?? '')['APP_VARIABLES'] ?? '').split(',')
  const ours = [...settingNames, ...composeNames].filter((name) => settings !== undefined && !theirs.includes(name))
  return Object.fromEntries(Object.entries(parseFilled(withoutSecrets(text))).filter(([name]) => !ours.includes(name)))
}
