import { dirname } from 'node:path/posix'
import { Failure, messageOf } from '../../cli/failure.ts'
import { answerSignal, catchSignals } from '../../cli/io/interrupt.ts'
import { log } from '../../cli/io/log.ts'
import { renderSeconds } from '../../cli/live.ts'
import type { Config } from '../../config/io/read.ts'
import { chooseKept } from '../../data/choose-kept.ts'
import { makeCarried } from '../../data/io/carry.ts'
import { freeName } from '../../data/io/fill.ts'
import { clearLeftovers } from '../../data/io/repository.ts'
import { readUnsaved } from '../../data/io/unsaved.ts'
import { readCurrent, settleVolumes } from '../../data/io/volumes.ts'
import { sayUnsaved, type Unsaved } from '../../data/unsaved.ts'
import type { ContainerState } from '../../docker/container.ts'
import { listImageFiles } from '../../docker/io/image-files.ts'
import { readChanges } from '../../docker/io/written-files.ts'
import { helperLabels } from '../../docker/labels.ts'
import { lastGood, readReleases, recordRelease } from '../../release/io/history.ts'
import { saveRelease } from '../../release/io/render.ts'
import { type KeptPath, type KeptPaths, keptOf, withKept } from '../../release/kept-paths.ts'
import type { Release } from '../../release/model.ts'
import { volumeNames, withVolumes } from '../../release/over-volumes.ts'
import { requireLock } from '../../state/io/lock.ts'
import { closeRunLog, readRunLog } from '../../state/io/run-log.ts'
import { isServing, planRollout } from '../plan.ts'
import { isCurrentOne } from '../route-plan.ts'
import type { Stray } from '../step.ts'
import { applySteps } from './apply.ts'
import { gatherFacts } from './facts.ts'
import { observe } from './observe.ts'
import { recover } from './recover.ts'
import { withHold } from './resolve.ts'
import { beginRun } from './run.ts'
import { isPreview } from './show-plan.ts'
import { undo } from './transaction.ts'

/**
 * Moves data that the running containers have outside of their volumes into volumes of their own, while requests wait, and starts the
 * same version over these: whatever replaces the containers then loses nothing. What cannot be moved stays for the caller to refuse.
 * The caller holds the lock; a killed run is recovered before. FORCE=unsaved-files skips it. A version that does not serve cannot be
 * started once more. Where it fails, what was running goes on, and it throws a Failure; without `must` it only warns.
 */
export async function keepWritten(config: Config, { must = true } = {}): Promise<void> {
  const { PROJECT, options } = config
  const from = options.force.has('unsaved-files') ? undefined : lastGood(PROJECT, options.force)
  if (!from) return
  const observed = await observe(PROJECT)
  if (!isServing(from, observed)) return
  const mine = observed.containers.filter((one) => isCurrentOne(one, from))
  const unsaved = (await readUnsaved(mine, PROJECT)).filter(({ data }) => data.length > 0)
  const strays = (await Promise.all(unsaved.map((one) => strayOf(one, from, mine)))).flat()
  if (strays.length === 0) return
  // A deploy tries it again; for anything else one outage is enough.
  const last = readReleases(PROJECT).at(-1)
  if (!must && last?.outcome === 'rolled back' && last.because.startsWith(UNMOVED)) return log.warn(last.because)
  const runLog = readRunLog(PROJECT, options.force)
  if (runLog) {
    await recover(config, runLog)
    return await keepWritten(config, { must })
  }
  const kept: KeptPaths = Object.fromEntries(strays.map(({ service, paths }) => [service, paths]))
  const release = alone(config, await overFreeVolumes(config, from, withKept(from, kept)), Object.keys(kept))
  const moving = strays
    .map((one) => ({ ...one, paths: mountedBy(release, one) }))
    .filter(({ paths }) => paths.length > 0)
  if (moving.length === 0) return
  for (const { service, paths } of moving) {
    const { written = [], data = [] } = unsaved.find((one) => one.service === service) ?? {}
    log.warn(`${sayUnsaved(service, data)}: they move into volumes first, while requests wait`)
    const left = written.filter((file) => !paths.some(({ path }) => `${file}/`.startsWith(`${path}/`)))
    if (left.length > 0) log.warn(`${sayUnsaved(service, left)}; they go with its container`)
  }
  try {
    await startOver(config, { from, release, observed, strays: moving })
  } catch (error) {
    if (must || answerSignal()) throw error
    return log.warn(messageOf(error))
  }
  for (const { service, paths } of moving) sayKept(service, paths)
}

function sayKept(service: string, paths: readonly KeptPath[]): void {
  for (const { path, key } of paths.filter(({ isFile }) => !isFile))
    log.note(
      `${path} of ${service} is the volume ${key} from now on; in your Compose file: volumes: ["${key}:${path}"]`,
    )
  const files = paths.filter(({ isFile }) => isFile)
  const [first, ...more] = files.map(({ path }) => path)
  if (first)
    log.note(
      `${first}${more.length > 0 ? ` and ${more.length} more` : ''} of ${service} ${more.length > 0 ? 'are' : 'is'} in the volume ${files[0]?.key} from now on, behind a link; in your Compose file: x-files: [${[first, ...more].join(', ')}]`,
    )
}

/** As keepWritten, once a killed run is finished or undone; only warns. With PLAN=1 it does nothing. */
export async function settleFirst(config: Config): Promise<void> {
  if (isPreview(config)) return
  const runLog = readRunLog(config.PROJECT, config.options.force)
  if (runLog) await recover(config, runLog)
  await keepWritten(config, { must: false })
}

// Two containers of one service that have both written would have to be made one.
async function strayOf(
  { service, data, written }: Unsaved,
  { compose }: Release,
  containers: readonly ContainerState[],
): Promise<Stray[]> {
  const [one, ...more] = containers.filter((container) => container.service === service)
  if (!one || more.length > 0) return []
  const listed = new Map<string, string[]>()
  for (const folder of new Set(data.map((path) => dirname(path)))) {
    const files = folder === '/' ? {} : await listImageFiles(one.image, folder, helperLabels(compose.name))
    listed.set(
      folder,
      Object.keys(files).map((path) => `${folder}/${path}`),
    )
  }
  const imageFiles = (folder: string) => listed.get(folder) ?? []
  const mounts = (compose.services[service]?.volumes ?? []).map(({ target }) => target)
  const paths = chooseKept({ service, data, written, mounts, changes: await readChanges(one.id), imageFiles })
  return paths ? [{ id: one.id, name: one.name, service, paths }] : []
}

// A volume that holds nothing of a run before; those that the release has already stay.
async function overFreeVolumes({ PROJECT }: Config, from: Release, release: Release): Promise<Release> {
  const added = release.volumes.filter(({ key }) => !from.volumes.some((volume) => volume.key === key))
  const names = await Promise.all(added.map(async ({ key }) => [key, await freeName(PROJECT, key)] as const))
  return withVolumes(release, { ...readCurrent(PROJECT), ...volumeNames(from), ...Object.fromEntries(names) })
}

// Whatever may write beside what at other times: now the old container has to have stopped.
function alone(config: Config, release: Release, services: readonly string[]): Release {
  const rollout = 'exclusive' as const
  const routes = release.routes.map((one) => (services.includes(one.service) ? { ...one, rollout } : one))
  return withHold(config, { ...release, routes })
}

// What the release mounts of it: where a volume is above or below, the Compose file has to say what is meant.
const mountedBy = ({ compose }: Release, { service, paths }: Stray) =>
  paths.filter(({ path }) => keptOf(compose)[service]?.some((one) => one.path === path))

const UNMOVED = 'data outside of volumes could not be moved'

type Over = {
  readonly from: Release
  readonly release: Release
  readonly observed: Awaited<ReturnType<typeof observe>>
  readonly strays: readonly Stray[]
}

async function startOver(config: Config, { from, release, observed, strays }: Over): Promise<void> {
  const { PROJECT } = config
  saveRelease(release)
  const facts = gatherFacts(config, release, observed, { target: 'deploy', from })
  const run = await beginRun(config, { target: 'deploy', release, from: from.id })
  catchSignals()
  await makeCarried(release, strays)
  const steps = planRollout(release, observed, { strays, hold: true })
  const { progress, failed } = await applySteps(facts, steps, run)
  const because = `${strays.map(({ service }) => service).join(', ')} had data outside of volumes`
  const entry = {
    target: 'deploy',
    release,
    from: from.id,
    started: facts.started,
    cut: progress.cut,
    held: progress.held,
  }
  if (failed) {
    // As in a deploy: another run may have begun since.
    requireLock()
    const { outcome } = await undo(facts, progress, { run, from, outcome: 'rolled back' })
    await clearLeftovers(config).catch(() => {})
    const problem = `${UNMOVED}: ${messageOf(failed.error)}`
    recordRelease(config, { ...entry, outcome, because: problem })
    if (outcome !== 'needs a human') closeRunLog(PROJECT)
    throw (
      answerSignal() ??
      new Failure(problem, {
        next: 'let it write to a volume: docs/guides/databases.md#data-outside-of-volumes',
        cause: failed.error,
      })
    )
  }
  await settleVolumes(release)
  log.note(`moved in ${renderSeconds(Date.now() - facts.started)}, requests held for ${renderSeconds(progress.held)}`)
  recordRelease(config, { ...entry, outcome: 'deployed', because })
  closeRunLog(PROJECT)
}
