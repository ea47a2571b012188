import { Failure } from '../cli/failure.ts'
import { renderBytes, renderTable } from '../cli/table.ts'
import type { Forced } from '../config/options.ts'
import type { Composed } from '../release/model.ts'
import { shortSnapshot } from './snapshot.ts'

export type Data = { readonly name: string; readonly bytes: number; readonly files: number }

/** What would be lost, as a table. */
export const renderData = (data: readonly Data[]): string =>
  renderTable(
    ['VOLUME', 'SIZE', 'FILES'],
    data.map(({ name, bytes, files }) => [name, renderBytes(bytes), String(files)]),
  )

/** Whether the data of the last good release, undefined where there is none, are saved once more before they go. */
export const needsSnapshot = (last: Pick<Composed, 'volumes'> | undefined, forced: Forced): boolean =>
  (last?.volumes ?? []).some(({ kept }) => kept) && !forced.has('no-snapshot') && !forced.has('all-traces')

/** Throws a Failure that shows what would be lost, unless the project's name was typed. */
export function requireConfirmed(project: string, data: readonly Data[], confirm: string | undefined): void {
  if (confirm === project) return
  const typed = confirm === undefined ? '' : `; CONFIRM=${JSON.stringify(confirm)} is not its name`
  throw new Failure(`destroy removes the project ${JSON.stringify(project)} with its data${typed}`, {
    detail: renderData(data),
    next: `make destroy CONFIRM=${project}   (takes a last snapshot first; FORCE=no-snapshot does without it)`,
    document: { project, volumes: data },
  })
}

/** What would be lost, and the command that does it. */
export const renderDoomed = (project: string, data: readonly Data[]): string =>
  `${renderData(data)}\nwould go with the containers of ${project}; nothing was done\n  next: make destroy CONFIRM=${project}`

/**
 * What was destroyed, for a person. `place` is the repository of the snapshots, empty where all traces are gone, and `snapshot`
 * is empty where none was taken.
 */
export function renderDestroyed(
  { project, volumes, snapshot }: { project: string; volumes: readonly Data[]; snapshot: string },
  place: string,
): string {
  const lines = [`destroyed: ${project}`, ...(volumes.length > 0 ? [renderData(volumes)] : [])]
  if (place === '')
    return [...lines, 'its snapshots on this engine, its images and its ledger are gone, too'].join('\n')
  const last = snapshot
    ? `its data are in ${place}: make restore SNAPSHOT=${shortSnapshot(snapshot)}`
    : `no last snapshot was taken; earlier ones are in ${place}`
  const left = `its images and its ledger stay: make destroy CONFIRM=${project} FORCE=all-traces removes these and the snapshots here`
  return [...lines, last, left].join('\n')
}
