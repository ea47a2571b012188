import { Failure } from '../../cli/failure.ts'
import type { Config } from '../../config/io/read.ts'
import { newNames } from '../../data/io/fill.ts'
import { requireVolumes } from '../../data/io/require-volumes.ts'
import { findVolume, readCurrent } from '../../data/io/volumes.ts'
import type { Snapshot } from '../../data/snapshot.ts'
import { GUARD } from '../../docker/compose-model.ts'
import { requireFreePort } from '../../docker/io/free-port.ts'
import { DEFINITION_LABEL, OWNER } from '../../docker/labels.ts'
import { chooseImage } from '../../release/io/choose-image.ts'
import { lastGood } from '../../release/io/history.ts'
import { renderRelease } from '../../release/io/render.ts'
import type { Image, Release } from '../../release/model.ts'
import { withVolumes } from '../../release/over-volumes.ts'
import { requirePromoted } from '../../remote/io/promote.ts'
import { fingerprintOf, type Observed, planRollout } from '../plan.ts'
import { withHold, withSnapshot } from '../snapshot-steps.ts'
import type { Step } from '../step.ts'
import { observe } from './observe.ts'

export type Planned = {
  readonly release: Release
  readonly observed: Observed
  readonly steps: readonly Step[]
  readonly fingerprint: string
}

/** The steps to the version that was asked for, from what is there now. Changes nothing. */
export async function planVersion(config: Config): Promise<Planned> {
  const [release, observed] = await Promise.all([
    choosePromoted(config).then((image) => renderRelease(config, image)),
    observe(config.PROJECT),
  ])
  return await planRelease(config, overCurrentVolumes(config.PROJECT, release), observed)
}

async function choosePromoted(config: Config): Promise<Image> {
  const image = await chooseImage(config)
  // Whoever carried this run here has checked it.
  if (!config.options.carried) await requirePromoted(config, image.version, image.id)
  return image
}

/** The release over the volumes that hold the project's data now. */
export const overCurrentVolumes = (project: string, release: Release): Release =>
  withVolumes(release, readCurrent(project))

/**
 * The steps to a release, with a snapshot of the data first. Throws a Failure where data are amiss; a release to go
 * `back` to may leave volumes behind that came later: they are kept for the way forward.
 */
export async function planRelease(
  config: Config,
  release: Release,
  observed: Observed,
  { back = false } = {},
): Promise<Planned> {
  const { PROJECT, DEPLOY_SNAPSHOT } = config
  requireOwn(PROJECT, observed)
  const from = lastGood(PROJECT)
  const missing = await requireVolumes(config, release, back ? undefined : from, observed.containers)
  const rollout = planRollout(release, observed, config.BAKE_TIME)
  const rehearse = rehearses(config) && from?.image.id !== release.image.id
  const safe = from && (DEPLOY_SNAPSHOT === 1 || rehearse) && (await isThere(from))
  // What comes up again after `make down` is no other release.
  const same = from?.base === release.base && observed.containers.length === 0
  const make: Step[] = missing.length > 0 ? [{ do: 'volumes', names: missing, because: 'there are none yet' }] : []
  const steps = [
    ...make,
    ...(safe && !same ? withSnapshot(rollout, observed, { from, to: release, rehearse }) : rollout),
  ]
  return { release, observed, steps, fingerprint: fingerprintOf(release, steps) }
}

// Removing them would look like replacing them, while they and the release write to the same data.
function requireOwn(project: string, { containers }: Observed): void {
  const strange = containers.filter(({ labels }) => labels[DEFINITION_LABEL] === undefined && labels[OWNER] !== GUARD)
  if (strange.length === 0) return
  const names = strange.map(({ name }) => name).join(', ')
  throw new Failure(
    `the project ${JSON.stringify(project)} has containers that no release of here has made: ${names}`,
    {
      next: `PROJECT=… make deploy, beside it; or take it over (docs/guides/take-over.md), beginning with: docker compose --project-name ${project} down`,
    },
  )
}

/**
 * The steps to a release over new volumes with a snapshot's data. Those that hold data now are kept, and copied once more.
 */
export async function planRestore(
  config: Config,
  base: Release,
  { id, modes, version }: Snapshot,
  observed: Observed,
): Promise<Planned> {
  const { PROJECT, options } = config
  const from = lastGood(PROJECT)
  const names = await newNames(config, base.volumes, modes)
  const release = withVolumes(base, { ...readCurrent(PROJECT), ...names })
  const rollout = withHold(planRollout(release, observed, config.BAKE_TIME), release, observed)
  const present = from && (await isSound(config, from, observed))
  const because = `the data that ${version} left`
  const fill: Step = { do: 'fill', snapshot: id, modes, names, because }
  const data =
    present && !options.force.has('no-snapshot')
      ? withSnapshot(rollout, observed, { from, to: release, rehearse: false })
      : rollout
  const steps = [fill, ...data]
  return { release, observed, steps, fingerprint: fingerprintOf(release, steps) }
}

// What a deploy would refuse to serve from is nothing to take a snapshot of.
async function isSound({ options, ...config }: Config, from: Release, { containers }: Observed): Promise<boolean> {
  const strict = { ...config, options: { ...options, force: new Set<never>() } }
  return await requireVolumes(strict, from, from, containers).then(
    (missing) => missing.length === 0,
    () => false,
  )
}

const isThere = async ({ volumes }: Release) =>
  (await Promise.all(volumes.map(({ name }) => findVolume(name)))).every(Boolean)

const rehearses = ({ REHEARSE, ENV }: Config) => (REHEARSE === '' ? ENV === 'production' : REHEARSE === '1')

/** Throws a Failure where these steps may not be taken: another plan was asked for, or the port is taken. */
export async function requireTakeable(config: Config, { observed, fingerprint }: Planned): Promise<void> {
  const { plan } = config.options
  if (plan !== undefined && plan !== fingerprint)
    throw new Failure(`PLAN=${JSON.stringify(plan)} no longer holds: the plan is ${fingerprint} now`, {
      next: 'make plan',
    })
  await requireFreePort(config, observed.containers)
}
