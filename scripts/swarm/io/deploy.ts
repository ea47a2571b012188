import { Failure, messageOf } from '../../cli/failure.ts'
import { answerSignal, catchSignals } from '../../cli/io/interrupt.ts'
import { log } from '../../cli/io/log.ts'
import { printResult } from '../../cli/io/result.ts'
import { renderSeconds } from '../../cli/live.ts'
import type { Config } from '../../config/io/read.ts'
import type { Fill } from '../../data/snapshot.ts'
import { type Outcome, type ReleaseEntry, renderEntryAt } from '../../release/history.ts'
import { lastGood, recordRelease } from '../../release/io/history.ts'
import { loadRelease, saveRelease } from '../../release/io/render.ts'
import type { Release } from '../../release/model.ts'
import { beginRun } from '../../rollout/io/run.ts'
import { closeRunLog, readRunLog } from '../../state/io/run-log.ts'
import { describeRun, type RunLog } from '../../state/run-log.ts'
import { changesOf } from '../changes.ts'
import { selfOf, warningsOf } from '../cluster.ts'
import { judgeService, tasksOf } from '../judge.ts'
import { addressOf } from '../status.ts'
import { apply } from './apply.ts'
import { type DataPlan, healData, type Measures, NOTHING, planData, ROLL_OUT, type TakeStep } from './data.ts'
import { pruneImmutables } from './immutables.ts'
import { readCluster } from './nodes.ts'
import { takeRaft } from './raft.ts'
import { compileHere, type Rollouts, serve } from './serve.ts'
import { readServices, removeService } from './swarm.ts'
import { openWays } from './ways.ts'

/** Does `work` with the project's lock on all managers and their ledger. */
export async function withSwarm(config: Config, target: string, work: (run: Rollouts) => Promise<void>): Promise<void> {
  const cluster = await readCluster()
  for (const warning of warningsOf(cluster)) log.warn(warning)
  const raft = await takeRaft(config, target)
  const ways = openWays(config, cluster)
  try {
    await work({ config, cluster, ways, push: raft.push })
  } finally {
    await ways.close().catch((error) => log.warn(messageOf(error)))
    await raft.release().catch((error) => log.warn(messageOf(error)))
  }
}

/** As withSwarm, once what a killed run has begun is finished or undone. */
export const onSwarm: typeof withSwarm = (config, target, work) =>
  withSwarm(config, target, async (run) => {
    const runLog = readRunLog(config.PROJECT, config.options.force)
    // Only the engine on which Compose ran can end that.
    if (runLog?.target === 'migrate')
      throw new Failure(describeRun(runLog), { next: 'make status   (on the host where it began)' })
    if (runLog) await recover(run, runLog)
    await work(run)
  })

type Asked = {
  readonly target: 'deploy' | 'rollback' | 'restore'
  readonly release: Release
  /** Puts a snapshot's data into new volumes first. */
  readonly fill?: Fill
  /** With ON_FAILURE=restore-data: lets what served before serve over the data of a snapshot. Gives whether it does. */
  readonly putBack?: (rollouts: Rollouts, from: Release, taken: DataPlan['taken']) => Promise<boolean>
}
/** How a rollout has ended, and what served before. */
export type Done = { readonly entry: ReleaseEntry; readonly from: Release | undefined }

/** Lets a release serve on the swarm, or what served before: a failure of one service takes all of them back. */
export async function rollOutOnSwarm(rollouts: Rollouts, { target, release, fill, putBack }: Asked): Promise<Done> {
  const { config, cluster, push } = rollouts
  const { PROJECT, options } = config
  const compiled = await compileHere(config, release, cluster)
  const { services } = await readServices(PROJECT)
  const from = services.length > 0 ? lastGood(PROJECT, options.force) : undefined
  const end = ending(rollouts, { target, release, from: from?.id ?? '', started: Date.now() })
  const changes = changesOf(compiled, services)
  const isSame = changes.every(({ what }) => what === 'keep')
  if (isSame && from?.id === release.id) return { entry: await end('unchanged'), from }
  const data = await planData(rollouts, { target, release, from, fill, compiled, changes })
  saveRelease(release)
  catchSignals()
  const run = await beginRun(config, { target, release, from: from?.id ?? '' })
  const step: TakeStep = async (text, work) => {
    const number = data.steps.indexOf(text) + 1
    run.write(text, number, data.steps.length, [])
    await push()
    await run.hook(number, 'before')
    await work()
    await run.hook(number, 'after')
  }
  let wrote = false
  try {
    await data.prepare(step)
    await step(ROLL_OUT, async () => {
      wrote = true
      await serve(rollouts, compiled, release, data.served)
    })
    await data.settle()
  } catch (error) {
    const signal = answerSignal()
    log.warn(`${messageOf(signal ?? error)}: back to ${from?.image.version ?? 'nothing'}`)
    // Where another run has taken the lock since, or the managers are out of reach, nothing may be undone from here.
    await push()
    const outcome =
      wrote && from && (await putBack?.(rollouts, from, data.taken))
        ? 'rolled back with data'
        : await goBack(rollouts, from, signal ? 'abandoned' : 'rolled back', data.giveUp)
    throw failureOf(signal ?? error, await end(outcome, messageOf(signal ?? error), data.measures()), from)
  }
  // It serves: nothing that fails from here on may undo it.
  return { entry: await end('deployed', '', data.measures()), from }
}

type About = { readonly target: string; readonly release: Release; readonly from: string; readonly started: number }
// Records how a rollout has ended, on all managers. Requests that were cut are not counted on a swarm.
const ending =
  ({ config, push }: Rollouts, about: About) =>
  async (outcome: Outcome, because = '', measures: Measures = NOTHING): Promise<ReleaseEntry> => {
    const entry = recordRelease(config, { ...about, outcome, because, cut: 0, steps: [], ...measures })
    if (outcome === 'unchanged') return entry
    closeRunLog(config.PROJECT)
    await push()
    // What was undone has left some, too.
    await pruneImmutables(config.PROJECT).catch((error) => log.warn(messageOf(error)))
    return entry
  }

// `served` comes once the services run as before, and in any case.
async function goBack(
  rollouts: Rollouts,
  from: Release | undefined,
  outcome: Outcome,
  served: () => Promise<void>,
): Promise<Outcome> {
  const { config, cluster } = rollouts
  try {
    if (from) await apply(config, await compileHere(config, from, cluster), served)
    else for (const one of (await readServices(config.PROJECT)).services) await removeService(one)
    return outcome
  } catch (error) {
    log.error(`going back failed too: ${messageOf(error)}`)
    await served().catch(() => {})
    return 'needs a human'
  }
}

// A run was killed, on this manager or another.
async function recover(rollouts: Rollouts, runLog: RunLog): Promise<void> {
  const { config, cluster, push } = rollouts
  const { PROJECT } = config
  const { target, from: former, since } = runLog
  const release = loadRelease(PROJECT, runLog.release)
  const from = former === '' ? undefined : loadRelease(PROJECT, former)
  const { services, tasks } = await readServices(PROJECT)
  const isThere = changesOf(await compileHere(config, release, cluster), services).every(({ what }) => what === 'keep')
  const runs = services.every((one) => judgeService(one, tasksOf(one, tasks), Date.now(), Date.now()).state === 'ready')
  const finishes = isThere && runs
  log.warn(
    `${describeRun(runLog)}; ${finishes ? `${release.image.version} serves: this is finished` : 'this is undone'}`,
  )
  const heal = () => healData(rollouts, runLog, finishes ? release : from)
  if (finishes) await heal()
  const outcome = finishes ? 'deployed' : await goBack(rollouts, from, 'abandoned', heal)
  if (target === 'backup') {
    closeRunLog(PROJECT)
    return await push()
  }
  const end = ending(rollouts, { target, release, from: former, started: Date.parse(since) })
  await end(outcome, finishes ? '' : 'the run was killed')
}

/** Prints how a rollout has ended. */
export function report({ config, cluster }: Rollouts, { entry, from }: Done): void {
  const self = selfOf(cluster)
  printResult(config, entry, renderEntryAt(entry, self ? addressOf(config, self) : ''))
  if (entry.outcome !== 'deployed') return
  log.note(`nodes    ${cluster.nodes.map(({ name }) => name).join(', ')}: each of them answers`)
  log.note(`took     ${renderSeconds(entry.ms)}`)
  const back = { deploy: 'rollback', rollback: `deploy VERSION=${from?.image.version}` }[entry.target]
  if (from && back) log.note(`back     make ${back}`)
}

function failureOf(error: unknown, entry: ReleaseEntry, from: Release | undefined): Failure {
  const human = entry.outcome === 'needs a human'
  const serves = from ? `${from.image.version} serves as before` : 'nothing serves, as before'
  return new Failure(`${entry.outcome}: ${messageOf(error)}; ${human ? 'what serves is not what should' : serves}`, {
    next: error instanceof Failure && !human ? error.next : 'make status',
    document: entry,
    cause: error,
  })
}
