import { join } from 'node:path'
import { variable } from './environment.ts'

// The toolkit's folder; `.` where the project is the toolkit's own repository (dartagnan.mk).
const TOOLKIT = variable('DARTAGNAN') || '.'

/** Where the toolkit lies in the repository of a project. */
export const TOOLKIT_FOLDER = '.dartagnan'

/** Whether the project is the toolkit's own repository. */
export const isAtHome = (): boolean => TOOLKIT === '.'

/** The path of a file that belongs to the toolkit. */
export const ofToolkit = (path: string): string => join(TOOLKIT, path)

/** The path of a file that the toolkit writes for itself: a project keeps all of these in one ignored folder. */
export const written = (path: string): string => join(isAtHome() ? '.' : join(TOOLKIT_FOLDER, 'out'), path)

/** The folder of the bundles, and of what is not yet one, or is being loaded from one. */
export const BUNDLES = written('bundles')
