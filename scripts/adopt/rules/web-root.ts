import type { Old } from '../draft.ts'
import type { Fated } from '../mounts.ts'
import { MAKE_BLOCK } from '../names.ts'
import { hasShell } from './image-files.ts'

/** Takes what init alone adds to a repository out of the image where its whole folder may be a web server's: anybody could read it. */
export function hidingLines(old: Old, { source, target }: Fated): string[] {
  const { root, dir, tracked, sources } = old.tree
  if (dir !== '.' || source !== root || !PAGES.test(target) || !hasShell(old)) return []
  const theirs = tracked.filter((file) => /^(GNUm|m|M)akefile$/.test(file))
  const isOurs = theirs.every((file) => file === 'Makefile' && sources[file]?.trim() === MAKE_BLOCK.trim())
  return [`RUN cd ${target} && rm -rf ${isOurs ? 'Makefile ' : ''}dartagnan.*`]
}
const PAGES = /^\/(var\/www|usr\/share\/nginx\/html|usr\/local\/apache2\/htdocs)(\/[\w-]+)*$/
