import { listContainers } from '../io/engine.ts'
import { printResult, runMain } from '../io/run-main.ts'
import { renderStatus, reportStatus } from './report.ts'

await runMain(async (config) => {
  const status = reportStatus(config.PROJECT, await listContainers(config.PROJECT))
  printResult(config, status, renderStatus(status, Date.now()))
})
