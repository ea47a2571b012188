import { shortId } from '../cli/digest.ts'
import { renderAge, renderTable } from '../cli/table.ts'
import { imagesOf, type ReleaseEntry } from './history.ts'

/** The releases as a table, the newest first. `now` in milliseconds. */
export function renderHistory(entries: readonly ReleaseEntry[], now: number): string {
  if (entries.length === 0) return 'no release yet\n  next: make ship'
  const rows = entries.toReversed().map(({ at, target, version, outcome, ms, by, cut, held, ...entry }) => [
    `${renderAge(now - Date.parse(at))} ago`,
    target,
    version,
    outcome,
    `${(ms / 1000).toFixed(1)} s`,
    by,
    Object.entries(imagesOf(entry))
      .map(([name, id]) => `${name} ${shortId(id)}`.trim())
      .join(', '),
    String(cut),
    held === 0 ? '' : `${(held / 1000).toFixed(2)} s`,
  ])
  return renderTable(['WHEN', 'TARGET', 'VERSION', 'OUTCOME', 'TOOK', 'BY', 'IMAGE', 'CUT', 'HELD'], rows)
}
