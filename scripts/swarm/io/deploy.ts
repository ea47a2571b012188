import { Failure, messageOf } from '../../cli/failure.ts'
import { answerSignal, catchSignals } from '../../cli/io/interrupt.ts'
import { log } from '../../cli/io/log.ts'
import { printResult } from '../../cli/io/result.ts'
import { renderSeconds } from '../../cli/live.ts'
import type { Config } from '../../config/io/read.ts'
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
import { readCluster } from './nodes.ts'
import { takeRaft } from './raft.ts'
import { compileHere, type Rollouts, serve } from './serve.ts'
import { readServices, removeService } from './swarm.ts'

/**
 * Does `work` with the project's lock on all managers and their ledger, once what a killed run has begun is finished or undone.
 */
export async function onSwarm(config: Config, target: string, work: (run: Rollouts) => Promise<void>): Promise<void> {
  const cluster = await readCluster()
  for (const warning of warningsOf(cluster)) log.warn(warning)
  const raft = await takeRaft(config, target)
  try {
    const rollouts = { config, cluster, push: raft.push }
    const runLog = readRunLog(config.PROJECT, config.options.force)
    if (runLog) await recover(rollouts, runLog)
    await work(rollouts)
  } finally {
    await raft.release().catch((error) => log.warn(messageOf(error)))
  }
}

/** Lets a release serve on the swarm, or what served before: a failure of one service takes all of them back. */
export async function rollOutOnSwarm(
  rollouts: Rollouts,
  target: 'deploy' | 'rollback',
  release: Release,
): Promise<void> {
  const { config, cluster, push } = rollouts
  const { PROJECT } = config
  const compiled = await compileHere(config, release, cluster)
  const { services } = await readServices(PROJECT)
  const from = services.length > 0 ? lastGood(PROJECT, config.options.force) : undefined
  const end = ending(rollouts, { target, release, from: from?.id ?? '', started: Date.now() })
  const isSame = changesOf(compiled, services).every(({ what }) => what === 'keep')
  if (isSame && from?.id === release.id) return report(rollouts, await end('unchanged'), from)
  saveRelease(release)
  catchSignals()
  const run = await beginRun(config, { target, release, from: from?.id ?? '' })
  run.write('roll out on the swarm', 1, 1, [])
  await push()
  try {
    await run.hook(1, 'before')
    await serve(rollouts, compiled, release)
    await run.hook(1, 'after')
  } catch (error) {
    const signal = answerSignal()
    log.warn(`${messageOf(signal ?? error)}: back to ${from?.image.version ?? 'nothing'}`)
    const outcome = await goBack(rollouts, from, signal ? 'abandoned' : 'rolled back')
    throw failureOf(signal ?? error, await end(outcome, messageOf(signal ?? error)), from)
  }
  // It serves: nothing that fails from here on may undo it.
  report(rollouts, await end('deployed'), from)
}

type About = { readonly target: string; readonly release: Release; readonly from: string; readonly started: number }
// Records how a rollout has ended, on all managers. Requests are not counted on a swarm, and there are no snapshots.
const ending =
  ({ config, push }: Rollouts, about: About) =>
  async (outcome: Outcome, because = ''): Promise<ReleaseEntry> => {
    const entry = recordRelease(config, { ...about, outcome, because, cut: 0, held: 0, snapshot: '', steps: [] })
    if (outcome === 'unchanged') return entry
    closeRunLog(config.PROJECT)
    await push()
    return entry
  }

async function goBack(rollouts: Rollouts, from: Release | undefined, outcome: Outcome): Promise<Outcome> {
  const { config, cluster } = rollouts
  try {
    if (from) await apply(config, await compileHere(config, from, cluster))
    else for (const one of (await readServices(config.PROJECT)).services) await removeService(one)
    return outcome
  } catch (error) {
    log.error(`going back failed too: ${messageOf(error)}`)
    return 'needs a human'
  }
}

// A run was killed, on this manager or another.
async function recover(rollouts: Rollouts, runLog: RunLog): Promise<void> {
  const { config, cluster } = rollouts
  const { PROJECT } = config
  const release = loadRelease(PROJECT, runLog.release)
  const from = runLog.from === '' ? undefined : loadRelease(PROJECT, runLog.from)
  const { services, tasks } = await readServices(PROJECT)
  const isThere = changesOf(await compileHere(config, release, cluster), services).every(({ what }) => what === 'keep')
  const runs = services.every((one) => judgeService(one, tasksOf(one, tasks), Date.now(), Date.now()).state === 'ready')
  const finishes = isThere && runs
  log.warn(
    `${describeRun(runLog)}; ${finishes ? `${release.image.version} serves: this is finished` : 'this is undone'}`,
  )
  const { target, from: former, since } = runLog
  const end = ending(rollouts, { target, release, from: former, started: Date.parse(since) })
  if (finishes) await end('deployed')
  else await end(await goBack(rollouts, from, 'abandoned'), 'the run was killed')
}

function report({ config, cluster }: Rollouts, entry: ReleaseEntry, from: Release | undefined): void {
  const self = selfOf(cluster)
  printResult(config, entry, renderEntryAt(entry, self ? addressOf(config, self) : ''))
  if (entry.outcome !== 'deployed') return
  log.note(`nodes    ${cluster.nodes.map(({ name }) => name).join(', ')}: each of them answers`)
  log.note(`took     ${renderSeconds(entry.ms)}`)
  if (from) log.note(`back     make ${entry.target === 'deploy' ? 'rollback' : `deploy VERSION=${from.image.version}`}`)
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
