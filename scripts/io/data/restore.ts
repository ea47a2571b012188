import { Failure } from '../../core/failure.ts'
import type { Composed } from '../../core/release.ts'
import { diffDescriptions, shortSnapshot } from '../../core/snapshot.ts'
import type { Step } from '../../core/step.ts'
import type { Config } from '../config.ts'
import { log } from '../log.ts'
import { clearLeftovers, readProofs } from './repository.ts'
import { readBack } from './verify.ts'
import { findVolume, makeDataVolume, readKnown, rememberVolumes, writeFilling } from './volumes.ts'

/**
 * Puts a snapshot's data into new volumes, and compares what the hooks say of them with what they said when it was taken.
 * Where that fails the volumes go again: nothing has used them.
 */
export async function fillVolumes(
  config: Config,
  release: Composed,
  { snapshot, kinds, names }: Extract<Step, { do: 'fill' }>,
): Promise<void> {
  const { PROJECT } = config
  await clearLeftovers(config)
  const made = release.volumes.filter(({ key }) => names[key] !== undefined)
  writeFilling(PROJECT, Object.values(names))
  try {
    for (const volume of made) await makeDataVolume(PROJECT, { ...volume, name: names[volume.key] ?? volume.name })
    const found = await readBack(config, snapshot, kinds, release, names)
    const proof = readProofs(PROJECT).find(({ id }) => id === snapshot)
    const differences = Object.entries(found).flatMap(([key, description]) => {
      const expected = proof?.described[key]
      return expected ? diffDescriptions(expected, description) : []
    })
    if (differences.length > 0)
      throw new Failure(
        `the snapshot ${shortSnapshot(snapshot)} does not hold what it did when it was taken: ${differences.join(', ')}`,
        { next: 'make restore SNAPSHOT=…   (an earlier one: make snapshots)' },
      )
    await rememberVolumes(PROJECT, Object.values(names))
  } finally {
    await clearLeftovers(config)
  }
  log.done(`snapshot ${shortSnapshot(snapshot)} is in ${Object.values(names).join(', ')}`)
}

/** The name of a volume for a key that no volume has: the plain one, or the next with a number. */
export async function freeName(project: string, key: string): Promise<string> {
  const known = readKnown(project)
  for (let number = 1; ; number++) {
    const name = number === 1 ? `${project}_${key}` : `${project}_${key}.${number}`
    if (!(await findVolume(name)) && (known[name] === undefined || number === 1)) return name
  }
}
