import { log } from '../../cli/io/log.ts'
import type { Config } from '../../config/io/read.ts'
import { keepNew, readNew, settleVolumes } from '../../data/io/volumes.ts'
import type { ContainerState } from '../../docker/container.ts'
import { stopContainers } from '../../docker/io/containers.ts'
import { listContainers } from '../../docker/io/engine.ts'
import { recordRelease } from '../../release/io/history.ts'
import { loadRelease } from '../../release/io/render.ts'
import type { Release } from '../../release/model.ts'
import { closeRunLog, readRunLog } from '../../state/io/run-log.ts'
import { describeRun, type RunLog } from '../../state/run-log.ts'
import { isServing, planNothing, planRollout } from '../plan.ts'
import { mustApply } from './apply.ts'
import { gatherFacts } from './facts.ts'
import { observe } from './observe.ts'
import { beginRun } from './run.ts'
import { unpauseAll } from './unpause.ts'

/**
 * Ends the stops that a killed run had begun, and unpauses what it had paused. The engine still stops these containers,
 * and shows them as running and healthy: call this before anything is planned.
 */
export async function finishPendingStops({ PROJECT }: Config, runLog: RunLog | undefined): Promise<void> {
  if (runLog === undefined) return
  const isStopping = ({ id, status, startedAt }: ContainerState) =>
    // A container that was started since, say with the engine, stays.
    status === 'running' && runLog.stopping.includes(id) && Date.parse(startedAt) < Date.parse(runLog.at)
  const targets = (await listContainers(PROJECT)).filter(isStopping)
  if (targets.length > 0) await stopContainers(targets)
  await unpauseAll(PROJECT)
}

/**
 * Finishes what a killed run has begun, where its release serves already; otherwise goes back to what served before.
 * Records and says which. The caller holds the lock.
 */
export async function recover(config: Config, runLog: RunLog): Promise<void> {
  const { PROJECT } = config
  const { target, from } = runLog
  const release = loadRelease(PROJECT, runLog.release)
  await finishPendingStops(config, runLog)
  const observed = await observe(PROJECT)
  const finishes = isServing(release, observed)
  const wanted = finishes ? release : from === '' ? undefined : loadRelease(PROJECT, from)
  const goal = finishes
    ? `${release.image.version} serves: this is finished`
    : `this is undone, back to ${wanted?.image.version ?? 'nothing'}`
  log.warn(`${describeRun(runLog)}; ${goal}`)
  const facts = gatherFacts(config, wanted ?? release, observed, { target, patient: true })
  const steps =
    wanted === undefined ? planNothing(observed, await readNew(PROJECT, 'discard')) : planRollout(wanted, observed)
  await mustApply(facts, steps, await beginRun(config, { target, release, from }))
  if (finishes) await settleVolumes(release)
  else await keepNew(PROJECT)
  if (target !== 'backup') recordKilled(config, runLog, finishes ? 'deployed' : 'abandoned')
  closeRunLog(PROJECT)
}

/**
 * Undoes a killed first deploy, or finishes it where it serves, before another one is planned: that one would take the
 * volumes as they are, in which a database may have set itself up by half.
 */
export async function undoFirstDeploy(config: Config): Promise<void> {
  const { PROJECT, options } = config
  const runLog = readRunLog(PROJECT, options.force)
  if (runLog?.from === '' && (await readNew(PROJECT, 'discard')).length > 0) await recover(config, runLog)
}

/**
 * Says what becomes of a killed run where another run goes on to `wanted`. Gives true where that finishes the killed
 * run; otherwise it undoes the killed run, which is recorded as abandoned.
 */
export function supersedeKilledRun(config: Config, wanted: Release): boolean {
  const { PROJECT, options } = config
  const runLog = readRunLog(PROJECT, options.force)
  if (!runLog) return false
  const finishes = runLog.release === wanted.id
  log.warn(`${describeRun(runLog)}: this run ${finishes ? 'finishes' : 'undoes'} it`)
  if (!finishes && runLog.target !== 'backup') recordKilled(config, runLog, 'abandoned')
  return finishes
}

function recordKilled(config: Config, runLog: RunLog, outcome: 'deployed' | 'abandoned'): void {
  const { target, from, since, by, step, number, of } = runLog
  const release = loadRelease(config.PROJECT, runLog.release)
  const because = `killed in step ${number} of ${of} (${step})`
  const entry = { target, release, from, outcome, because, started: Date.parse(since), cut: 0, held: 0 }
  recordRelease({ ...config, caller: by }, entry)
}
