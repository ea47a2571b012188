import { renderTable } from '../cli/table.ts'
import { type Row, shown } from './plan.ts'

/** The outcome of a call. `unknown` means that no update is known, but a registry did not answer. */
export type Outcome = 'up to date' | 'outdated' | 'unknown' | 'updated'

/** The outcome of a comparison, before anything is moved. */
export function outcomeOf(rows: readonly Row[]): Outcome {
  if (rows.some(({ state }) => state === 'moved')) return 'outdated'
  return rows.some(({ state }) => state === 'no answer') ? 'unknown' : 'up to date'
}

/** Renders the table, the outcome and the next command. `moved` lists the rows that UPDATE=1 has moved. */
export function renderOutdated(rows: readonly Row[], moved: readonly Row[]): string {
  const cells = rows.map(({ kind, name, locked, update, latest, state, note }) => [
    kind,
    name,
    shown(locked),
    shown(update),
    shown(latest),
    note ? `${state}: ${note}` : state,
  ])
  const table = renderTable(['KIND', 'NAME', 'LOCKED', 'UPDATE=1', 'LATEST', 'STATE'], cells)
  return `${table}\n\n${moved.length > 0 ? renderMoved(moved) : renderCounts(rows)}`
}

function renderCounts(rows: readonly Row[]): string {
  const count = (state: Row['state']) => rows.filter((row) => row.state === state).length
  const movable = rows.filter(({ update }) => update !== '').length
  const silent = count('no answer') > 0 ? `, ${count('no answer')} without an answer` : ''
  const next = movable > 0 ? '\n  next: make outdated UPDATE=1' : ''
  return `${outcomeOf(rows)}: ${count('moved')} of ${rows.length} moved upstream${silent}, ${movable} to update${next}`
}

function renderMoved(moved: readonly Row[]): string {
  const lines = moved.map(
    ({ where, name, locked, update }) => `updated: ${name} ${shown(locked)} → ${shown(update)} in ${where}`,
  )
  // Setup installs what package-lock.json names, and builds the proxy from the locked image of HAProxy.
  const needsSetup = moved.some(({ kind, where }) => kind === 'image' || where === 'package.json')
  return `${lines.join('\n')}\n  next: make ${needsSetup ? 'setup ' : ''}build test`
}
