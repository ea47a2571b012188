import { Failure, messageOf } from '../../cli/failure.ts'
import { answerSignal, catchSignals } from '../../cli/io/interrupt.ts'
import { log } from '../../cli/io/log.ts'
import { printResult } from '../../cli/io/result.ts'
import type { Config } from '../../config/io/read.ts'
import { keepNew, readNew, settleVolumes } from '../../data/io/volumes.ts'
import { answers, readLog } from '../../docker/io/engine.ts'
import { throughGate } from '../../gate/io/join.ts'
import { type Outcome, type ReleaseEntry, renderEntry } from '../../release/history.ts'
import { lastGood, recordRelease, servedBefore } from '../../release/io/history.ts'
import { saveRelease } from '../../release/io/render.ts'
import type { Release } from '../../release/model.ts'
import { requireLock } from '../../state/io/lock.ts'
import { closeRunLog } from '../../state/io/run-log.ts'
import { countCommits } from '../../version/io/git.ts'
import { renderCard } from '../card.ts'
import { planNothing, planRollout } from '../plan.ts'
import { BEGINNING, finishedSnapshot, goingBack, type Progress } from '../progress.ts'
import type { Observed } from '../situation.ts'
import type { Step } from '../step.ts'
import { applySteps, mustApply } from './apply.ts'
import { type Facts, gatherFacts, newcomersOf } from './facts.ts'
import { observe } from './observe.ts'
import { restoreAfterFailure, settleData, tellReplaced } from './restore-data.ts'
import { beginRun, type Run } from './run.ts'
import { sampleTraffic } from './sample.ts'
import { isPreview, showPlan } from './show-plan.ts'
import { unpauseAll } from './unpause.ts'

/** A planned rollout: the release that is to serve, what was observed, and the steps from there to it. */
export type Rollout = {
  readonly target: 'deploy' | 'rollback' | 'restore'
  /** Whether a killed run had begun this rollout. */
  readonly finishes: boolean
  readonly release: Release
  readonly observed: Observed
  readonly steps: readonly Step[]
  readonly fingerprint: string
}

/**
 * Takes the steps to a release, as a transaction: in the end either it serves, or what served before. Prints and
 * records the outcome, or with PLAN=1 prints the plan alone; throws a Failure with that outcome where it is not a success. The caller holds the lock.
 */
export const rollOut = (config: Config, rollout: Rollout): Promise<void> =>
  isPreview(config) ? showPlan(config, rollout.target, rollout) : throughGate(config, () => takeSteps(config, rollout))

async function takeSteps(config: Config, { target, finishes, release, observed, steps }: Rollout): Promise<void> {
  const { PROJECT, options } = config
  const from = servedBefore(PROJECT, observed.containers, options.force)
  const facts = gatherFacts(config, release, observed, { target, from: lastGood(PROJECT, options.force) })
  let endSampling = () => {}
  const finish = (outcome: Outcome, progress: Progress, because = ''): ReleaseEntry => {
    const run = { target, release, from: from?.id ?? '', started: facts.started }
    const entry = recordRelease(config, { ...run, outcome, because, ...measures(progress) })
    closeRunLog(PROJECT)
    endSampling()
    return entry
  }
  const report = async (entry: ReleaseEntry) => {
    printResult(config, entry, renderEntry(entry, config))
    const commits = from && (await countCommits(from.image.revision, release.image.revision))
    for (const row of renderCard(entry, from, release, commits)) log.note(row)
  }
  if (steps.length === 0) {
    if (finishes) saveRelease(release)
    return await report(finish(finishes ? 'deployed' : 'unchanged', BEGINNING))
  }
  saveRelease(release)
  catchSignals()
  endSampling = sampleTraffic(PROJECT, facts.started)
  const run = await beginRun(config, { target, release, from: from?.id ?? '' })
  const { progress, failed } = await applySteps(facts, steps, run)
  let deployed: ReleaseEntry
  try {
    if (failed) throw failed.error
    await settleVolumes(release)
    deployed = finish('deployed', progress)
  } catch (error) {
    const { outcome, held, cause } = await comeBack(facts, progress, { run, from, error })
    const entry = finish(outcome, { ...progress, held: Math.max(progress.held, held) }, messageOf(cause))
    throw failureOf(cause, entry, from)
  }
  // It is recorded: nothing that fails from here on may undo it.
  await report(deployed)
  await tellReplaced(facts)
}

const measures = (progress: Progress) => ({
  ...{ cut: progress.cut, held: progress.held, rehearsal: progress.rehearsal, steps: progress.took },
  snapshot: finishedSnapshot(progress)?.id ?? '',
})

type Failed = { readonly run: Run; readonly from: Release | undefined; readonly error: unknown }

/** Goes back from a run that has failed. Gives how that ended, and why the run failed: by a signal, or by its error. */
async function comeBack(
  facts: Facts,
  progress: Progress,
  { run, from, error }: Failed,
): Promise<Undone & { cause: unknown }> {
  // Another run may have begun since: the run log stays, and the next one goes on from it.
  requireLock()
  if (!(error instanceof Failure)) log.error(error instanceof Error ? (error.stack ?? error.message) : String(error))
  const signal = answerSignal()
  log.warn(`${signal?.message ?? messageOf(error)}: back to ${from?.image.version ?? 'nothing'}`)
  const logs = await readNewLogs(facts)
  const wanted = signal ? 'abandoned' : progress.touched ? 'rolled back' : 'refused'
  const restored = await restoreAfterFailure(facts, progress, run)
  const undone: Undone = restored
    ? { outcome: restored, held: 0 }
    : await undo(facts, progress, { run, from, outcome: wanted })
  if (logs) log.quote(logs)
  await settleData(facts, progress, undone.outcome)
  // The run log stays: the guard, which comes back with the engine, or the next run goes on from it.
  if (undone.outcome === 'needs a human' && !(await answers()))
    throw new Failure(`the engine is gone in the middle of this: ${messageOf(error)}`, {
      next: 'make setup, then: make status   (finishes or undoes it)',
      document: { outcome: undone.outcome },
      cause: error,
    })
  await keepNew(facts.config.PROJECT).catch((problem: unknown) => log.warn(messageOf(problem)))
  return { ...undone, cause: signal ?? error }
}

/** How going back has ended, and how long requests waited for it, in milliseconds. */
type Undone = { readonly outcome: Outcome; readonly held: number }

/**
 * Takes the steps back to the release that served before, or to nothing. Gives `outcome`, or that a human is needed.
 */
export async function undo(
  facts: Facts,
  failed: Progress,
  { run, from, outcome }: { run: Run; from: Release | undefined; outcome: Outcome },
): Promise<Undone> {
  const { config, release, target } = facts
  try {
    if (failed.snapshot?.is === 'begun') failed.snapshot.snapshot.giveUp()
    await unpauseAll(config.PROJECT)
    const observed = await observe(config.PROJECT)
    const steps =
      from === undefined
        ? planNothing(observed, await readNew(config.PROJECT, 'discard'))
        : planBack(facts, from, observed)
    const back = gatherFacts(config, from ?? release, observed, { target, patient: true })
    const { held } = await mustApply(back, steps, inAnyCase(run), goingBack(failed))
    return { outcome, held }
  } catch (error) {
    log.error(`going back failed too: ${messageOf(error)}`)
    return { outcome: 'needs a human', held: 0 }
  }
}

// A full ledger must not keep the last good version from serving. The run log goes on to name the step before.
const inAnyCase = (run: Run): Run => ({
  ...run,
  write: (...step) => {
    try {
      run.write(...step)
    } catch (error) {
      log.warn(messageOf(error))
    }
  },
})

// Where the same release was deployed again, say because a container was unhealthy, only what this run made goes.
function planBack(failed: Facts, from: Release, observed: Observed): Step[] {
  const steps = planRollout(from, observed)
  if (from.id !== failed.release.id) return steps
  const held = steps.filter((step) => step.do === 'unhold')
  const made = observed.containers.filter(({ id }) => !failed.before.has(id))
  const targets = made.map(({ id, name }) => ({ id, name }))
  return targets.length === 0 ? held : [...held, { do: 'remove', targets, because: 'it was made by this run' }]
}

async function readNewLogs(facts: Facts): Promise<string> {
  const made = await newcomersOf(facts, Object.keys(facts.release.compose.services)).catch(() => [])
  const texts = made.map(
    async ({ id, name }) =>
      `--- log of ${name} ---\n${(await readLog(id)).trimEnd() || 'it has printed nothing'}\n---\n`,
  )
  return (await Promise.all(texts)).join('')
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
