import * as v from 'valibot'
import { Failure } from '../../cli/failure.ts'
import { exec } from '../../cli/io/exec.ts'
import { parseJson } from '../../cli/parse.ts'
import type { Config } from '../../config/io/read.ts'
import { listOwned } from '../../docker/io/engine.ts'
import { PROJECT_LABEL } from '../../docker/labels.ts'
import { readReleases } from '../../release/io/history.ts'
import { fromFile, isReleaseFile } from '../../release/model.ts'
import { hasLedger, readOrWarn } from '../../state/io/ledger.ts'
import { type DataObserved, type DataPlan, planData } from '../prune-plan.ts'
import { type Snapshot, STRANGE } from '../snapshot.ts'
import { clearLeftovers, listSnapshots, readVerifications, restic } from './repository.ts'
import { findVolume, forgetVolumes, readCurrent } from './volumes.ts'

/**
 * Removes what killed runs and the passes of earlier snapshots have left: nothing that anybody could restore. Gives the
 * snapshots that there are.
 */
export async function clearData(config: Config): Promise<readonly Snapshot[]> {
  await clearLeftovers(config)
  const { snapshots, passes } = await listSnapshots(config)
  if (passes.length > 0) await restic(config, ['forget', ...passes])
  return snapshots
}

/** Plans what is to go of those snapshots and of replaced volumes; changes nothing. */
export async function planDataPrune(config: Config, snapshots: readonly Snapshot[]): Promise<DataPlan> {
  const { PROJECT, KEEP, options } = config
  const entries = readReleases(PROJECT)
  const ids = new Set(entries.flatMap(({ release, from }) => [release, from]).filter(Boolean))
  const read = [...ids].map((id) => [id, volumesOf(PROJECT, id)] as const)
  const namesOf = Object.fromEntries(read.map(([id, names = []]) => [id, names]))
  // A release that cannot be read may need any volume: none goes.
  const blind = read.some(([, names]) => names === undefined)
  const volumes = blind ? [] : await listOwned(PROJECT, 'volume', 'data')
  const expired = snapshots.length > 0 ? await listExpired(config) : []
  const current = Object.values(readCurrent(PROJECT))
  const observed: DataObserved = {
    current,
    entries,
    snapshots,
    verifications: readVerifications(PROJECT),
    expired,
    volumes,
    namesOf,
  }
  return planData(observed, KEEP, options.force.has('unsaved-volume'))
}

/** Removes what such a plan names: volumes, and snapshots with the data that no other snapshot shares. */
export async function applyData(config: Config, { removals }: DataPlan): Promise<void> {
  const of = (what: string) => removals.filter((removal) => removal.what === what).map(({ id }) => id)
  const [volumes, snapshots] = [of('volume'), of('snapshot')]
  for (const name of volumes) {
    const owner = (await findVolume(name))?.labels[PROJECT_LABEL]
    if (owner !== config.PROJECT)
      throw new Failure(`the volume ${name} is not of this project`, { next: 'make status' })
  }
  if (volumes.length > 0) {
    await exec(['docker', 'volume', 'rm', ...volumes])
    await forgetVolumes(config.PROJECT, volumes)
  }
  if (snapshots.length > 0) await restic(config, ['forget', '--prune', ...snapshots], [], { follow: true })
}

const GROUPS = v.array(v.looseObject({ remove: v.nullish(v.array(v.looseObject({ id: v.string() }))) }))

async function listExpired(config: Config): Promise<string[]> {
  const keep = config.KEEP_SNAPSHOTS.split(',').flatMap((rule) => {
    const [unit, count] = rule.split('=')
    return [`--keep-${unit}`, count ?? '']
  })
  const args = ['forget', '--dry-run', '--json', '--host', config.PROJECT, '--group-by', 'host', ...keep]
  const { stdout } = await restic(config, args, [], { quiet: true })
  // The first line is JSON; the rest is what restic says of the dry run in words.
  const [line = '[]'] = stdout.split('\n')
  const groups = parseJson(GROUPS, line, STRANGE)
  return groups.flatMap(({ remove }) => (remove ?? []).map(({ id }) => id))
}

// Undefined where the ledger has the release, and it cannot be read.
function volumesOf(project: string, release: string): string[] | undefined {
  if (!hasLedger(project, 'releases', `${release}.json`)) return []
  const file = readOrWarn(isReleaseFile, project, 'releases', `${release}.json`)
  return file && fromFile(file).volumes.map(({ name }) => name)
}
