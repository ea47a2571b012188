import { isSealed } from '../image/proposed.ts'

// The files that `make init` writes, and how `make uninstall` finds them again.

/** The Compose file and the workflow of such a project. */
export const OWN_COMPOSE = 'dartagnan.compose.yaml'
export const OWN_WORKFLOW = '.github/workflows/dartagnan.yaml'

/** Whether a file of a repository is one of the toolkit's, and no part of the application. */
export const isOwnFile = (name: string, text: () => string): boolean =>
  name.startsWith('dartagnan.') || (name === 'Dockerfile' && isSealed(text()))

/** How the line in .env begins that is above the secrets that init has found. */
export const SECRETS_SIGN = '# Secrets of the Compose file, found by make init'
