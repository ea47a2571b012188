import { createHash } from 'node:crypto'

// The files that `make init` writes, and how `make uninstall` finds them again.

/** The Compose file and the workflow of such a project. */
export const OWN_COMPOSE = 'dartagnan.compose.yaml'
export const OWN_WORKFLOW = '.github/workflows/dartagnan.yaml'

/** The first line of each file that init writes: uninstall removes no other file. */
export const SIGN = '# Proposed by d’Artagnan (make init). Change it as you like.'
/** The sum of what is proposed, by which the next run knows that nobody has changed it. */
export const sumOf = (body: string) => createHash('sha256').update(body).digest('hex').slice(0, 12)

/** The text of a file without the first line of a proposal. */
export const bodyOf = (text: string): string => (text.startsWith(SIGN) ? text.slice(text.indexOf('\n') + 1) : text)
/** A proposed file with its sum in the first line: that is how the next run knows that nobody has changed it, and replaces it. */
export const seal = (text: string): string => `${SIGN} [${sumOf(bodyOf(text))}]\n${bodyOf(text)}`
export const isSealed = (text: string): boolean => text.startsWith(SIGN) && text === seal(text)

/** Whether a file of a repository is one of the toolkit's, and no part of the application. */
export const isOwnFile = (name: string, text: () => string): boolean =>
  name.startsWith('dartagnan.') || (name === 'Dockerfile' && isSealed(text()))

/** How the line in .env begins that is above the secrets that init has found. */
export const SECRETS_SIGN = '# Secrets of the Compose file, found by make init'

/** An example of a file of variables. */
export const ENV_EXAMPLE =
  /(^|[/._-])env\b[\w.-]*[._-]?(example|sample|template|dist|default)s?$|(^|[/._-])env(example|sample)$|(^|\/)(example|sample|template|default)\.env$/
