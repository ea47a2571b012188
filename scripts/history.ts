import { printResult } from './cli/io/result.ts'
import { readGate } from './gate/io/status.ts'
import { needsCare, renderGate } from './gate/status.ts'
import { renderHistory } from './release/history-report.ts'
import { readReleases } from './release/io/history.ts'
import { runMain } from './target/io/run-main.ts'

await runMain(async (config) => {
  const entries = readReleases(config.PROJECT)
  const gate = await readGate(config)
  const lines = gate && needsCare(gate, Date.now()) ? `\n${renderGate(gate, Date.now())}` : ''
  printResult(config, entries, renderHistory(entries, Date.now()) + lines)
})
