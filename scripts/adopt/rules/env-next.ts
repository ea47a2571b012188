import { posix } from 'node:path'
import type { Old } from '../draft.ts'
import type { Sources } from '../guess.ts'

/**
 * The list of packages by which a file of variables is one that Next reads beside .env when it starts in production. What an image has
 * built before has its values from there.
 */
export function nextOf({ tree, project, stage }: Old, code: Sources, path: string): string | undefined {
  const list = posix.join(posix.dirname(posix.relative(tree.dir, path)), 'package.json')
  const isRead = /^\.env\.(local|production|production\.local)$/.test(posix.basename(path))
  // Of an env_file, the environment has the values.
  const isGiven = project.envFiles?.some((file) => posix.resolve(tree.root, file) === posix.join(tree.root, path))
  const isBuilt = stage?.runs.some((run) => /\bbuild\b/.test(run))
  return isRead && !isGiven && !isBuilt && /"next"\s*:\s*"[\^~\d*l]/.test(code[list] ?? '') ? list : undefined
}
