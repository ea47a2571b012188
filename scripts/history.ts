import { printResult } from './cli/io/result.ts'
import { renderHistory } from './release/history-report.ts'
import { readReleases } from './release/io/history.ts'
import { runMain } from './target/io/run-main.ts'

await runMain(async (config) => {
  const entries = readReleases(config.PROJECT)
  printResult(config, entries, renderHistory(entries, Date.now()))
  return Promise.resolve()
})
