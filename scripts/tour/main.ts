import { Failure } from '../core/failure.ts'
import { attach } from '../io/exec.ts'
import { runMain } from '../io/run-main.ts'

await runMain(async () => {
  const status = await attach([
    'node_modules/.bin/vitest',
    'run',
    'scripts/tour',
    '--reporter',
    'verbose',
    '--maxWorkers',
    '4',
  ])
  if (status !== 0) throw new Failure('a lesson of the tour does not hold on this engine', { next: 'make doctor' })
})
