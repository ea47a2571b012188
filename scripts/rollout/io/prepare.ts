import { Failure } from '../../cli/failure.ts'
import type { Config } from '../../config/io/read.ts'
import { newNames, requireHolding } from '../../data/io/fill.ts'
import { requireVisibleFiles } from '../../data/io/hidden-files.ts'
import { requireVolumes } from '../../data/io/require-volumes.ts'
import { readUnsaved, showUnsaved } from '../../data/io/unsaved.ts'
import { findVolume, readCurrent, readKept, warnOfNew } from '../../data/io/volumes.ts'
import { warnOfGaps } from '../../data/io/warn-of-gaps.ts'
import type { Snapshot } from '../../data/snapshot.ts'
import { requireHandedOn, requireSaved, sayUnsaved } from '../../data/unsaved.ts'
import { GUARD } from '../../docker/compose-model.ts'
import { requireFreeNames } from '../../docker/io/free-names.ts'
import { requireFreePorts } from '../../docker/io/free-port.ts'
import { DEFINITION_LABEL, OWNER } from '../../docker/labels.ts'
import { lastGood } from '../../release/io/history.ts'
import { withKept } from '../../release/kept-paths.ts'
import type { Release } from '../../release/model.ts'
import { withVolumes } from '../../release/over-volumes.ts'
import { type Planned, type PlanOptions, planRelease } from '../plan.ts'
import { replacedContainers } from '../replaced.ts'
import type { Observed } from '../situation.ts'
import { chooseSafety } from '../snapshot-steps.ts'

/**
 * Looks at the data, and gives what the way to a release needs for them: a snapshot where one is due. Throws a Failure
 * where data are amiss; a release to go `back` to may leave volumes behind that came later: they are kept for the way
 * forward.
 */
export async function prepareData(
  config: Config,
  release: Release,
  observed: Observed,
  { back = false } = {},
): Promise<PlanOptions> {
  await requireOwnContainers(config.PROJECT, observed)
  const from = lastGood(config.PROJECT, config.options.force)
  const missing = await requireVolumes(config, release, back ? undefined : from, observed.containers)
  await requireVisibleFiles(config, release, from, { back, missing })
  await warnOfGaps(release)
  await warnOfNew(config.PROJECT)
  const asked = { snapshot: config.DEPLOY_SNAPSHOT === 1, rehearse: asksToRehearse(config) }
  const safety = chooseSafety(release, observed, from, asked)
  const snapshot = safety && (await areThere(safety.from.volumes)) ? safety : undefined
  return { bake: config.BAKE_TIME, missing, snapshot }
}

/**
 * Looks at the data, and plans the way to a release over new volumes with a snapshot's data. The volumes that hold data
 * now are kept, and copied once more where they are sound.
 */
export async function planRestore(
  config: Config,
  base: Release,
  { id, modes, version }: Snapshot,
  observed: Observed,
): Promise<Planned> {
  const { PROJECT, options } = config
  const from = lastGood(PROJECT, options.force)
  await requireHolding(base, id)
  const names = await newNames(config, base.volumes, modes)
  const release = withVolumes(withKept(base, readKept(PROJECT)), { ...readCurrent(PROJECT), ...names })
  const isSafe = from && (await isSound(config, from, observed)) && !options.force.has('no-snapshot')
  return planRelease(release, observed, {
    bake: config.BAKE_TIME,
    fill: { snapshot: id, modes, names, because: `the data that ${version} left` },
    snapshot: isSafe ? { from, rehearse: false } : undefined,
    hold: true,
  })
}

/** Throws a Failure where these steps may not be taken: another plan was asked for, or the port or a name is taken. */
export async function requireTakeable(config: Config, { release, observed, fingerprint }: Planned): Promise<void> {
  const { plan } = config.options
  if (plan !== undefined && plan !== '1' && plan !== fingerprint)
    throw new Failure(`PLAN=${JSON.stringify(plan)} no longer holds: the plan is ${fingerprint} now`, {
      next: 'make plan',
    })
  await requireFreePorts(config, release.compose, observed.containers)
  await requireFreeNames(release.compose)
}

/**
 * Shows what the containers that a plan replaces have written outside of their volumes. With `strict`, throws a Failure where
 * that looks like data, unless FORCE=unsaved-files.
 */
export async function showReplaced(config: Config, planned: Planned, { strict = false } = {}): Promise<void> {
  const unsaved = await readUnsaved(replacedContainers(planned), config.PROJECT)
  const made = planned.steps.flatMap((step) => (step.do === 'volumes' ? step.names : []))
  if (strict) {
    requireSaved(unsaved, config.options.force)
    requireHandedOn(unsaved, planned.release.compose, made, config.options.force)
  }
  showUnsaved(unsaved)
}

// Removing such containers would look like replacing them, while they and the release write to the same data.
async function requireOwnContainers(project: string, { containers }: Observed): Promise<void> {
  const strange = containers.filter(({ labels }) => labels[DEFINITION_LABEL] === undefined && labels[OWNER] !== GUARD)
  if (strange.length === 0) return
  const names = strange.map(({ name }) => name).join(', ')
  const unsaved = (await readUnsaved(strange)).filter(({ written }) => written.length > 0)
  throw new Failure(
    `the project ${JSON.stringify(project)} has containers that no release of here has made: ${names}`,
    {
      next: `PROJECT=… make deploy, beside it; or take it over (docs/guides/take-over.md), beginning with: docker compose --project-name ${project} down`,
      // That command would lose what is in no volume.
      detail: unsaved
        .map(({ service, written }) => `${sayUnsaved(service, written)}: copy them first (docker cp)`)
        .join('\n'),
    },
  )
}

// What a deploy would refuse to serve from is nothing to take a snapshot of.
async function isSound({ options, ...config }: Config, from: Release, { containers }: Observed): Promise<boolean> {
  const strict = { ...config, options: { ...options, force: new Set<never>() } }
  return await requireVolumes(strict, from, from, containers).then(
    (missing) => missing.length === 0,
    () => false,
  )
}

const areThere = async (volumes: Release['volumes']): Promise<boolean> =>
  (await Promise.all(volumes.map(({ name }) => findVolume(name)))).every(Boolean)

const asksToRehearse = ({ REHEARSE, ENV }: Config) => (REHEARSE === '' ? ENV === 'production' : REHEARSE === '1')
