import { Failure } from './cli/failure.ts'
import { printResult } from './cli/io/result.ts'
import { changeMaintenance } from './proxy/io/maintenance.ts'
import { DEFAULT_PAGE, sayHold } from './proxy/maintenance.ts'
import { readPage } from './release/io/pages.ts'
import { recover } from './rollout/io/recover.ts'
import { takeLock } from './state/io/lock.ts'
import { readRunLog } from './state/io/run-log.ts'
import { runMain } from './target/io/run-main.ts'

await runMain(async (config) => {
  const { PROJECT: project, MAINTENANCE_PAGE, HOLD_TIMEOUT, caller: by, options } = config
  const { on, hold } = options
  if (on !== '1' && on !== '0')
    throw new Failure('say whether maintenance is to begin or to end', { next: 'make maintenance ON=1   (or ON=0)' })
  const page = MAINTENANCE_PAGE === '' ? DEFAULT_PAGE : readPage(MAINTENANCE_PAGE)
  const begun = { since: new Date().toISOString(), by, page, hold: hold ? HOLD_TIMEOUT : 0 }
  await takeLock(config, 'maintenance')
  const runLog = readRunLog(project, options.force)
  if (runLog) await recover(config, runLog)
  const runs = await changeMaintenance(project, on === '1' ? begun : undefined)
  const what =
    on === '1'
      ? `${sayHold(begun.hold, '503 and the page')}, until make maintenance ON=0`
      : 'requests are answered again'
  const outcome = on === '1' ? 'maintenance' : 'ended'
  printResult(config, { outcome, project }, `${outcome}: ${what}${runs ? '' : ', once a proxy runs'}`)
})
