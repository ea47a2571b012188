import { readdirSync, writeFileSync } from 'node:fs'
import { attach } from '../../cli/io/attach.ts'
import { checkSignals } from '../../cli/io/interrupt.ts'
import { log } from '../../cli/io/log.ts'
import { ofToolkit } from '../../cli/io/places.ts'
import type { CiServer } from '../../config/ci-server.ts'
import type { Config } from '../../config/io/read.ts'
import { emptyReports, REPORTS, SUMMARY } from '../../image/io/reports.ts'
import { fixRevision, readRevision } from '../../version/io/git.ts'
import { versionOf } from '../../version/version.ts'
import { type CiStep, planCi } from '../plan.ts'
import { type Result, type Run, renderMarkdown } from '../report.ts'
import { annotateFailure, closeGroup, openGroup } from '../server.ts'
import { readMade } from './made.ts'

// In seconds. Jobs of one project wait for each other, since a server that starts two at once expects both to pass.
const PATIENCE = 1800

/** Runs the pipeline of the checkout, and writes its summary. The caller reports the outcome. */
export async function runCi(config: Config): Promise<Run> {
  const revision = await readRevision(config.options.ref)
  emptyReports()
  // All steps use these files, even if the checkout changes meanwhile.
  const env = { REF: '', ...fixRevision(revision), VERSION: '', JSON: '', WAIT: String(config.WAIT || PATIENCE) }
  const results = await runSteps(planCi(config), config.server, env)
  const version = versionOf(revision)
  const run = { version, revision: revision.commit, results, made: await readMade(config, version) }
  writeFileSync(SUMMARY, renderMarkdown(run))
  return { ...run, files: readdirSync(REPORTS) }
}

/** Runs the steps in order, up to the first that fails. The server's log shows each step as a group. */
async function runSteps(
  steps: readonly CiStep[],
  server: CiServer,
  env: Readonly<Record<string, string>>,
): Promise<Result[]> {
  const results: Result[] = []
  const now = () => Math.round(Date.now() / 1000)
  for (const [index, step] of steps.entries()) {
    const { target, skipped } = step
    if (skipped || results.some(({ outcome }) => outcome === 'failed')) {
      if (skipped) log.note(`${target} skipped: ${skipped}`)
      results.push({ ...step, outcome: skipped ? 'skipped' : 'not run', seconds: 0 })
      continue
    }
    const started = performance.now()
    log.server(openGroup(server, target, `${target} (${index + 1} of ${steps.length})`, now()))
    // Only the push may read a password from standard input.
    const status = await attach(
      ['make', '-f', ofToolkit('dartagnan.mk'), `_${target}`],
      env,
      2,
      target === 'push' ? 'inherit' : 'ignore',
    )
    log.server(closeGroup(server, target, status === 0, now()))
    checkSignals()
    if (status !== 0) log.server(annotateFailure(server, `${target} ended with status ${status}`))
    const seconds = Math.round((performance.now() - started) / 1000)
    results.push({ ...step, outcome: status === 0 ? 'passed' : 'failed', seconds })
  }
  return results
}
