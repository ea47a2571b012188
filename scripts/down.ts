import { exec } from './cli/io/exec.ts'
import { printResult } from './cli/io/result.ts'
import { readUnsaved, showUnsaved } from './data/io/unsaved.ts'
import { requireSaved } from './data/unsaved.ts'
import { downArgv } from './docker/compose-argv.ts'
import { listContainers } from './docker/io/engine.ts'
import { leaveGate } from './gate/io/join.ts'
import { keepWritten } from './rollout/io/keep.ts'
import { takeLock } from './state/io/lock.ts'
import { closeRunLog } from './state/io/run-log.ts'
import { runMain } from './target/io/run-main.ts'

await runMain(async (config) => {
  const { PROJECT: project } = config
  await takeLock(config, 'down')
  await keepWritten(config)
  const containers = await listContainers(project)
  const removed = containers.map(({ name }) => name)
  const unsaved = await readUnsaved(containers, project)
  requireSaved(unsaved, config.options.force, 'down')
  showUnsaved(unsaved)
  await leaveGate(config)
  if (removed.length > 0) await exec(downArgv(project), { follow: true })
  closeRunLog(project)
  const [outcome, note] =
    removed.length > 0
      ? ['stopped', `removed ${removed.join(', ')}; the volumes stay\n  next: make deploy`]
      : ['unchanged', 'nothing was running']
  printResult(config, { outcome, project, removed }, `${outcome}: ${note}`)
})
