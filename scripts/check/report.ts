import { renderTable } from '../core/table.ts'
import type { Outcome } from './run.ts'

/** The outcomes as a table, and a closing line that CI servers read. */
export function renderOutcomes(outcomes: readonly Outcome[]): string {
  const rows = outcomes.map(({ name, passed, seconds }) => [name, passed ? 'passed' : 'FAILED', `${seconds} s`])
  const failed = outcomes.filter(({ passed }) => !passed).length
  return `${renderTable(['SUITE', 'OUTCOME', 'TIME'], rows)}\n\ncheck: ${outcomes.length - failed} passed, ${failed} failed`
}
