import { exec } from '../../cli/io/exec.ts'
import type { Config } from '../../config/io/read.ts'
import { DEFAULT_ENV } from '../../config/settings.ts'
import type { ContainerState } from '../../docker/container.ts'
import { goodReleases } from '../../release/history.ts'
import { readReleases } from '../../release/io/history.ts'
import type { Release } from '../../release/model.ts'
import { listLedgers } from '../../state/io/ledger.ts'
import {
  isSavedIn,
  type LedgerProject,
  planVolumes,
  requireFilled,
  requireOwnProject,
  type VolumeState,
} from '../volumes.ts'
import { readVerifications, restic } from './repository.ts'
import { placeOf, prepareRestic } from './restic-container.ts'
import { findVolume, readKnown } from './volumes.ts'

/**
 * The volumes of a release that are to be made. Throws a Failure where one that held data is missing, was made anew, was
 * emptied, belongs to another project, or would be left behind. FORCE skips all but the other project's, each by its word.
 */
export async function requireVolumes(
  config: Config,
  release: Release,
  from: Release | undefined,
  containers: readonly Pick<ContainerState, 'service'>[],
): Promise<string[]> {
  const { PROJECT, options } = config
  const statesOf = async (volumes: Release['volumes']) =>
    (await Promise.all(volumes.map(({ name }) => findVolume(name)))).filter((state) => state !== undefined)
  const [states, before] = await Promise.all([statesOf(release.volumes), statesOf(from?.volumes ?? [])])
  const missing = planVolumes(release, [...states, ...before], await readKnown(PROJECT), from, options.force)
  if (states.length === 0 && readReleases(PROJECT).length === 0)
    requireOwnProject(config, await projectsWithData(config), options.force)
  const isUsed = release.volumes.some(({ writers }) => containers.some(({ service }) => writers.includes(service)))
  const proof = readVerifications(PROJECT).findLast(({ place }) => place === placeOf(config))
  // What runs would have noticed. Where empty volumes are taken, none need be looked into.
  if (!isUsed && proof && states.length > 0 && !options.force.has('empty-volume'))
    for (const name of await findEmpty(config, states)) {
      const { key = '' } = release.volumes.find((volume) => volume.name === name) ?? {}
      if (await isSaved(config, proof.id, key)) requireFilled(name, options.force)
    }
  return missing
}

// The other projects of this engine in which a release of the same images has served, and which have data.
async function projectsWithData({ PROJECT: own, IMAGE_REPOSITORY }: LedgerProject): Promise<LedgerProject[]> {
  const asked = listLedgers().map(async (PROJECT) => {
    if (PROJECT === own) return []
    const [last] = goodReleases(readReleases(PROJECT))
    if (last?.repository !== IMAGE_REPOSITORY || Object.keys(await readKnown(PROJECT)).length === 0) return []
    return [{ PROJECT, IMAGE_REPOSITORY, ENV: last.env ?? DEFAULT_ENV }]
  })
  return (await Promise.all(asked)).flat()
}

// A volume may have been empty always: nothing is lost then. Where nobody can tell, it was not.
const isSaved = async (config: Config, id: string, key: string): Promise<boolean> =>
  await restic(config, ['ls', '--no-lock', id, `/volumes/${key}`, `/copies/${key}`], [], { quiet: true }).then(
    ({ stdout }) => isSavedIn(stdout, key),
    () => true,
  )

// Those of these volumes in which there is nothing.
async function findEmpty(config: Config, states: readonly VolumeState[]): Promise<string[]> {
  const mounts = states.map(({ name }, index) => ({ volume: name, at: `/volumes/${index}` }))
  const script =
    'for folder in /volumes/*; do find "$folder" -mindepth 1 -print -quit | grep -q . || echo "$folder"; done'
  const { stdout } = await exec(await prepareRestic(config, mounts, ['sh', '-c', script]), { quiet: true })
  const empty = stdout.split('\n').filter(Boolean)
  return empty.flatMap((folder) => states[Number(folder.split('/').at(-1))]?.name ?? [])
}
