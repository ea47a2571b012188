import { expect, test } from 'vitest'
import { provenIn, renderProof, renderProofPage } from './proof.ts'
import { chooseSuites, proofSuite, suites } from './suites.ts'

const all = suites([], [])
const argvOf = (wanted: string) =>
  chooseSuites(all, wanted).flatMap(({ commands }) => commands.map(({ argv }) => argv.join(' ')))

test('SUITE must pick a suite by its name, or the tests below a path in the project that has them', () => {
  expect(chooseSuites(all, undefined)).toEqual(all)
  expect(chooseSuites(all, 'types').map(({ name }) => name)).toEqual(['types'])
  expect(argvOf('scripts/data')).toEqual([expect.stringMatching(/--project unit .*scripts\/data$/)])
  expect(argvOf('swarm')).toEqual([expect.stringMatching(/ scenarios\/swarm$/)])
  expect(argvOf('scripts/scenarios/door')).toEqual([expect.stringMatching(/--project scenarios .*door$/)])
})

test('a suite that does not exist must be refused with the names of all', () => {
  expect(() => chooseSuites(all, 'untis')).toThrow(
    /there is no suite SUITE="untis"; the suites are lint, types, unit, /,
  )
})

test('a proof must run every case, and tell of each test', () => {
  const [command] = proofSuite('scripts/scenarios/kill-data').commands
  expect(command?.env).toEqual({ DARTAGNAN_PROOF: '1' })
  expect(command?.argv.join(' ')).toMatch(/--project scenarios .* scripts\/scenarios\/kill-data$/)
  const assertionResults = [
    { fullName: ' killed|early', status: 'passed', duration: 1600.4 },
    { fullName: 'killed late', status: 'failed' },
  ]
  const proven = provenIn({ testResults: [{ name: '/x/kill.proof.it.test.ts', assertionResults }] })
  expect(renderProof(proven)).toBe('SCENARIO   TESTS   FAILED   TIME\nkill       2       1        2 s')
  expect(renderProofPage(proven)).toContain(
    '| kill | killed\\|early | passed | 2 s |\n| kill | killed late | **FAILED**',
  )
})
