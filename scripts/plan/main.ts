import { describeRun } from '../core/journal.ts'
import { readJournal } from '../io/journal.ts'
import { log } from '../io/log.ts'
import { planVersion } from '../io/plan-version.ts'
import { printResult, runMain } from '../io/run-main.ts'
import { renderPlan } from './report.ts'

await runMain(async (config) => {
  const journal = readJournal(config.PROJECT)
  if (journal)
    log.warn(`${describeRun(journal, false)}, unless it still goes on: this is what deploy would do from there`)
  const { release, steps, fingerprint } = await planVersion(config)
  const { version, revision, id } = release.image
  const document = { version, revision, image: id, release: release.id, fingerprint, steps }
  printResult(config, document, renderPlan(release, steps, fingerprint))
})
