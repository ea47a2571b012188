import { shortId } from '../core/digest.ts'
import type { ReleaseEntry } from '../core/release-entry.ts'
import { renderAge, renderTable } from '../core/table.ts'

/** The releases as a table, the newest first. `now` in milliseconds. */
export function renderHistory(entries: readonly ReleaseEntry[], now: number): string {
  if (entries.length === 0) return 'no release yet\n  next: make ship'
  const rows = entries
    .toReversed()
    .map(({ at, version, outcome, ms, by, image, cut }) => [
      `${renderAge(now - Date.parse(at))} ago`,
      version,
      outcome,
      `${(ms / 1000).toFixed(1)} s`,
      by,
      shortId(image),
      String(cut),
    ])
  return renderTable(['WHEN', 'VERSION', 'OUTCOME', 'TOOK', 'BY', 'IMAGE', 'CUT'], rows)
}
