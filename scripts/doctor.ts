import { printResult } from './cli/io/result.ts'
import { observe } from './doctor/io/observe.ts'
import { diagnose, renderFindings } from './doctor/report.ts'
import { runMain } from './target/io/run-main.ts'

await runMain(async (config) => {
  const findings = diagnose(await observe(config))
  const problems = findings.filter(({ weight }) => weight === 'problem').length
  printResult(config, { outcome: problems === 0 ? 'healthy' : 'problems', findings }, renderFindings(findings))
  process.exitCode = problems === 0 ? 0 : 1
})
