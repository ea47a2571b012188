import { exec } from './cli/io/exec.ts'
import { printResult } from './cli/io/result.ts'
import { showAllUnsaved } from './data/io/unsaved.ts'
import { downArgv } from './docker/compose-argv.ts'
import { listContainers } from './docker/io/engine.ts'
import { leaveGate } from './gate/io/join.ts'
import { takeLock } from './state/io/lock.ts'
import { closeRunLog } from './state/io/run-log.ts'
import { runMain } from './target/io/run-main.ts'

await runMain(async (config) => {
  const { PROJECT: project } = config
  await takeLock(config, 'down')
  const removed = (await listContainers(project)).map(({ name }) => name)
  await showAllUnsaved(project)
  await leaveGate(config)
  if (removed.length > 0) await exec(downArgv(project), { follow: true })
  closeRunLog(project)
  const outcome = removed.length > 0 ? 'stopped' : 'unchanged'
  const note = removed.length > 0 ? `removed ${removed.join(', ')}; the volumes stay` : 'nothing was running'
  printResult(
    config,
    { outcome, project, removed },
    `${outcome}: ${note}${removed.length > 0 ? '\n  next: make deploy' : ''}`,
  )
})
