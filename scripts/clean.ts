import { printResult } from './cli/io/result.ts'
import { showAllUnsaved } from './data/io/unsaved.ts'
import { leaveGate } from './gate/io/join.ts'
import { cleanProject } from './release/io/clean.ts'
import { takeLock, takeTestLock } from './state/io/lock.ts'
import { runMain } from './target/io/run-main.ts'

await runMain(async (config) => {
  const { PROJECT: project } = config
  await takeLock(config, 'clean')
  await takeTestLock(config, 'clean')
  await showAllUnsaved(project)
  await leaveGate(config)
  const outcome = await cleanProject(config)
  const note = outcome === 'cleaned' ? '; volumes and tagged versions stay' : ', nothing to remove'
  printResult(config, { outcome, project }, `${outcome}: ${project}${note}`)
})
