import { variable } from './cli/io/environment.ts'
import { tryExec } from './cli/io/exec.ts'
import { printResult } from './cli/io/result.ts'
import { toolkitContainerId } from './docker/io/toolkit-container.ts'
import { readGate } from './gate/io/status.ts'
import { renderGate } from './gate/status.ts'
import { readReleases } from './release/io/history.ts'
import { watchStatus } from './report/io/watch.ts'
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
  // The guard of a killed run ends so: what it waited for is done.
  if (variable('DARTAGNAN_GUARD')) await tryExec(['docker', 'rm', '--force', toolkitContainerId()])
})
