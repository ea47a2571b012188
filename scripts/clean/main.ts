import { listContainers, listProjectImages } from '../io/engine.ts'
import { exec } from '../io/exec.ts'
import { closeJournal } from '../io/journal.ts'
import { takeLock } from '../io/lock.ts'
import { log } from '../io/log.ts'
import { printResult, runMain } from '../io/run-main.ts'
import { planClean } from './plan.ts'

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
  closeJournal(PROJECT)
  const outcome = steps.length === 0 ? 'unchanged' : 'cleaned'
  printResult(
    config,
    { outcome, project: PROJECT },
    `${outcome}: ${PROJECT}${steps.length === 0 ? ', nothing to remove' : '; volumes and tagged versions stay'}`,
  )
})
