import { Failure, messageOf } from '../../cli/failure.ts'
import { answerSignal, catchSignals } from '../../cli/io/interrupt.ts'
import { log } from '../../cli/io/log.ts'
import { newNames, requireHolding } from '../../data/io/fill.ts'
import { findSnapshot } from '../../data/io/find-snapshot.ts'
import { clearLeftovers } from '../../data/io/repository.ts'
import { readCurrent } from '../../data/io/volumes.ts'
import { warnOfGaps } from '../../data/io/warn-of-gaps.ts'
import type { Snapshot } from '../../data/snapshot.ts'
import { toolkitImageId } from '../../docker/io/toolkit-container.ts'
import { lastGood } from '../../release/io/history.ts'
import type { Release } from '../../release/model.ts'
import { withVolumes } from '../../release/over-volumes.ts'
import { type Backup, releaseToBackUp, requireItsVolumes } from '../../rollout/io/back-up.ts'
import { beginRun } from '../../rollout/io/run.ts'
import { closeRunLog } from '../../state/io/run-log.ts'
import { dataLabel, dataNodeOf, type Node, successorOf } from '../cluster.ts'
import type { DataPlan } from './data.ts'
import { type Done, rollOutOnSwarm } from './deploy.ts'
import { changeNode, readCluster } from './nodes.ts'
import type { Rollouts } from './serve.ts'
import { beginOnNode, findAbsent, type Pending } from './snapshot.ts'

/** The node that has a release's data. Throws a Failure where it is not there. */
const nodeOfData = ({ config, cluster }: Rollouts, services: readonly string[]): Node =>
  dataNodeOf(cluster, { wanted: config.DATA_NODE, project: config.PROJECT, here: false, services })

const NEXT = 'put it there, under the same path, then: make backup'
const writersOf = ({ volumes }: Release) => [...new Set(volumes.flatMap(({ writers }) => writers))]

/** Does `work` on the engine of the node that has the project's data, or is to get them. */
export async function atData<T>(run: Rollouts, work: () => Promise<T>): Promise<T> {
  const release = lastGood(run.config.PROJECT)
  const { id } = nodeOfData(run, release ? writersOf(release) : [])
  // What it asks of this engine comes first.
  await toolkitImageId()
  return await run.ways.on(id, work)
}

/** Takes a snapshot of the data of the last good release, where they are. Throws a Failure where that fails: what serves goes on. */
export async function backUpOnSwarm(run: Rollouts): Promise<Backup> {
  const { config, push } = run
  const started = Date.now()
  const release = releaseToBackUp(config.PROJECT)
  const { id: node } = nodeOfData(run, writersOf(release))
  await atData(run, async () => {
    await requireItsVolumes(release)
    const absent = await findAbsent(release)
    if (absent) throw new Failure(`the node of the data has no ${absent}, which a hook needs`, { next: NEXT })
  })
  await warnOfGaps(release)
  const own = await beginRun(config, { target: 'backup', release, from: release.id })
  catchSignals()
  own.write('take a snapshot', 1, 2, [])
  await push()
  let pending: Pending | undefined
  try {
    await own.hook(1, 'before')
    pending = await beginOnNode(run, { from: release, node, target: 'backup' })
    await pending.finish()
    await own.hook(1, 'during')
    const { id } = await pending.verify()
    await own.hook(1, 'after')
    return { snapshot: id, release, held: pending.held(), ms: Date.now() - started }
  } catch (error) {
    pending?.giveUp()
    // What this cannot remove, the next run does.
    await atData(run, () => clearLeftovers(config)).catch(() => {})
    throw answerSignal() ?? error
  } finally {
    closeRunLog(config.PROJECT)
    await push().catch((error: unknown) => log.warn(messageOf(error)))
  }
}

/** Puts a snapshot's data into new volumes where the data are, and lets a release serve over them. */
export async function restoreOnSwarm(
  run: Rollouts,
  target: 'restore' | 'rollback',
  base: Release,
  of?: (snapshot: Snapshot) => boolean,
): Promise<Done> {
  const { config, cluster, ways } = run
  const { PROJECT, BACKUP_REPOSITORY, DATA_NODE } = config
  const moved = successorOf(cluster, PROJECT, DATA_NODE)
  if (moved && BACKUP_REPOSITORY === '')
    throw new Failure(
      `the snapshots were on ${moved.from.name}, with the data: BACKUP_REPOSITORY names no other place`,
      {
        next: `start ${moved.from.name}, then: make deploy`,
      },
    )
  const find = async () => {
    const found = await findSnapshot(config, of)
    await requireHolding(base, found.id)
    return { snapshot: found, names: await newNames(config, base.volumes, found.modes) }
  }
  await toolkitImageId()
  const { snapshot, names } = moved ? await ways.on(moved.to.id, find) : await atData(run, find)
  if (moved) {
    log.warn(
      `the data of ${PROJECT} are to be on ${moved.to.name}: what ${moved.from.name} had since ${snapshot.at} is given up`,
    )
    await changeNode(moved.from.id, { Labels: { [dataLabel(PROJECT)]: undefined } })
    await changeNode(moved.to.id, { Labels: { [dataLabel(PROJECT)]: '1' } })
  }
  const release = withVolumes(base, { ...readCurrent(config.PROJECT), ...names })
  const there = moved ? { ...run, cluster: await readCluster() } : run
  const fill = { snapshot: snapshot.id, modes: snapshot.modes, names }
  return await rollOutOnSwarm(there, { target, release, fill })
}

/**
 * With ON_FAILURE=restore-data: puts the data of a snapshot back, and lets `from` serve over them. What was written since stays in the
 * volumes of before. Gives false where nothing was saved, or that fails: then `from` serves over the data as they are.
 */
export async function putBackOnSwarm(run: Rollouts, from: Release, taken: DataPlan['taken']): Promise<boolean> {
  const { config } = run
  // What a failed version has left is not worth a snapshot.
  const options = { ...config.options, force: new Set([...config.options.force, 'no-snapshot' as const]) }
  try {
    const snapshot = await taken()
    if (snapshot)
      await restoreOnSwarm({ ...run, config: { ...config, options } }, 'restore', from, ({ id }) => id === snapshot.id)
    return snapshot !== undefined
  } catch (error) {
    log.error(`the data could not be put back: ${messageOf(error)}`)
    return false
  }
}
