// The files that `make init` writes, and how `make uninstall` finds them again.

/** The Compose file and the workflow of such a project. */
export const OWN_COMPOSE = 'dartagnan.compose.yaml'
export const OWN_WORKFLOW = '.github/workflows/dartagnan.yaml'

/** The first line of each file that init writes: uninstall removes no other file. */
export const SIGN = '# Proposed by d’Artagnan (make init). Change it as you like.'
/** The line in .env above the secrets that init has found. */
export const SECRETS_SIGN = '# Secrets of the Compose file, found by make init'

/** An example of a file of variables. */
export const ENV_EXAMPLE =
  /(^|\/)(\.env[\w.-]*[._-]?(example|sample|template|dist|default)s?|(example|sample|template)\.env)$/
