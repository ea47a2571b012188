import type { Turn } from './facts.ts'

// While requests wait, each wait may last up to a share of HOLD_TIMEOUT, counted from when they began to: until those
// in flight have ended, the old version has stopped, the snapshot is finished, the new version serves. What is left
// then is for the old version to come back.
export const DRAINED = 0.3
export const HALTED = 0.4
export const FINISHED = 0.55

/**
 * The seconds that a wait may take: `timeout`, or, while requests are held, what is left up to a share of HOLD_TIMEOUT.
 */
export function timeLeft({ progress: { heldSince }, patient, release }: Turn, share: number, timeout: number): number {
  if (heldSince === undefined || patient) return timeout
  return Math.max(0, Math.min(timeout, release.proxy.hold * share - (performance.now() - heldSince) / 1000))
}
