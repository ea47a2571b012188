import { Failure } from '../../cli/failure.ts'
import { log } from '../../cli/io/log.ts'
import type { Config } from '../../config/io/read.ts'
import { requireHeldData } from '../../release/io/render.ts'
import type { Composed } from '../../release/model.ts'
import { contradictions } from '../description.ts'
import { type Fill, type Snapshot, shortSnapshot } from '../snapshot.ts'
import { readBack } from './read-back.ts'
import { clearLeftovers, readVerifications } from './repository.ts'
import { findVolume, makeDataVolume, readKnown, rememberVolumes, writeFilling } from './volumes.ts'

/**
 * Puts a snapshot's data into new volumes, and compares what the hooks say of the data with what they said when the
 * snapshot was verified. Throws a Failure where they differ. Where it fails, it removes the volumes again: nothing has
 * used them.
 */
export async function fillVolumes(config: Config, release: Composed, { snapshot, modes, names }: Fill): Promise<void> {
  const { PROJECT } = config
  await clearLeftovers(config)
  const made = release.volumes.filter(({ key }) => names[key] !== undefined)
  writeFilling(PROJECT, Object.values(names))
  try {
    for (const volume of made) await makeDataVolume(PROJECT, { ...volume, name: names[volume.key] ?? volume.name })
    const found = await readBack(config, snapshot, modes, release, names)
    const verification = readVerifications(PROJECT).find(({ id }) => id === snapshot)
    const differences = Object.entries(found).flatMap(([key, description]) => {
      const expected = verification?.described[key]
      return expected ? contradictions(expected, description) : []
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

/** Throws a Failure where a hook would put its data into no volume of the release: they would go with the container. */
export async function requireHolding({ compose, volumes }: Composed, id: string): Promise<void> {
  const services = volumes.flatMap(({ hook }) => hook?.service ?? [])
  const then = `; then: make destroy (it takes a last snapshot), make ship, make restore SNAPSHOT=${shortSnapshot(id)}`
  await requireHeldData(compose, services, then)
}

/** A name that no volume has, for the volume of a key: the plain name, or the first free one with a number. */
export async function freeName(project: string, key: string): Promise<string> {
  const known = await readKnown(project)
  for (let number = 1; ; number++) {
    const name = number === 1 ? `${project}_${key}` : `${project}_${key}.${number}`
    if (!(await findVolume(name)) && (known[name] === undefined || number === 1)) return name
  }
}

/**
 * A free name for each volume of a snapshot, by key. Throws a Failure where the application has no volume of that key.
 */
export async function newNames(
  { PROJECT }: Config,
  volumes: Composed['volumes'],
  modes: Snapshot['modes'],
): Promise<Record<string, string>> {
  const keys = Object.keys(modes)
  const strange = keys.find((key) => !volumes.some((volume) => volume.key === key))
  if (strange)
    throw new Failure(
      `the snapshot holds a volume ${JSON.stringify(strange)}, and the application has none of that name`,
      {
        next: 'make snapshots, then: make restore SNAPSHOT=…   (of the same application)',
      },
    )
  return Object.fromEntries(await Promise.all(keys.map(async (key) => [key, await freeName(PROJECT, key)] as const)))
}
