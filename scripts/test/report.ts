import type { Evidence } from '../image/evidence.ts'

/** The result of `make test`: the evidence, and whether it already existed. */
export type Tested = { readonly outcome: 'passed' | 'unchanged' } & Evidence

/** Says that the tests passed and how long they took, or when they passed before. */
export function renderTested({ outcome, version, suites, testedAt, leftOut }: Tested): string {
  if (outcome === 'unchanged')
    return `unchanged: ${version} passed its tests at ${testedAt} (FORCE=retest runs them again)`
  const passed = `passed: ${version}, ${suites.map(({ name, seconds }) => `${name} in ${seconds} s`).join(', ')}`
  if (leftOut === undefined) return passed
  const files = `${leftOut.length} ${leftOut.length === 1 ? 'file' : 'files'} of tests`
  return `${passed}; ${files} left out, which the change does not reach (make ship FORCE=retest runs them; make report names them)`
}
