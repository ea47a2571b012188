import { printResult } from './cli/io/result.ts'
import { readGate } from './gate/io/status.ts'
import { renderGate } from './gate/status.ts'
import { readReleases } from './release/io/history.ts'
import { watchStatus } from './report/io/watch.ts'
import { endGuard } from './rollout/io/guard.ts'
import { observe } from './rollout/io/observe.ts'
import { recover } from './rollout/io/recover.ts'
import { renderStatus, reportStatus } from './rollout/status-report.ts'
import { tryLock } from './state/io/lock.ts'
import { readRunLog } from './state/io/run-log.ts'
import { runMain } from './target/io/run-main.ts'

await runMain(async (config) => {
  const { PROJECT } = config
  if (config.options.watch) return await watchStatus(config)
  // With the lock held, a run log is there only because its run was killed.
  const free = readRunLog(PROJECT) === undefined || (await tryLock(config, 'status'))
  const runLog = readRunLog(PROJECT)
  if (runLog && free) await recover(config, runLog)
  const status = reportStatus(PROJECT, await observe(PROJECT), readReleases(PROJECT), free ? undefined : runLog)
  const gate = await readGate(config)
  const lines = gate ? `\n${renderGate(gate, Date.now())}` : ''
  printResult(config, { ...status, gate }, renderStatus(status, Date.now()) + lines)
  await endGuard()
})
