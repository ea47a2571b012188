import type { Old } from '../draft.ts'
import { type Fated, fatesOf } from '../mounts.ts'
import { assetsOf } from './assets.ts'
import { madeLines, packagesOf } from './packages.ts'

/**
 * The stages and lines by which a mounted folder gets into an image: with its packages, and with what a build makes of it for pages. Where the
 * image has the code itself, only what it lacks is added.
 */
export function broughtBy(old: Old, one: Fated, place: { from: string; to: string }) {
  const all = [packagesOf(old, one, place), assetsOf(old, one, place)]
  const [packages, assets] = all
  const copied = packages?.lines ?? [`COPY ${place.from} ${place.to}/`, ...madeLines(old, one)]
  const lines = [...copied, ...(assets?.lines ?? [])]
  return {
    stage: all.flatMap((each) => each?.stage ?? []),
    lines: one.fate === 'source' ? lines.filter((line) => !/^COPY (?!--from)/.test(line)) : lines,
  }
}

/** The mounts of a service whose files its image gets from a proposed Dockerfile, or whose packages it lacks. */
export const broughtTo = (old: Old): Fated[] =>
  fatesOf(old).filter(
    (one) =>
      one.fate === 'baked' || (one.fate === 'source' && packagesOf(old, one, { from: '', to: '' }) !== undefined),
  )
