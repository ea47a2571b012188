import { Failure, messageOf } from '../../cli/failure.ts'
import { answerSignal, catchSignals } from '../../cli/io/interrupt.ts'
import { log } from '../../cli/io/log.ts'
import { printResult } from '../../cli/io/result.ts'
import type { Config } from '../../config/io/read.ts'
import { findImage } from '../../docker/io/engine.ts'
import { type Outcome, renderEntryAt } from '../../release/history.ts'
import { lastGood, recordRelease } from '../../release/io/history.ts'
import { loadRelease } from '../../release/io/render.ts'
import type { Release } from '../../release/model.ts'
import { takeBackup } from '../../rollout/io/back-up.ts'
import { openGuard } from '../../rollout/io/guard.ts'
import { recover } from '../../rollout/io/recover.ts'
import { beginRun } from '../../rollout/io/run.ts'
import { takeLock } from '../../state/io/lock.ts'
import { closeRunLog, readRunLog } from '../../state/io/run-log.ts'
import { describeRun } from '../../state/run-log.ts'
import { dataLabel, selfOf } from '../cluster.ts'
import { addressOf } from '../status.ts'
import { backUpOnSwarm } from './back-up.ts'
import { onSwarm, withSwarm } from './deploy.ts'
import { compileHere, type Rollouts } from './serve.ts'
import { composeContainers, fromComposeToSwarm, fromSwarmToCompose, serveByCompose, serveBySwarm } from './sides.ts'
import { readServices } from './swarm.ts'

/** Where a deployment moves to, as the log of the run has it. */
const TO = { swarm: 'to the swarm', compose: 'to Compose' } as const
type Side = keyof typeof TO
const from: Readonly<Record<Side, string>> = { swarm: 'Compose', compose: 'the swarm' }

/** Moves what Compose runs on this engine to the swarm, with its data. Throws a Failure where Compose goes on. */
export async function migrateToSwarm(config: Config): Promise<void> {
  const { PROJECT } = config
  await takeLock(config, 'migrate')
  const killed = readRunLog(PROJECT)
  if (killed) await recover(config, killed)
  await withSwarm(config, 'migrate', async (run) => {
    const release = lastGood(PROJECT)
    if (!release || (await composeContainers(PROJECT)).length === 0)
      throw new Failure(`nothing of ${PROJECT} runs by Compose on this engine`, {
        next: 'make deploy   (on the swarm)',
      })
    const compiled = await compileHere(config, release, run.cluster)
    if (compiled.dataNode !== undefined && compiled.dataNode !== run.cluster.self)
      throw new Failure('the data are on this engine, and they stay on their node', {
        next: `make migrate DATA_NODE=${selfOf(run.cluster)?.name}`,
      })
    await move(run, 'swarm', release, () => takeBackup(config, 'migrate'))
  })
}

/** Moves what the swarm runs to Compose on this engine, with its data. Throws a Failure where the swarm goes on. */
export async function migrateToCompose(config: Config): Promise<void> {
  const { PROJECT } = config
  await takeLock(config, 'migrate')
  await onSwarm(config, 'migrate', async (run) => {
    const release = lastGood(PROJECT)
    const { services } = await readServices(PROJECT)
    if (!release || services.length === 0)
      throw new Failure(`nothing of ${PROJECT} runs on the swarm`, { next: 'make deploy' })
    const node = run.cluster.nodes.find(({ labels }) => dataLabel(PROJECT) in labels)
    if (node && node.id !== run.cluster.self)
      throw new Failure(`the data are on ${node.name}, and they stay there`, {
        next: `make migrate ENGINE=ssh://…   (of ${node.name}, as a manager)`,
      })
    for (const [name, { image = '' }] of Object.entries(release.compose.services))
      if (!(await findImage(image)))
        throw new Failure(`the image of service "${name}" is not on this engine`, { next: `docker pull ${image}` })
    await move(run, 'compose', release, () => backUpOnSwarm(run))
  })
}

async function move(run: Rollouts, to: Side, release: Release, backUp: () => Promise<unknown>): Promise<void> {
  const { config, cluster } = run
  const { version } = release.image
  const way = to === 'swarm' ? fromComposeToSwarm(run, release) : fromSwarmToCompose(run, release)
  const copies = config.DEPLOY_SNAPSHOT === 1 && release.volumes.some(({ kept }) => kept)
  if (config.options.plan === '1') {
    const all = [...(copies ? ['take a snapshot'] : []), ...way.map(({ text }) => text)]
    const steps = all.map((text, index) => `${index + 1}. ${text}`)
    return printResult(config, { version, to, steps }, [`${version}, ${TO[to]}`, ...steps].join('\n'))
  }
  if (copies) await backUp()
  const started = Date.now()
  catchSignals()
  const own = await beginRun(config, { target: 'migrate', release, from: release.id })
  const guard = openGuard(config.PROJECT)
  try {
    for (const [index, { text, act }] of way.entries()) {
      const number = index + 1
      own.write(`${TO[to]}: ${text}`, number, way.length, [])
      await run.push()
      // Should this run be killed, it goes back, or on.
      if (number === 1) {
        guard.start()
        await guard.wait()
      }
      log.step(text, TO[to])
      await own.hook(number, 'before')
      await act()
      await own.hook(number, 'after')
    }
  } catch (error) {
    const signal = answerSignal()
    log.warn(`${messageOf(signal ?? error)}: back to ${from[to]}`)
    const outcome = await serveOn(run, to === 'swarm' ? 'compose' : 'swarm', release)
      .then((): Outcome => (signal ? 'abandoned' : 'rolled back'))
      .catch((failed: unknown): Outcome => {
        log.error(`going back failed too: ${messageOf(failed)}`)
        return 'needs a human'
      })
    await finish(run, release, outcome, started, messageOf(signal ?? error))
    guard.remove()
    await guard.wait()
    throw new Failure(`${outcome}: ${messageOf(signal ?? error)}`, {
      next: outcome === 'needs a human' ? 'make status' : 'correct it, then: make migrate',
      cause: error,
    })
  }
  const entry = await finish(run, release, 'deployed', started)
  guard.remove()
  await guard.wait()
  const self = selfOf(cluster)
  printResult(config, entry, renderEntryAt(entry, self ? addressOf(config, self) : ''))
  log.note(`ORCHESTRATOR=${to} in .env says where the next deploy goes`)
}

const serveOn = (run: Rollouts, side: Side, release: Release) =>
  side === 'swarm' ? serveBySwarm(run, release) : serveByCompose(run, release)

async function finish(run: Rollouts, release: Release, outcome: Outcome, started: number, because = '') {
  const about = { target: 'migrate', release, from: release.id, outcome, because, started }
  const entry = recordRelease(run.config, { ...about, cut: 0, held: 0, snapshot: '', steps: [] })
  closeRunLog(run.config.PROJECT)
  await run.push()
  return entry
}

// Of one that is damaged, the target says what is to be done.
function readable(project: string) {
  try {
    return readRunLog(project)
  } catch (error) {
    if (error instanceof Failure) return undefined
    throw error
  }
}

/** Ends a move that was killed: the side that it came from serves again, or, at its last step, the one that it went to. */
export async function recoverMigration(config: Config): Promise<void> {
  const runLog = readable(config.PROJECT)
  if (runLog?.target !== 'migrate') return
  const to: Side = runLog.step.startsWith(TO.swarm) ? 'swarm' : 'compose'
  const goesOn = runLog.number === runLog.of
  const side = goesOn ? to : to === 'swarm' ? 'compose' : 'swarm'
  log.warn(`${describeRun(runLog)}; this is ${goesOn ? 'finished' : `undone, back ${TO[side]}`}`)
  await withSwarm(config, 'status', async (run) => {
    const release = loadRelease(config.PROJECT, runLog.release)
    await serveOn(run, side, release)
    await finish(run, release, goesOn ? 'deployed' : 'abandoned', Date.parse(runLog.since), 'the run was killed')
  })
}
