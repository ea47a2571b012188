import { Failure } from '../core/failure.ts'
import { describeRun } from '../core/journal.ts'
import { renderEntry } from '../core/release-entry.ts'
import { closeJournal, readJournal } from '../io/journal.ts'
import { takeLock } from '../io/lock.ts'
import { log } from '../io/log.ts'
import { planVersion } from '../io/plan-version.ts'
import { requireFreePort } from '../io/port.ts'
import { recordRelease } from '../io/releases.ts'
import { printResult, runMain } from '../io/run-main.ts'
import { applySteps } from './apply.ts'

await runMain(async (config) => {
  await takeLock(config, 'deploy')
  const started = new Date()
  const interrupted = readJournal(config.PROJECT)
  if (interrupted) log.warn(`${describeRun(interrupted, false)}: this run finishes or undoes it`)
  const { release, observed, steps, fingerprint } = await planVersion(config)
  if (config.options.plan !== undefined && config.options.plan !== fingerprint) {
    const message = `PLAN=${JSON.stringify(config.options.plan)} no longer holds: the plan is ${fingerprint} now`
    throw new Failure(message, { next: 'make plan' })
  }
  await requireFreePort(config, observed.containers)
  const before = new Set(observed.containers.map(({ id }) => id))
  try {
    const cut = await applySteps({ config, release, before }, steps)
    const entry = recordRelease(config, release, started, steps.length === 0 ? 'unchanged' : 'deployed', cut)
    printResult(config, entry, renderEntry(entry, config))
  } catch (error) {
    recordRelease(config, release, started, 'failed')
    throw error
  } finally {
    closeJournal(config.PROJECT)
  }
})
