import { readReleases } from '../io/releases.ts'
import { printResult, runMain } from '../io/run-main.ts'
import { renderHistory } from './report.ts'

await runMain(async (config) => {
  const entries = readReleases(config.PROJECT)
  printResult(config, entries, renderHistory(entries, Date.now()))
  return Promise.resolve()
})
