import { printResult } from './cli/io/result.ts'
import { bringUp } from './gate/io/bring-up.ts'
import { readClaims } from './gate/io/claims.ts'
import { renderGateUp } from './gate/report.ts'
import { runMain } from './target/io/run-main.ts'

await runMain(async (config) => {
  const { GATE } = config
  const { outcome, cut } = await bringUp(config)
  const projects = readClaims(GATE)
  printResult(config, { outcome, cut, gate: GATE, projects }, renderGateUp({ outcome, cut }, GATE, projects))
})
