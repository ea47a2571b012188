import { expect, test } from 'vitest'
import { type Result, renderCard, renderMarkdown, renderNext, renderOutcome } from './report.ts'

const result = (target: string, outcome: Result['outcome'], seconds = 0): Result => ({
  target,
  outcome,
  seconds,
  skipped: outcome === 'skipped' ? 'IMAGE_REPOSITORY=journal names no registry' : undefined,
})
const run = (...results: Result[]) => ({
  ...{ version: '1.4.2', revision: 'abc1234', results, files: ['junit-application.xml', 'summary.md'] },
  made: { build: 'image 0123456789ab (195 MB)', test: 'application 31 tests in 13.8 s' },
})
const passed = run(result('build', 'passed', 12), result('test', 'passed', 80), result('push', 'skipped'))
const failed = run(result('build', 'passed', 12), result('test', 'failed', 3), result('push', 'not run'))

test('a run that passed must say so, and name each skipped step and the reason', () => {
  expect(renderCard(passed).split('\n')).toEqual([
    '  build    12 s: image 0123456789ab (195 MB)',
    '  test     80 s: application 31 tests in 13.8 s',
    '  push     skipped: IMAGE_REPOSITORY=journal names no registry',
    '  reports/ junit-application.xml, summary.md',
  ])
  expect(renderOutcome(passed)).toBe('ci passed: 1.4.2')
})

test('a run that failed must name the failed step, and the steps that did not run', () => {
  expect(renderCard(failed)).toMatch(/test +FAILED after 3 s\n +push +not run\n/)
  expect(renderOutcome(failed)).toBe('ci failed at test (step 2 of 3) of 1.4.2')
  expect(renderNext(failed)).toMatch(/^make build test {3}/)
})

test('the Markdown must be a table that names the commit', () => {
  expect(renderMarkdown(failed)).toBe(
    `### make ci: 1.4.2\n\nCommit abc1234\n\n| STEP | OUTCOME | TIME |\n| --- | --- | --- |
| build | passed | 12 s |\n| test | FAILED | 3 s |\n| push | not run |  |\n`,
  )
})
