import { listContainers } from '../io/engine.ts'
import { readJournal } from '../io/journal.ts'
import { isHeld } from '../io/lock.ts'
import { printResult, runMain } from '../io/run-main.ts'
import { renderStatus, reportStatus } from './report.ts'

await runMain(async (config) => {
  const { PROJECT } = config
  const journal = readJournal(PROJECT)
  const run = journal && { journal, goingOn: await isHeld(PROJECT) }
  const status = reportStatus(PROJECT, await listContainers(PROJECT), run)
  printResult(config, status, renderStatus(status, Date.now()))
})
