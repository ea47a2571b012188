import { Failure } from '../core/failure.ts'
import { attach } from '../io/exec.ts'
import { takeTestLock } from '../io/lock.ts'
import { runMain } from '../io/run-main.ts'

const LESSONS = ['node_modules/.bin/vitest', 'run', 'scripts/tour', '--reporter=verbose', '--maxWorkers=4'] as const

await runMain(async (config) => {
  await takeTestLock(config, 'tour')
  const status = await attach(LESSONS)
  if (status !== 0) throw new Failure('a lesson of the tour does not hold on this engine', { next: 'make doctor' })
})
