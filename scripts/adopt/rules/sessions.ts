import type { App } from '../app.ts'
import { fileSession } from '../each-request.ts'
import { type Finding, note } from '../finding.ts'
import { type Mount, mountsOf } from '../source-tree.ts'

/** Says that sessions go with the container: not where a volume has them, be it that of a program behind the web server. */
export function sessionFindings({ sources, draft }: App, mounts: readonly Mount[]): Finding[] {
  const isKept =
    mounts.some(({ target }) => target === '/tmp') ||
    mountsOf(draft.project).some(({ target }) => /session/.test(target))
  const where = isKept ? undefined : fileSession(sources)
  const mend =
    'where visitors shall stay logged in: let Redis keep them, or a folder that a volume holds (PHP: session.save_path)'
  const found = 'sessions are files of the container: each deploy logs out who is logged in'
  return where ? [note('data', found, mend, { where, confidence: 'likely' })] : []
}
