import { images } from './01-images.ts'
import { containers } from './02-containers.ts'
import { volumes } from './03-volumes.ts'
import { mountings } from './04-mounts.ts'
import { networks } from './05-networks.ts'
import { processes } from './06-processes.ts'
import { together } from './07-together.ts'
import { doors } from './08-make.ts'
import type { Exercise } from './exercise.ts'

/** The exercises, in the order in which they are best done. */
export const EXERCISES: readonly Exercise[] = [
  ...images.filter(({ id }) => id !== 'cache'),
  ...containers,
  ...volumes,
  ...mountings,
  ...networks,
  ...processes,
  ...images.filter(({ id }) => id === 'cache'),
  ...together,
  ...doors,
]

/** The images that the exercises begin with: setup has made them, under longer names. */
export const IMAGES = ['practice-python', 'practice-registry', 'practice-tools'] as const
