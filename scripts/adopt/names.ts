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

/**
 * What init appends to the Makefile. The second line fetches the toolkit, at its pinned commit, into a clone that lacks it. An image has
 * the Makefile, and neither the toolkit nor git: there the author's own targets have to work.
 */
export const MAKE_BLOCK = `
# make help lists the targets of d’Artagnan
-include .dartagnan/dartagnan.mk
.dartagnan/dartagnan.mk: ; git submodule update --init .dartagnan
`
