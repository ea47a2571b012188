import { Failure } from '../../cli/failure.ts'
import { printResult } from '../../cli/io/result.ts'
import type { Config } from '../../config/io/read.ts'
import { resolveCompose } from '../../release/io/render.ts'
import { readVolumes } from '../../release/volumes.ts'
import { type Snapshot, shortSnapshot } from '../snapshot.ts'
import { fillVolumes, newNames } from './fill.ts'
import { settleVolumes } from './volumes.ts'

/**
 * Puts a snapshot's data where the next deploy finds them, on an engine that has no release of the project to run: after
 * a disaster. Prints what to deploy on it. Throws a Failure where volumes of those names are there.
 */
export async function restoreAlone(config: Config, snapshot: Snapshot): Promise<void> {
  const { PROJECT } = config
  const { id, modes, version, revision } = snapshot
  // No image is here to run the hooks of: what needs one, a dump, needs the services of the Compose file alone.
  const compose = await resolveCompose(config, 'none')
  const volumes = readVolumes(compose).map((volume) =>
    modes[volume.key] === 'dump' ? volume : { ...volume, hook: undefined },
  )
  const names = await newNames(config, volumes, modes)
  const taken = Object.entries(names).find(([key, name]) => name !== `${PROJECT}_${key}`)
  if (taken)
    throw new Failure(
      `there is a volume ${PROJECT}_${taken[0]} already, and no release of ${PROJECT} that could run over another`,
      {
        next: 'make ship   (puts the application over it), then: make restore',
      },
    )
  await fillVolumes(config, { compose, volumes }, { snapshot: id, modes, names })
  const filled = volumes.filter(({ key }) => names[key]).map((volume) => ({ ...volume, name: names[volume.key] ?? '' }))
  await settleVolumes({ compose, volumes: filled })
  const text = [
    `restored: ${shortSnapshot(id)}, the data of ${version}, into ${Object.values(names).join(', ')}; nothing runs yet`,
    `  next: make ship REF=${revision || version}   (what wrote them; or make ship, for what is checked out)`,
  ]
  printResult(config, { outcome: 'restored', snapshot: id, version, revision, volumes: names }, text.join('\n'))
}
