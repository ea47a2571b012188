import { Failure } from '../cli/failure.ts'
import { renderTable } from '../cli/table.ts'

/** The outcome of a suite. */
export type Outcome = { readonly name: string; readonly passed: boolean; readonly seconds: number }

/** The outcomes as a table, and a closing line that CI servers read. */
export function renderOutcomes(outcomes: readonly Outcome[]): string {
  const rows = outcomes.map(({ name, passed, seconds }) => [name, passed ? 'passed' : 'FAILED', `${seconds} s`])
  const failed = outcomes.filter(({ passed }) => !passed).length
  return `${renderTable(['SUITE', 'OUTCOME', 'TIME'], rows)}\n\ncheck: ${outcomes.length - failed} passed, ${failed} failed`
}

/** The outcomes as a document. */
export const reportOutcomes = (outcomes: readonly Outcome[]) => ({
  outcome: outcomes.every(({ passed }) => passed) ? 'passed' : 'failed',
  suites: outcomes,
})

/** The failure of a check that did not pass; undefined where it passed. */
export function failureOf(outcomes: readonly Outcome[]): Failure | undefined {
  const failed = outcomes.filter(({ passed }) => !passed)
  if (!failed[0]) return undefined
  const next = `make check SUITE=${failed[0].name}`
  return new Failure(`${failed.length} of ${outcomes.length} suites failed`, { next })
}
