import { attach } from '../../cli/io/attach.ts'
import { catchSignals, checkSignals } from '../../cli/io/interrupt.ts'
import { log } from '../../cli/io/log.ts'
import type { Outcome } from '../report.ts'
import type { Suite } from '../suites.ts'
import { chooseWorkers } from './workers.ts'

/**
 * Runs the suites of a run of tests one after the other, each up to its first command that fails. Calls `sweep`, which removes what tests
 * have made, before the first suite and after the last, even where a signal ends the run.
 */
export async function runSuites(run: string, chosen: readonly Suite[], sweep: () => Promise<void>): Promise<Outcome[]> {
  catchSignals()
  await sweep()
  const outcomes: Outcome[] = []
  try {
    for (const suite of chosen) {
      log.step(`check ${suite.name}`, `${outcomes.length + 1} of ${chosen.length}`)
      outcomes.push(await runSuite(run, suite))
    }
    return outcomes
  } finally {
    await sweep()
  }
}

async function runSuite(run: string, { name, commands }: Suite): Promise<Outcome> {
  const started = performance.now()
  let passed = true
  for (const { argv, env, parallel } of commands) {
    checkSignals()
    if (!passed) break
    const workers = parallel ? { DARTAGNAN_WORKERS: String(await chooseWorkers(run)) } : {}
    passed = (await attach(argv, { ...env, ...workers, DARTAGNAN_CHECK: run })) === 0
  }
  checkSignals()
  return { name, passed, seconds: Math.round((performance.now() - started) / 1000) }
}
