import { renderTable } from '../cli/table.ts'

/** What came of a suite. */
export type Outcome = { readonly name: string; readonly passed: boolean; readonly seconds: number }

/** The outcomes as a table, and a closing line that CI servers read. */
export function renderOutcomes(outcomes: readonly Outcome[]): string {
  const rows = outcomes.map(({ name, passed, seconds }) => [name, passed ? 'passed' : 'FAILED', `${seconds} s`])
  const failed = outcomes.filter(({ passed }) => !passed).length
  return `${renderTable(['SUITE', 'OUTCOME', 'TIME'], rows)}\n\ncheck: ${outcomes.length - failed} passed, ${failed} failed`
}
