import { expect, test } from 'vitest'
import { planCi } from './plan.ts'

test.each(['registry.example.com/team/journal', 'registry:5000/journal', 'localhost/journal'])(
  '%s must be built, tested, tagged and pushed',
  (IMAGE_REPOSITORY) => {
    const steps = planCi({ IMAGE_REPOSITORY, VULNERABILITIES: 'osv' })
    expect(steps.map(({ target }) => target)).toEqual(['build', 'test', 'audit', 'tag', 'push'])
    expect(steps.filter(({ skipped }) => skipped)).toEqual([])
  },
)

test.each(['journal', 'team/journal', 'localhost'])(
  'without a registry in %s, the push must be skipped, with the reason',
  (IMAGE_REPOSITORY) => {
    const skipped = `IMAGE_REPOSITORY=${IMAGE_REPOSITORY} names no registry`
    expect(planCi({ IMAGE_REPOSITORY, VULNERABILITIES: '' }).at(-1)).toEqual({ target: 'push', skipped })
  },
)

test('without a database of vulnerabilities, the pipeline must say that the packages were not checked', () => {
  const skipped = 'not checked, VULNERABILITIES names no database'
  expect(planCi({ IMAGE_REPOSITORY: 'journal', VULNERABILITIES: '' })).toContainEqual({ target: 'audit', skipped })
})
