import type { App } from '../app.ts'
import { BARE } from '../draft.ts'
import { type Finding, ok, some } from '../finding.ts'
import { CODE, type Mount } from '../source-tree.ts'

/** Says that a snapshot has these folders of a service as files. */
export const hookless = (paths: readonly string[]): string =>
  `${some(paths)}: no hook, so a snapshot pauses it while it copies the files`
export const FOR_SQLITE = ' (x-snapshot: sqlite for SQLite)'

/** Says so where SQLite may lie in a volume that no line of the Compose file has. */
export function hookFindings({ sources, draft }: App, folders: readonly string[], mounts: readonly Mount[]): Finding[] {
  const isSaid = mounts.some(({ type }) => type !== 'declared')
  const isAsked = draft.project !== BARE && folders.length > 0 && !isSaid
  const uses = Object.entries(sources).some(([file, text]) => CODE.test(file) && /sqlite/i.test(text))
  return isAsked && uses ? [ok('data', hookless(folders) + FOR_SQLITE, { confidence: 'likely' })] : []
}
