import { Failure } from './cli/failure.ts'
import { attach } from './cli/io/attach.ts'
import { takeTestLock, testRun } from './state/io/lock.ts'
import { runMain } from './target/io/run-main.ts'

const LESSONS = ['node_modules/.bin/vitest', 'run', 'scripts/tour', '--reporter=verbose', '--maxWorkers=4'] as const

await runMain(async (config) => {
  await takeTestLock(config, 'tour')
  const status = await attach(LESSONS, { DARTAGNAN_CHECK: testRun(config.PROJECT) })
  if (status !== 0) throw new Failure('a lesson of the tour does not hold on this engine', { next: 'make doctor' })
})
