import { Failure } from '../../cli/failure.ts'
import { exec } from '../../cli/io/exec.ts'
import type { Config } from '../../config/io/read.ts'
import { DEFAULT_ENV } from '../../config/settings.ts'
import type { ContainerState } from '../../docker/container.ts'
import { goodReleases } from '../../release/history.ts'
import { readReleases } from '../../release/io/history.ts'
import type { Release } from '../../release/model.ts'
import { listLedgers } from '../../state/io/ledger.ts'
import { planVolumes, type VolumeState } from '../volumes.ts'
import { readVerifications } from './repository.ts'
import { prepareRestic } from './restic-container.ts'
import { findVolume, readKnown } from './volumes.ts'

/**
 * The volumes of a release that are to be made. Throws a Failure where one that held data is missing, was made anew,
 * was emptied, belongs to another project, or would be left behind (FORCE=1 overrides all but the other project's).
 */
export async function requireVolumes(
  config: Config,
  release: Release,
  from: Release | undefined,
  containers: readonly ContainerState[],
): Promise<string[]> {
  const { PROJECT, options } = config
  const statesOf = async (volumes: Release['volumes']) =>
    (await Promise.all(volumes.map(({ name }) => findVolume(name)))).filter((state) => state !== undefined)
  const [states, before] = await Promise.all([statesOf(release.volumes), statesOf(from?.volumes ?? [])])
  const missing = planVolumes(release, [...states, ...before], readKnown(PROJECT), from, options.force)
  if (options.force) return missing
  requireOwnProject(config, states)
  const isUsed = release.volumes.some(({ writers }) => containers.some(({ service }) => writers.includes(service)))
  const [verification] = readVerifications(PROJECT)
  // A running service would have noticed an empty volume.
  if (!isUsed && verification && states.length > 0) await requireFilled(config, states)
  return missing
}

// Throws where another project of this engine holds the data of this image: this project would begin with empty
// volumes.
function requireOwnProject({ PROJECT, IMAGE_REPOSITORY, ENV }: Config, states: readonly VolumeState[]): void {
  if (states.length > 0 || readReleases(PROJECT).length > 0) return
  const other = listLedgers().find((project) => {
    if (project === PROJECT) return false
    const [last] = goodReleases(readReleases(project))
    // Each environment has data of its own.
    return (
      last?.repository === IMAGE_REPOSITORY &&
      (last.env ?? DEFAULT_ENV) === ENV &&
      Object.keys(readKnown(project)).length > 0
    )
  })
  if (other)
    throw new Failure(
      `PROJECT=${JSON.stringify(PROJECT)} has no data yet, while the project ${JSON.stringify(other)} on this engine holds those of ${IMAGE_REPOSITORY}`,
      { next: `PROJECT=${other} make deploy; or, for a second one that begins empty: FORCE=1 make deploy` },
    )
}

async function requireFilled(config: Config, states: readonly VolumeState[]): Promise<void> {
  const mounts = states.map(({ name }, index) => ({ volume: name, at: `/volumes/${index}` }))
  const script =
    'for folder in /volumes/*; do find "$folder" -mindepth 1 -print -quit | grep -q . || echo "$folder"; done'
  const { stdout } = await exec(await prepareRestic(config, mounts, ['sh', '-c', script]), { quiet: true })
  const [empty] = stdout.split('\n').filter(Boolean)
  if (empty)
    throw new Failure(`the volume ${states[Number(empty.split('/').at(-1))]?.name} is empty, and it was not`, {
      next: 'make restore   (puts the last snapshot back; FORCE=1 make deploy goes on with the empty volume)',
    })
}
