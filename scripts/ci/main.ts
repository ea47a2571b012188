import { writeFileSync } from 'node:fs'
import { Failure } from '../core/failure.ts'
import { SUMMARY } from '../core/reports.ts'
import { versionOf } from '../core/version.ts'
import { readRevision } from '../io/git.ts'
import { catchSignals } from '../io/interrupt.ts'
import { emptyReports } from '../io/reports.ts'
import { printResult, runMain } from '../io/run-main.ts'
import { planCi } from './plan.ts'
import { renderMarkdown, renderNext, renderOutcome, renderRun } from './report.ts'
import { runSteps } from './run.ts'

// Jobs of one engine take turns at what is one project's: a server that starts two at once expects both to end well.
const PATIENCE = 1800

await runMain(async (config) => {
  const revision = await readRevision(config.options.ref)
  emptyReports()
  catchSignals()
  // A checkout that moves on meanwhile does not change what this is about.
  const REF = revision.dirtyTree ? '' : revision.commit
  const env = { REF, VERSION: '', JSON: '', WAIT: String(config.WAIT || PATIENCE) }
  const results = await runSteps(planCi(config), config.server, env)
  const run = { version: versionOf(revision), revision: revision.commit, results }
  writeFileSync(SUMMARY, renderMarkdown(run))
  const failed = results.find(({ outcome }) => outcome === 'failed')
  const document = {
    outcome: failed ? 'failed' : 'passed',
    version: run.version,
    revision: run.revision,
    steps: results,
  }
  if (failed === undefined) return printResult(config, document, `${renderRun(run)}\n\n${renderOutcome(run)}`)
  // In one stream, so that a server that reads two shows the error last.
  throw new Failure(renderOutcome(run), {
    detail: renderRun(run),
    next: renderNext(run),
    document,
  })
})
