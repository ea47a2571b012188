import { printResult } from './cli/io/result.ts'
import { cleanProject } from './release/io/clean.ts'
import { takeLock, takeTestLock } from './state/io/lock.ts'
import { runMain } from './target/io/run-main.ts'
import { removeTests } from './test/io/clear.ts'

await runMain(async (config) => {
  const { PROJECT: project } = config
  await takeLock(config, 'clean')
  const tests = (await takeTestLock(config, 'clean')) ? await removeTests(project) : 0
  const cleaned = await cleanProject(config)
  const outcome = tests > 0 ? 'cleaned' : cleaned
  const note = outcome === 'cleaned' ? '; volumes and tagged versions stay' : ', nothing to remove'
  printResult(config, { outcome, project }, `${outcome}: ${project}${note}`)
})
