import { takeTestLock } from '../io/lock.ts'
import { log } from '../io/log.ts'
import { printResult, runMain } from '../io/run-main.ts'
import { sweepTests } from '../io/sweep.ts'
import { World } from '../io/world.ts'
import { measure } from './measure.ts'
import { renderFigures } from './report.ts'

await runMain(async (config) => {
  await takeTestLock(config, 'bench')
  await sweepTests()
  log.step('two versions of the sample', 'built once, then deployed in turn')
  await using world = await World.create()
  await world.must('build tag', { FORCE: '1' })
  await world.release('1.1.0', 'sample-app/src/journal/wsgi.py', (text) => `${text}# another version\n`)
  const figures = await measure(world)
  printResult(config, figures, renderFigures(figures))
})
