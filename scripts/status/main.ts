import { tryExec } from '../io/exec.ts'
import { readJournal } from '../io/journal.ts'
import { tryLock } from '../io/lock.ts'
import { observe } from '../io/observe.ts'
import { readReleases } from '../io/releases.ts'
import { recover } from '../io/rollout/recover.ts'
import { printResult, runMain } from '../io/run-main.ts'
import { selfId } from '../io/self.ts'
import { renderStatus, reportStatus } from './report.ts'

await runMain(async (config) => {
  const { PROJECT } = config
  // With the lock held, a journal is there only because its run was killed.
  const free = readJournal(PROJECT) === undefined || (await tryLock(config, 'status'))
  const journal = readJournal(PROJECT)
  if (journal && free) await recover(config, journal)
  const status = reportStatus(PROJECT, await observe(PROJECT), readReleases(PROJECT), free ? undefined : journal)
  printResult(config, status, renderStatus(status, Date.now()))
  // The guard of a killed run ends so: what it waited for is done.
  if (process.env['DARTAGNAN_GUARD']) await tryExec(['docker', 'rm', '--force', selfId()])
})
