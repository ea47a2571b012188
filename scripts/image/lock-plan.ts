import type { ImageLock } from './image-lock.ts'

/** What setup found: the lock of this checkout, the engine's ids, and the tags of the stand-ins. */
export type Observed = {
  readonly upstream: Readonly<Record<string, string>>
  readonly lock: ImageLock
  /** The engine's id by reference, for the references asked about. */
  readonly ids: Readonly<Record<string, string>>
  /** The tag of each name's stand-in: it changes with the files that make the stand-in. */
  readonly standIns: Readonly<Record<string, string>>
}
export type ImageStep = {
  readonly name: string
  readonly upstream: string
  readonly standIn: string
  readonly pull: string
  readonly because: string
}

/** The images to resolve: those that the lock does not name, or whose locked image this engine lacks. */
export function planImages({ upstream, lock, ids, standIns }: Observed): ImageStep[] {
  return Object.entries(upstream).flatMap(([name, reference]): ImageStep[] => {
    const standIn = standIns[name] ?? ''
    const locked = lock[name]
    const step = (pull: string, because: string) => [{ name, upstream: reference, standIn, pull, because }]
    if (!locked || locked.upstream !== reference) return step(reference, 'not in the image lock yet')
    if (locked.source === 'stand-in' && locked.reference !== standIn)
      return step(reference, 'what the stand-in is built from has changed')
    if (ids[locked.reference] !== locked.id)
      return step(locked.source === 'registry' ? locked.reference : reference, 'not on this engine')
    return []
  })
}
