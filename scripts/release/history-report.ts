import { renderAge, renderTable } from '../cli/table.ts'
import { goodReleases, type ReleaseEntry, sayOutcome } from './history.ts'

/** The releases as a table, the newest first, with what serves and what a rollback can reach. `now` in milliseconds. */
export function renderHistory(entries: readonly ReleaseEntry[], now: number): string {
  if (entries.length === 0) return 'no release yet\n  next: make ship'
  const [serving, ...good] = goodReleases(entries)
  const markOf = (entry: ReleaseEntry) => (entry === serving ? '●' : good.includes(entry) ? '○' : '')
  const rows = entries
    .toReversed()
    .map((entry) => [
      markOf(entry),
      `${renderAge(now - Date.parse(entry.at))} ago`,
      entry.target,
      shortVersion(entry.version),
      sayOutcome(entry),
      `${(entry.ms / 1000).toFixed(1)} s`,
      String(entry.cut),
      entry.held === 0 ? '' : `${(entry.held / 1000).toFixed(2)} s`,
      entry.by,
    ])
  const table = renderTable(['', 'WHEN', 'TARGET', 'VERSION', 'OUTCOME', 'TOOK', 'CUT', 'HELD', 'BY'], rows, 2)
  return `${table}\n● serves   ○ make rollback VERSION=… reaches it`
}

/** A version without the commit in it, and with a plus for files that no commit holds; `make deploy` and `make rollback` take it, too. */
export const shortVersion = (version: string): string =>
  version.replace(/\.g[0-9a-f]{7,}(\.dirty\.t[0-9a-f]+)?$/, (_, dirty?: string) => (dirty ? '+' : ''))
