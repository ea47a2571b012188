import { measureBackup, measureHolds } from './bench/io/backups.ts'
import { measure } from './bench/io/deploys.ts'
import { renderData, renderDeploys } from './bench/report.ts'
import { log } from './cli/io/log.ts'
import { printResult } from './cli/io/result.ts'
import { takeTestLock, testRun } from './state/io/lock.ts'
import { runMain } from './target/io/run-main.ts'
import { sweepTests } from './testing/sweep.ts'
import { TestProject } from './testing/test-project.ts'

await runMain(async (config) => {
  await takeTestLock(config, 'bench')
  await sweepTests(config)
  log.step('two versions of the sample', 'built once, then deployed in turn')
  await using project = await TestProject.create(testRun(config.PROJECT))
  await project.must('build tag', { FORCE: 'untested' })
  await project.release('1.1.0', 'sample-app/src/journal/wsgi.py', (text) => `${text}# another version\n`)
  const { suite } = config.options
  const deploys = suite === 'data' ? undefined : await measure(project)
  const data =
    suite === 'deploys' ? undefined : { backup: await measureBackup(project), holds: await measureHolds(project) }
  const tables = [deploys && renderDeploys(deploys), data && renderData(data)]
  printResult(config, { ...deploys, ...data }, tables.filter(Boolean).join('\n\n'))
})
