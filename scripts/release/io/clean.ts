import { exec } from '../../cli/io/exec.ts'
import { log } from '../../cli/io/log.ts'
import type { Config } from '../../config/io/read.ts'
import { listContainers } from '../../docker/io/engine.ts'
import { closeRunLog } from '../../state/io/run-log.ts'
import { planClean } from '../clean-plan.ts'
import { observe } from './prune-observe.ts'

/** Removes a project's containers, also those of `make dev`, and its images without a version tag. The caller has the lock. */
export async function cleanProject(config: Config): Promise<'cleaned' | 'unchanged'> {
  const { PROJECT, IMAGE_REPOSITORY } = config
  const names = [PROJECT, `${PROJECT}-dev`]
  const found = await Promise.all(names.map((name) => listContainers(name)))
  const running = names.filter((_, index) => (found[index] ?? []).length > 0)
  const { images, releases, elsewhere, blind } = await observe(config)
  const used = images.filter(({ inUse }) => inUse).map(({ id }) => id)
  const needed = new Set([...used, ...elsewhere, ...releases.flatMap((release) => release.images)])
  const steps = planClean(PROJECT, IMAGE_REPOSITORY, running, { images, needed, blind })
  for (const { argv, because } of steps) {
    log.step(argv.slice(0, 3).join(' '), because)
    await exec(argv, { follow: true })
  }
  closeRunLog(PROJECT)
  return steps.length === 0 ? 'unchanged' : 'cleaned'
}
