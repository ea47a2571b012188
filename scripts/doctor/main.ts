import { printResult, runMain } from '../io/run-main.ts'
import { observe } from './observe.ts'
import { diagnose, renderFindings } from './report.ts'

await runMain(async (config) => {
  const findings = diagnose(await observe(config))
  const problems = findings.filter(({ weight }) => weight === 'problem').length
  printResult(config, { outcome: problems === 0 ? 'healthy' : 'problems', findings }, renderFindings(findings))
  process.exitCode = problems === 0 ? 0 : 1
})
