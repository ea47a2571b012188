import { Failure } from '../../cli/failure.ts'
import type { Config } from '../../config/io/read.ts'
import { resolveCompose } from '../../release/io/render.ts'
import { readVolumes } from '../../release/volumes.ts'
import type { Snapshot } from '../snapshot.ts'
import { fillVolumes, newNames, requireHolding } from './fill.ts'
import { settleVolumes } from './volumes.ts'

/**
 * Puts a snapshot's data where the next deploy finds them, on an engine that has no release of the project to run:
 * after a disaster. Gives the names of the volumes by key. Throws a Failure where volumes of these names are there
 * already.
 */
export async function restoreAlone(config: Config, snapshot: Snapshot): Promise<Record<string, string>> {
  const { PROJECT } = config
  const { id, modes } = snapshot
  // No image of the application is here, so its hooks cannot run. A dump needs the services of the Compose file alone.
  const compose = await resolveCompose(config, 'none')
  const volumes = readVolumes(compose).map((volume) =>
    modes[volume.key] === 'dump' ? volume : { ...volume, hook: undefined },
  )
  const built = volumes.find(({ hook }) => hook && compose.services[hook.service]?.build)
  if (built)
    throw new Failure(`the service ${built.hook?.service}, which loads the data of ${built.key}, is built here first`, {
      next: 'make ship, then: make restore',
    })
  await requireHolding({ compose, volumes }, id)
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
  return names
}
