import { exec } from '../../cli/io/exec.ts'
import { log } from '../../cli/io/log.ts'
import type { Config } from '../../config/io/read.ts'
import { listContainers, listProjectImages } from '../../docker/io/engine.ts'
import { closeRunLog } from '../../state/io/run-log.ts'
import { planClean } from '../clean-plan.ts'

/** Removes a project's containers, also those of `make dev`, and its images without a version tag. The caller has the lock. */
export async function cleanProject({ PROJECT, IMAGE_REPOSITORY }: Config): Promise<'cleaned' | 'unchanged'> {
  const names = [PROJECT, `${PROJECT}-dev`]
  const found = await Promise.all(names.map((name) => listContainers(name)))
  const running = names.filter((_, index) => (found[index] ?? []).length > 0)
  const steps = planClean(PROJECT, IMAGE_REPOSITORY, running, await listProjectImages(PROJECT))
  for (const { argv, because } of steps) {
    log.step(argv.slice(0, 3).join(' '), because)
    await exec(argv, { follow: true })
  }
  closeRunLog(PROJECT)
  return steps.length === 0 ? 'unchanged' : 'cleaned'
}
