import { Failure } from '../../cli/failure.ts'
import { attach } from '../../cli/io/attach.ts'
import { log } from '../../cli/io/log.ts'
import { printResult } from '../../cli/io/result.ts'
import { type Config, wantsJson } from '../../config/io/read.ts'
import { reportSnapshots } from '../../data/io/report-snapshots.ts'
import { listSnapshots } from '../../data/io/repository.ts'
import { holdsDataOf } from '../../data/snapshot.ts'
import { chooseRelease, restoresData } from '../../release/choose-rollback.ts'
import { renderHistory } from '../../release/history-report.ts'
import { lastGood, readReleases } from '../../release/io/history.ts'
import { hasRelease, loadRelease } from '../../release/io/render.ts'
import { reportBackup } from '../../rollout/io/back-up.ts'
import { endGuard } from '../../rollout/io/guard.ts'
import { overCurrentVolumes, resolveRelease } from '../../rollout/io/resolve.ts'
import { renderNotes } from '../../rollout/status-report.ts'
import { takeLock } from '../../state/io/lock.ts'
import { readRunLog } from '../../state/io/run-log.ts'
import { changesOf } from '../changes.ts'
import { renderSwarmStatus, swarmStatus } from '../status.ts'
import { atData, backUpOnSwarm, putBackOnSwarm, restoreOnSwarm } from './back-up.ts'
import { onSwarm, report, rollOutOnSwarm } from './deploy.ts'
import { findMissing, mendMembers } from './members.ts'
import { migrateToSwarm } from './migrate.ts'
import { pruneOnSwarm } from './prune.ts'
import { pullLedger } from './raft-ledger.ts'
import { compileHere } from './serve.ts'
import { requireNotByCompose } from './sides.ts'
import { readServices, removeProject } from './swarm.ts'

type Door = (config: Config) => Promise<void>
const onFailure = ({ ON_FAILURE }: Config) => (ON_FAILURE === 'restore-data' ? { putBack: putBackOnSwarm } : {})

const deploy: Door = async (config) => {
  await requireNotByCompose(config.PROJECT)
  await takeLock(config, 'deploy')
  await onSwarm(config, 'deploy', async (rollouts) => {
    const release = await resolveRelease(config, { keep: true })
    report(rollouts, await rollOutOnSwarm(rollouts, { target: 'deploy', release, ...onFailure(config) }))
  })
}

const rollback: Door = async (config) => {
  const { PROJECT, options } = config
  const withData = restoresData(options.data)
  await takeLock(config, 'rollback')
  await onSwarm(config, 'rollback', async (rollouts) => {
    const isKept = (entry: { release: string }) => hasRelease(PROJECT, entry.release)
    const entry = chooseRelease(readReleases(PROJECT), isKept, options.version, false)
    const kept = loadRelease(PROJECT, entry.release)
    const release = overCurrentVolumes(PROJECT, kept)
    const done = withData
      ? await restoreOnSwarm(rollouts, 'rollback', kept, holdsDataOf(entry))
      : await rollOutOnSwarm(rollouts, { target: 'rollback', release, ...onFailure(config) })
    report(rollouts, done)
  })
}

const backup: Door = async (config) => {
  await takeLock(config, 'backup')
  await onSwarm(config, 'backup', async (rollouts) => reportBackup(config, await backUpOnSwarm(rollouts)))
}

const restore: Door = async (config) => {
  await takeLock(config, 'restore')
  await onSwarm(config, 'restore', async (rollouts) => {
    const release = lastGood(config.PROJECT, config.options.force)
    if (!release)
      throw new Failure('no release was deployed here that could run over the data', {
        next: 'make deploy, then: make restore',
      })
    report(rollouts, await restoreOnSwarm(rollouts, 'restore', release))
  })
}

const snapshots: Door = async (config) => {
  await takeLock(config, 'snapshots')
  await onSwarm(config, 'snapshots', async (rollouts) => {
    const found = await atData(rollouts, () => listSnapshots(config))
    reportSnapshots(config, found.snapshots)
  })
}

const status: Door = async (config) => {
  const { PROJECT, options } = config
  if (options.watch) throw new Failure('status does not watch a swarm yet', { next: 'watch make status' })
  await pullLedger(PROJECT)
  // What a killed run has left is finished or undone, and members that proxies have lost are found again. A run that is alive is named.
  if (readRunLog(PROJECT) || (await findMissing(config)).length > 0)
    await onSwarm(config, 'status', () => mendMembers(config)).catch((error: unknown) => {
      if (!(error instanceof Failure)) throw error
      log.note(error.message)
    })
  const { cluster, services, tasks } = await readServices(PROJECT)
  const found = swarmStatus(PROJECT, cluster, services, tasks, Date.now())
  const last = readReleases(PROJECT).at(-1)
  const notes = { last: last?.because ? last : undefined, run: readRunLog(PROJECT), maintenance: undefined }
  const lines = [renderSwarmStatus(found), ...renderNotes(notes, Date.now())]
  printResult(config, { ...found, last: notes.last, run: notes.run }, lines.join('\n'))
  await endGuard()
}

const history: Door = async (config) => {
  await pullLedger(config.PROJECT)
  const entries = readReleases(config.PROJECT)
  printResult(config, entries, renderHistory(entries, Date.now()))
}

const plan: Door = async (config) => {
  await pullLedger(config.PROJECT)
  const release = await resolveRelease(config, { keep: false })
  const { cluster, services } = await readServices(config.PROJECT)
  const changes = changesOf(await compileHere(config, release, cluster), services)
  const lines = changes.map(({ name, what }) => `${what.padEnd(8)}${name.slice(config.PROJECT.length + 1)}`)
  printResult(
    config,
    { version: release.image.version, changes },
    [`${release.image.version} on the swarm`, ...lines].join('\n'),
  )
}

const logs: Door = async (config) => {
  const { PROJECT, options } = config
  const all = (await readServices(PROJECT)).services.map(({ name }) => name.slice(PROJECT.length + 1))
  const wanted = all.filter((name) => options.service === undefined || name === options.service)
  if (all.length === 0) throw new Failure(`nothing of ${PROJECT} is on this swarm`, { next: 'make ship' })
  if (wanted.length === 0)
    throw new Failure(
      `SERVICE=${JSON.stringify(options.service)} is not a service of this project; its services are ${all.join(', ')}`,
      { next: 'run the command again with one of those' },
    )
  const asked = ['--tail', '100', ...(options.follow ? ['--follow'] : []), ...(wantsJson() ? ['--raw'] : [])]
  // Docker's client shows one service at a time.
  const each = 'for one; do docker service logs $0 "$one" & done; wait'
  await attach(['bash', '-c', each, asked.join(' '), ...wanted.map((name) => `${PROJECT}_${name}`)])
}

const down: Door = async (config) => {
  await takeLock(config, 'down')
  await onSwarm(config, 'down', async () => {
    const { services } = await readServices(config.PROJECT)
    await removeProject(config.PROJECT, services)
    log.note('the data stay on their node, and the history in the swarm')
  })
}

const prune: Door = async (config) => {
  await takeLock(config, 'prune')
  await onSwarm(config, 'prune', pruneOnSwarm)
}

const DOORS: Readonly<Record<string, Door>> = {
  ...{ deploy, rollback, status, history, plan, logs, down },
  ...{ backup, restore, snapshots, prune, migrate: migrateToSwarm },
}
const UNKNOWN = ['destroy', 'maintenance', 'gate', 'shell', 'clean']

/** What a target does where ORCHESTRATOR is swarm; undefined where it does the same as ever. */
export function doorOnSwarm(target: string, plan?: string): Door | undefined {
  // What only asks must never do it.
  if (plan !== undefined && ['deploy', 'rollback', 'restore'].includes(target))
    throw new Failure(`${target} shows no plan of a swarm yet`, { next: 'make plan   (of a deploy)' })
  if (!UNKNOWN.includes(target)) return DOORS[target]
  return async () => {
    throw new Failure(`${target} does not know a swarm yet`, { next: 'docs/guides/swarm.md says what does' })
  }
}
