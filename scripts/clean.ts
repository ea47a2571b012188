import { exec } from './cli/io/exec.ts'
import { log } from './cli/io/log.ts'
import { printResult } from './cli/io/result.ts'
import { listContainers, listProjectImages } from './docker/io/engine.ts'
import { planClean } from './release/clean-plan.ts'
import { takeLock } from './state/io/lock.ts'
import { closeRunLog } from './state/io/run-log.ts'
import { runMain } from './target/io/run-main.ts'

await runMain(async (config) => {
  const { PROJECT, IMAGE_REPOSITORY } = config
  await takeLock(config, 'clean')
  const names = [PROJECT, `${PROJECT}-dev`]
  const found = await Promise.all(names.map((name) => listContainers(name)))
  const running = names.filter((_, index) => (found[index] ?? []).length > 0)
  const steps = planClean(PROJECT, IMAGE_REPOSITORY, running, await listProjectImages(PROJECT))
  for (const { argv, because } of steps) {
    log.step(argv.slice(0, 3).join(' '), because)
    await exec(argv, { follow: true })
  }
  closeRunLog(PROJECT)
  const outcome = steps.length === 0 ? 'unchanged' : 'cleaned'
  printResult(
    config,
    { outcome, project: PROJECT },
    `${outcome}: ${PROJECT}${steps.length === 0 ? ', nothing to remove' : '; volumes and tagged versions stay'}`,
  )
})
