import { images } from './01-images.ts'
import { containers } from './02-containers.ts'
import { volumes } from './03-volumes.ts'
import { mounts } from './04-mounts.ts'
import { networks } from './05-networks.ts'
import { configuration } from './06-configuration.ts'
import { entrypoint } from './07-entrypoint.ts'
import { building } from './08-building.ts'

/** The chapters, in the order in which they are told. */
export const CHAPTERS = [images, containers, volumes, mounts, networks, configuration, entrypoint, building] as const
