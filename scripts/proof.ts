import { readFileSync, writeFileSync } from 'node:fs'
import { runSuites } from './check/io/run.ts'
import { provenIn, renderProof, renderProofPage, type VitestResults } from './check/proof.ts'
import { PROOF_RESULTS, proofSuite } from './check/suites.ts'
import { Failure } from './cli/failure.ts'
import { printResult } from './cli/io/result.ts'
import { PROOF_PAGE } from './image/io/reports.ts'
import { takeTestLock, testRun } from './state/io/lock.ts'
import { runMain } from './target/io/run-main.ts'
import { sweepTests } from './test/io/sweep.ts'

await runMain(async (config) => {
  await takeTestLock(config, 'proof')
  const [outcome] = await runSuites(testRun(config.PROJECT), [proofSuite(config.options.suite)], () =>
    sweepTests(config),
  )
  const proven = provenIn(JSON.parse(readFileSync(PROOF_RESULTS, 'utf8')) as VitestResults)
  writeFileSync(PROOF_PAGE, renderProofPage(proven))
  const failed = proven.filter(({ passed }) => !passed).length
  const summary = `proof: ${proven.length - failed} passed, ${failed} failed; each test is in ${PROOF_PAGE}`
  printResult(
    config,
    { outcome: outcome?.passed ? 'passed' : 'failed', tests: proven },
    `${renderProof(proven)}\n\n${summary}`,
  )
  if (!outcome?.passed)
    throw new Failure(`${failed} of ${proven.length} tests failed`, { next: 'make proof SUITE=scripts/scenarios/…' })
})
