import type { Old } from '../draft.ts'
import type { Fated } from '../mounts.ts'
import { assetsOf } from './assets.ts'
import { madeLines, packagesOf } from './packages.ts'

/** The stages and lines by which a mounted folder gets into an image: with its packages, and with what a build makes of it for pages. */
export function broughtBy(old: Old, one: Fated, place: { from: string; to: string }) {
  const all = [packagesOf(old, one, place), assetsOf(old, one, place)]
  const [packages, assets] = all
  const copied = packages?.lines ?? [`COPY ${place.from} ${place.to}/`, ...madeLines(old, one)]
  return { stage: all.flatMap((each) => each?.stage ?? []), lines: [...copied, ...(assets?.lines ?? [])] }
}
