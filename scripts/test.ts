import { printResult } from './cli/io/result.ts'
import { runMain } from './target/io/run-main.ts'
import { testCandidate } from './test/io/candidate.ts'
import { renderTested } from './test/report.ts'

await runMain(async (config) => {
  const tested = await testCandidate(config)
  printResult(config, tested, renderTested(tested))
})
