import { Failure, messageOf } from '../../cli/failure.ts'
import { answerSignal, catchSignals } from '../../cli/io/interrupt.ts'
import { log } from '../../cli/io/log.ts'
import { printResult } from '../../cli/io/result.ts'
import type { Config } from '../../config/io/read.ts'
import { dropSnapshot } from '../../data/io/take.ts'
import { findVolume, settleVolumes } from '../../data/io/volumes.ts'
import { answers, readLog } from '../../docker/io/engine.ts'
import { type Outcome, type ReleaseEntry, renderEntry } from '../../release/history.ts'
import { lastGood, recordRelease, servedBefore } from '../../release/io/history.ts'
import { saveRelease } from '../../release/io/render.ts'
import type { Release } from '../../release/model.ts'
import { volumeNames } from '../../release/over-volumes.ts'
import { closeRunLog, writeRunLog } from '../../state/io/run-log.ts'
import type { RunLog } from '../../state/run-log.ts'
import { type Observed, planNothing, planRollout } from '../plan.ts'
import type { Step } from '../step.ts'
import { applySteps, type Write } from './apply.ts'
import { type Context, makeContext, newcomersOf } from './context.ts'
import { observe } from './observe.ts'
import { restoreAfterFailure, settleData } from './restore-data.ts'
import { unpauseAll } from './unpause.ts'

export type Rollout = {
  readonly target: 'deploy' | 'rollback' | 'restore'
  /** Whether a killed run had begun this. */
  readonly finishes: boolean
  readonly release: Release
  readonly observed: Observed
  readonly steps: readonly Step[]
}

/**
 * Takes the steps to a release, as a transaction: it serves in the end, or what served before does. Prints and records
 * what came of it; throws a Failure with that outcome where it is not a success. The lock is the caller's.
 */
export async function rollOut(config: Config, { target, finishes, release, observed, steps }: Rollout): Promise<void> {
  const from = servedBefore(config.PROJECT, observed.containers)
  const context = makeContext(config, release, observed, { target, from: lastGood(config.PROJECT) })
  const finish = (outcome: Outcome, because = '') =>
    recordRelease(config, { target, release, from: from?.id ?? '', because, outcome, ...measures(context) })
  if (steps.length === 0) {
    if (finishes) saveRelease(release)
    const entry = finish(finishes ? 'deployed' : 'unchanged')
    closeRunLog(config.PROJECT)
    return report(config, entry)
  }
  saveRelease(release)
  catchSignals()
  const write = writer(config, { target, release, from: from?.id ?? '' })
  try {
    await applySteps(context, steps, write)
    await settleVolumes(release)
    const entry = finish('deployed')
    closeRunLog(config.PROJECT)
    report(config, entry)
    await tellReplaced(context)
  } catch (error) {
    if (!(error instanceof Failure)) log.error(error instanceof Error ? (error.stack ?? error.message) : String(error))
    const signal = answerSignal()
    log.warn(`${signal?.message ?? messageOf(error)}: back to ${from?.image.version ?? 'nothing'}`)
    const logs = await readNewLogs(context)
    const wanted = signal ? 'abandoned' : context.touched ? 'rolled back' : 'refused'
    const outcome = (await restoreAfterFailure(context, write)) ?? (await undo(context, from, write, wanted))
    process.stderr.write(logs)
    await settleData(context, outcome)
    // The run log stays: the guard, which comes back with the engine, or the next run goes on from it.
    if (outcome === 'needs a human' && !(await answers()))
      throw new Failure(`the engine is gone in the middle of this: ${messageOf(error)}`, {
        next: 'make setup, then: make status   (finishes or undoes it)',
        document: { outcome },
        cause: error,
      })
    const entry = finish(outcome, messageOf(signal ?? error))
    closeRunLog(config.PROJECT)
    throw failureOf(signal ?? error, entry, from)
  }
}

/** A run log for a run: each step is written before it is taken. */
export function writer(
  { PROJECT, caller }: Config,
  { target, release, from }: { target: string; release: Release; from: string },
): Write {
  const since = new Date().toISOString()
  const { version } = release.image
  const run = { format: 1, target, version, release: release.id, from, by: caller, since } as const
  return (step, number, of, stopping) =>
    writeRunLog(PROJECT, { ...run, step, number, of, stopping, at: new Date().toISOString() } satisfies RunLog)
}

/** Takes the steps back to the release that served before, or to nothing. */
export async function undo(
  failed: Context,
  from: Release | undefined,
  write: Write,
  outcome: Outcome,
): Promise<Outcome> {
  const { config, release } = failed
  try {
    dropSnapshot(failed.taking)
    await unpauseAll(config.PROJECT)
    const observed = await observe(config.PROJECT)
    const steps = from === undefined ? planNothing(observed) : planBack(failed, from, observed)
    const purpose = { target: failed.target, patient: true }
    const context = { ...makeContext(config, from ?? release, observed, purpose), heldSince: failed.heldSince }
    await applySteps(context, steps, write, failed.step)
    failed.held = Math.max(failed.held, context.held)
    return outcome
  } catch (error) {
    log.error(`going back failed too: ${messageOf(error)}`)
    return 'needs a human'
  }
}

// The same release again, say because a container was ill: what it made goes, and what there was stays.
function planBack(failed: Context, from: Release, observed: Observed): Step[] {
  const steps = planRollout(from, observed)
  if (from.id !== failed.release.id) return steps
  const held = steps.filter((step) => step.do === 'unhold')
  const made = observed.containers.filter(({ id }) => !failed.before.has(id))
  const targets = made.map(({ id, name }) => ({ id, name }))
  return targets.length === 0 ? held : [...held, { do: 'remove', targets, because: 'it was made by this run' }]
}

const measures = ({ started, cut, held, taking, rehearsal }: Context) => ({
  ...{ started, cut, held, rehearsal },
  snapshot: taking?.id ?? '',
})

async function readNewLogs(context: Context): Promise<string> {
  const made = await newcomersOf(context, Object.keys(context.release.compose.services)).catch(() => [])
  const texts = made.map(async ({ id, name }) => `--- log of ${name} ---\n${await readLog(id)}\n---\n`)
  return (await Promise.all(texts)).join('')
}

async function tellReplaced({ from, release }: Context): Promise<void> {
  const names = volumeNames(release)
  for (const { key, name } of from?.volumes ?? [])
    if ((names[key] ?? name) !== name && (await findVolume(name)))
      log.note(`the data that were there before are in the volume ${name}, until: make prune`)
}

function report(config: Config, entry: ReleaseEntry): void {
  printResult(config, entry, renderEntry(entry, config))
}

function failureOf(error: unknown, entry: ReleaseEntry, from: Release | undefined): Failure {
  const { outcome } = entry
  const serves = from ? `${from.image.version} serves as before` : 'nothing serves, as before'
  const human = outcome === 'needs a human'
  const message = `${outcome}: ${messageOf(error)}; ${human ? 'what serves is not what should' : serves}`
  const next = human ? 'make status, then: make rollback, or make deploy of a version that is good' : 'make ship'
  const detail = error instanceof Failure ? error.detail : undefined
  return new Failure(message, {
    next: error instanceof Failure && !human ? error.next : next,
    document: entry,
    cause: error,
    ...(detail === undefined ? {} : { detail }),
  })
}
