import { printResult } from './cli/io/result.ts'
import { cleanProject } from './release/io/clean.ts'
import { takeLock } from './state/io/lock.ts'
import { runMain } from './target/io/run-main.ts'
import { clearTests } from './test/io/clear.ts'

await runMain(async (config) => {
  const { PROJECT: project } = config
  await takeLock(config, 'clean')
  const tests = await clearTests(project)
  const cleaned = await cleanProject(config)
  const outcome = tests > 0 ? 'cleaned' : cleaned
  const note = outcome === 'cleaned' ? '; volumes and tagged versions stay' : ', nothing to remove'
  printResult(config, { outcome, project }, `${outcome}: ${project}${note}`)
})
