import { expect, test } from 'vitest'
import { type Result, renderMarkdown, renderNext, renderOutcome, renderRun } from './report.ts'

const result = (target: string, outcome: Result['outcome'], seconds = 0): Result => ({
  target,
  outcome,
  seconds,
  skipped: outcome === 'skipped' ? 'IMAGE_REPOSITORY=journal names no registry' : undefined,
})
const run = (...results: Result[]) => ({ version: '1.4.2', revision: 'abc1234', results })
const passed = run(result('build', 'passed', 12), result('test', 'passed', 80), result('push', 'skipped'))
const failed = run(result('build', 'passed', 12), result('test', 'failed', 3), result('push', 'not run'))

test('a run that passed must say so, and name each skipped step and the reason', () => {
  expect(renderRun(passed).split('\n')).toEqual([
    'STEP    OUTCOME                                               TIME',
    'build   passed                                                12 s',
    'test    passed                                                80 s',
    'push    skipped: IMAGE_REPOSITORY=journal names no registry',
  ])
  expect(renderOutcome(passed)).toBe('ci passed: 1.4.2')
})

test('a run that failed must name the failed step, and the steps that did not run', () => {
  expect(renderRun(failed)).toMatch(/test +FAILED +3 s\npush +not run$/)
  expect(renderOutcome(failed)).toBe('ci failed at test (step 2 of 3) of 1.4.2')
  expect(renderNext(failed)).toMatch(/^make build test {3}/)
})

test('the Markdown must be a table that names the commit', () => {
  expect(renderMarkdown(failed)).toBe(
    `### make ci: 1.4.2\n\nCommit abc1234\n\n| STEP | OUTCOME | TIME |\n| --- | --- | --- |
| build | passed | 12 s |\n| test | FAILED | 3 s |\n| push | not run |  |\n`,
  )
})
