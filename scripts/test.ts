import { Failure } from './cli/failure.ts'
import { catchSignals } from './cli/io/interrupt.ts'
import { printResult } from './cli/io/result.ts'
import { findImage } from './docker/io/engine.ts'
import { candidateTag } from './image/build.ts'
import { type Evidence, evidenceFile } from './image/evidence.ts'
import { readBuildInput } from './image/io/build.ts'
import { keepReports, replaceTestReports, restoreReports } from './image/io/reports.ts'
import { readLedger, writeLedger } from './state/io/ledger.ts'
import { takeTestLock } from './state/io/lock.ts'
import { runMain } from './target/io/run-main.ts'
import { testImage } from './test/io/suites.ts'
import { versionOf } from './version/version.ts'

await runMain(async (config) => {
  const input = await readBuildInput(config, config.options.ref)
  const version = versionOf(input.revision)
  const image = (await findImage(candidateTag(config, version)))?.Id
  if (image === undefined) throw new Failure(`no image was built for ${version}`, { next: 'make build test' })
  const file = evidenceFile(image)
  const known = config.options.force.has('retest') ? undefined : readLedger<Evidence>(config.PROJECT, ...file)
  if (known) {
    restoreReports(config.PROJECT, image)
    return printResult(
      config,
      { outcome: 'unchanged', ...known },
      `unchanged: ${version} passed its tests at ${known.testedAt} (FORCE=retest runs them again)`,
    )
  }
  await takeTestLock(config, 'test')
  catchSignals()
  replaceTestReports()
  const suites = await testImage(config, input, image)
  const at = { testedAt: new Date().toISOString(), testedBy: config.caller }
  const evidence: Evidence = { image, version, revision: input.revision.commit, suites, ...at }
  keepReports(config.PROJECT, image)
  writeLedger(config.PROJECT, file, evidence)
  const times = suites.map(({ name, seconds }) => `${name} in ${seconds} s`).join(', ')
  printResult(config, { outcome: 'passed', ...evidence }, `passed: ${version}, ${times}`)
})
