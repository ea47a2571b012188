import { annotateFailure, type CiServer, closeGroup, openGroup } from '../core/ci-server.ts'
import { attach } from '../io/exec.ts'
import { checkSignals } from '../io/interrupt.ts'
import { log } from '../io/log.ts'
import type { CiStep } from './plan.ts'
import type { Result } from './report.ts'

/** Runs the steps one after the other, up to the first that fails, each folded as the server's log shows it. */
export async function runSteps(
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
    // A password on standard input is for the push alone.
    const status = await attach(['make', `_${target}`], env, 2, target === 'push' ? 'inherit' : 'ignore')
    log.server(closeGroup(server, target, status === 0, now()))
    checkSignals()
    if (status !== 0) log.server(annotateFailure(server, `${target} ended with status ${status}`))
    const seconds = Math.round((performance.now() - started) / 1000)
    results.push({ ...step, outcome: status === 0 ? 'passed' : 'failed', seconds })
  }
  return results
}
